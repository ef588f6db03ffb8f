"""The gate: what has landed is checked before anything is built from it.

``validate`` is the way in. Importing this package does not import great_expectations.
"""

from expectations.errors import GateError, GateStopped
from expectations.results import GateReport, StreamResult
from expectations.validate import validate

__all__ = ["GateError", "GateReport", "GateStopped", "StreamResult", "validate"]
