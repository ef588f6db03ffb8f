"""Errors a user can act on. Each message is one line: where, what was expected, what came, remedy.

``exit_code`` is what ``python -m extractors`` ends with: 2 for bad usage or configuration,
1 when a stream failed while the others landed. No message holds a secret or a personal value.
"""

from __future__ import annotations


class RelayError(Exception):
    """Base of every error that is reported as one line without a traceback."""

    exit_code = 1


class ConfigError(RelayError):
    """relay.toml, an option or the command line is wrong."""

    exit_code = 2


class CredentialsError(RelayError):
    """A connection's credentials are missing, malformed or refused by the vendor."""

    exit_code = 2


class SourceError(RelayError):
    """One stream could not be read completely; what it had landed before stays valid."""


class PermissionMissing(SourceError):
    """The vendor knows the credential and refuses this stream (HTTP 403)."""


class NotFoundError(SourceError):
    """The vendor does not know what was asked for (HTTP 404)."""


class Unreachable(SourceError):
    """The vendor's host does not answer, so no other stream of the connection can be read."""
