"""The place of files: a local folder or an object store, as any URL that fsspec knows."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from extractors.errors import ConfigError, CredentialsError, SourceError
from extractors.stream import Scan

MAX_BYTES = 50_000_000
"""A file is read whole; this is a hundred times the largest statement to be expected."""
_SUFFIXES = (".csv", ".xlsx")


class FileRefused(ValueError):
    """A file of which nothing was landed; the text lists the rows."""


@dataclass(frozen=True, slots=True)
class Folder:
    """``shown`` is its address without a login."""

    filesystem: Any
    root: str
    shown: str

    def names(self) -> list[str]:
        """The names of the CSV and XLSX files, in order; how a system composes accents and kana
        marks does not matter to it. Hidden and temporary files are left out."""
        self.filesystem.invalidate_cache()
        entries = self.filesystem.ls(self.root, detail=True)
        found = (entry["name"].rpartition("/")[2] for entry in entries if entry["type"] == "file")
        return sorted(
            (name for name in found if name.lower().endswith(_SUFFIXES) and name[0] not in ".~"),
            key=composed,
        )

    def read(self, name: str, remedy: str) -> bytes:
        """A file's content; FileRefused with the remedy when it is too large to be one."""
        path = self._path(name)
        if self.filesystem.size(path) > MAX_BYTES:
            raise FileRefused(f"larger than {MAX_BYTES // 1_000_000} MB. Remedy: {remedy}")
        return bytes(self.filesystem.cat_file(path))

    def stamp(self, name: str) -> tuple[int, datetime | None]:
        """Size and time of the last change; None in a store that does not tell the time."""
        path = self._path(name)
        self.filesystem.invalidate_cache()
        size = int(self.filesystem.size(path))
        try:
            modified = self.filesystem.modified(path)
        except NotImplementedError:
            return size, None
        return size, modified if modified.tzinfo else modified.replace(tzinfo=UTC)

    def is_settled(self, name: str, seconds: float) -> bool:
        """Whether a file was last changed that long ago; one from the future is, by a clock that
        is far off."""
        _, modified = self.stamp(name)
        return modified is None or abs(time.time() - modified.timestamp()) >= seconds

    def _path(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"


def composed(name: str) -> str:
    """A file's name as comparisons see it."""
    return unicodedata.normalize("NFC", name)


def open_folder(scan: Scan, path: str) -> Folder:
    """The folder of a connection. Raises ConfigError for a bad path or store."""
    import fsspec  # slow to load, and no source but those of files needs it

    parts = urlsplit(path)
    shown = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
    try:
        filesystem, root = fsspec.core.url_to_fs(path, **_storage_options(scan, path))
    except (ImportError, ValueError, TypeError) as error:
        raise ConfigError(
            f"{scan.where}: options.path {shown} cannot be opened ({type(error).__name__}). "
            "Expected a folder or a URL that fsspec knows. Remedy: correct it, or install the "
            "package for that kind of store (s3fs for s3://, gcsfs for gs://, adlfs for abfs://)."
        ) from None
    return Folder(filesystem, root, shown)


def _storage_options(scan: Scan, path: str) -> dict[str, Any]:
    """``extra.storage_options`` of the Airflow connection; a local folder needs none."""
    if "://" not in path or path.startswith("file://"):
        return {}
    try:
        extra = scan.credentials().extra
    except CredentialsError:  # the store's own ways: instance roles, its environment variables
        return {}
    options = extra.get("storage_options") or {}
    if not isinstance(options, dict):
        raise ConfigError(
            f"{scan.where}: extra.storage_options of {scan.connection.conn_id} is not an object. "
            'Remedy: set it so: {"storage_options": {"key": "...", "secret": "..."}}.'
        )
    return options


@contextmanager
def reading(scan: Scan, folder: Folder, what: str) -> Iterator[None]:
    """Turns what a store raises into a SourceError without its text, which may hold a key;
    ``what`` says which files were expected."""
    try:
        yield
    except FileRefused:
        raise
    except Exception as error:
        raise SourceError(
            f"{scan.where}: {folder.shown} cannot be read ({type(error).__name__}). Expected a "
            f"folder with {what}. Remedy: see that it exists and that this user, or the "
            "connection's extra.storage_options, may list and read it."
        ) from None
