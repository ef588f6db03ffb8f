"""The one error type of the warehouse: a message a person can act on."""


class WarehouseError(RuntimeError):
    """The warehouse cannot do what was asked; the text names the cause and the remedy."""
