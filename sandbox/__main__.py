"""``python -m sandbox``: make a world, serve it, move its clock, inject faults."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from pathlib import Path

from sandbox.ats import ATS
from sandbox.forms import FORMS
from sandbox.mail import MAIL, PROVIDERS
from sandbox.store import NoWorldError
from sandbox.world import WorldError
from sandbox.world_hr_records import HR

REPOSITORY = Path(__file__).resolve().parent.parent


def default_home() -> Path:
    """RELAY_HOME/sandbox; RELAY_HOME is .relay in the repository unless set."""
    return Path(os.environ.get("RELAY_HOME") or REPOSITORY / ".relay") / "sandbox"


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns 0, or 2 with a message on stderr for wrong usage or no world."""
    arguments = _parser().parse_args(argv)
    try:
        COMMANDS[arguments.command](arguments)
    except (WorldError, NoWorldError, ValueError, OSError) as error:
        print(f"sandbox {arguments.command}: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--home", type=Path, default=default_home(), help="folder of the world")
        return added

    make = command("make", "make a seeded world, replacing the one that is there")
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--applications", type=int, default=2000, help="until the first clock")
    make.add_argument("--companies", type=int, default=2)
    make.add_argument("--ats", default="greenhouse", help="systems the companies use in turn: a,b")
    make.add_argument("--form", default="typeform", help="forms the companies use in turn: a,b")
    make.add_argument(
        "--mail", default="", help=f"what sends their rejection mails in turn: {','.join(MAIL)}"
    )
    make.add_argument("--hr", default="", help="HR systems the companies use in turn: a,none,b")

    serve = command("serve", "serve the vendors' APIs on loopback; prints the URL")
    serve.add_argument("--port", type=int, default=0, help="0: any free port")
    serve.add_argument("--host", default="127.0.0.1")

    advance = command("advance", "move the clock forward; prints the new one")
    advance.add_argument("--days", type=int, default=30)

    fault = command("fault", "inject a fault into coming requests, or remove all")
    fault.add_argument("--clear", action="store_true", help="remove every fault")
    fault.add_argument("--vendor", choices=(*ATS, *FORMS, *PROVIDERS, *HR), default="greenhouse")
    fault.add_argument("--stream", default="*", help="a list, token, or * for all")
    fault.add_argument("--kind", help="see sandbox/faults.py")
    fault.add_argument("--times", type=int, default=1, help="requests it hits; 0: all of them")
    fault.add_argument("--after", type=int, default=0, help="requests that pass before")
    fault.add_argument("--params", type=json.loads, default={}, help="JSON object")

    settle = command("set", "change a setting of the vendors (sandbox/reader.py lists them)")
    settle.add_argument("name", help="as may_write; as may_write:aozora_lever for one account")
    settle.add_argument("value")

    for name, text in (
        ("env", "print AIRFLOW_CONN_* exports for the shell"),
        ("config", "write relay.toml beside the world; prints its path"),
    ):
        added = command(name, text)
        if name == "config":
            added.add_argument("--webhooks", action="store_true", help="let the inbox take them")
        added.add_argument("--url", help="where the server is reached; default: the running one's")
        if name == "env":
            added.add_argument("--env-file", action="store_true", help="NAME=value lines instead")

    webhooks = command("webhooks", "send the vendors' webhooks to an inbox; prints the answers")
    webhooks.add_argument("--inbox", default="http://127.0.0.1:8095", help="where the inbox is")
    webhooks.add_argument("--seed", type=int, default=1, help="who is removed, what comes twice")
    webhooks.add_argument(
        "--candidates", type=int, default=0, help="deleted, merged and anonymised per account"
    )
    return parser


def _make(arguments: argparse.Namespace) -> None:
    from sandbox.world import make

    begun = time.monotonic()
    make(
        arguments.home,
        arguments.seed,
        arguments.applications,
        arguments.companies,
        arguments.ats.split(","),
        arguments.form.split(","),
        arguments.mail.split(",") if arguments.mail else (),
        arguments.hr.split(",") if arguments.hr else (),
    )
    print(
        f"{arguments.applications} applications of {arguments.companies} companies"
        f" in {arguments.home} ({time.monotonic() - begun:.1f} s)"
    )


def _serve(arguments: argparse.Namespace) -> None:
    from sandbox.server import ServerError, serve

    def announce(url: str) -> None:
        print(url, flush=True)

    try:
        serve(arguments.home, arguments.port, arguments.host, announce=announce)
    except ServerError as error:
        raise ValueError(str(error)) from error


def _advance(arguments: argparse.Namespace) -> None:
    from sandbox.world import advance

    print(advance(arguments.home, arguments.days))


def _fault(arguments: argparse.Namespace) -> None:
    from sandbox.faults import clear, inject

    if arguments.clear:
        clear(arguments.home)
        return
    if not arguments.kind:
        raise ValueError("say which fault with --kind, or remove all with --clear")
    inject(
        arguments.home,
        arguments.vendor,
        arguments.stream,
        arguments.kind,
        times=arguments.times or None,
        after=arguments.after,
        **arguments.params,
    )


def _set(arguments: argparse.Namespace) -> None:
    from sandbox import reader, store

    if arguments.name.partition(":")[0] not in reader.SETTINGS:
        raise ValueError(f"no such setting; there are {', '.join(sorted(reader.SETTINGS))}")
    with store.transaction(store.open_world(arguments.home)) as world:
        store.set_meta(world, arguments.name, arguments.value)


def _url(arguments: argparse.Namespace) -> str:
    """The server's address: as given, else what it has noted in server.json."""
    if arguments.url:
        return str(arguments.url)
    noted = arguments.home / "server.json"
    if not noted.exists():
        raise ValueError(f"no server runs for {arguments.home}; start one with serve, or say --url")
    return str(json.loads(noted.read_text("utf-8"))["url"])


def _env(arguments: argparse.Namespace) -> None:
    from sandbox.config import connections_env

    for name, value in connections_env(arguments.home, _url(arguments)).items():
        print(f"{name}={value}" if arguments.env_file else f"export {name}={shlex.quote(value)}")


def _config(arguments: argparse.Namespace) -> None:
    from sandbox.config import write_config

    print(write_config(arguments.home, _url(arguments), webhooks=arguments.webhooks or None))


def _webhooks(arguments: argparse.Namespace) -> None:
    from sandbox.webhooks import deliver, removals, responses

    sent = responses(arguments.home)
    sent += removals(arguments.home, arguments.seed, arguments.candidates)
    for status, count in sorted(deliver(sent, arguments.inbox, arguments.seed).items()):
        print(f"{status or 'no answer'}: {count}")


COMMANDS = {
    "make": _make,
    "serve": _serve,
    "advance": _advance,
    "fault": _fault,
    "set": _set,
    "env": _env,
    "config": _config,
    "webhooks": _webhooks,
}

if __name__ == "__main__":
    sys.exit(main())
