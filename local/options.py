"""What a person may choose about the local suite, from the command line."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.environment import DEFAULT_PROJECT
from local.ports import free_port

SEED_SIZES = ("small", "demo", "large")
# As in firebase.json; Postgres keeps clear of one that the machine may run already.
DEFAULT_PORTS = {
    "postgres": 54329,
    "firestore": 8080,
    "functions": 5001,
    "auth": 9099,
    "fcm": 9599,
    "smtp": 1025,
    "mail": 8025,
}


@dataclass(frozen=True)
class Ports:
    """One loopback port per part; `mail` is the page of what came to `smtp`."""

    postgres: int
    firestore: int
    functions: int
    auth: int
    fcm: int
    smtp: int
    mail: int


@dataclass(frozen=True)
class Options:
    """`data` and `seed_size` are None for data that ends with the suite and for no seed."""

    project: str
    data: Path | None
    ports: Ports
    seed_size: str | None
    database_url: str | None
    reload: bool
    verbose: bool


def parse_options(arguments: Sequence[str]) -> Options:
    """Read the command line; a port of 0 becomes a free one. Exits with a usage message on a mistake."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not given.project.startswith("demo-"):
        parser.error(
            "--project must begin with demo-, so that no tool mistakes it for a project in the cloud"
        )
    ports = {part: getattr(given, f"port_{part}") for part in DEFAULT_PORTS}
    return Options(
        project=given.project,
        data=given.data.resolve() if given.data else None,
        ports=Ports(**{part: number or free_port() for part, number in ports.items()}),
        seed_size=None if given.no_seed else given.seed_size,
        database_url=os.environ.get("DATABASE_URL") or None,
        reload=not given.no_reload,
        verbose=given.verbose,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make dev ARGS=…",
        description="Start everything Courtside needs on this machine. Ctrl-C stops it.",
        epilog="With DATABASE_URL set, that PostgreSQL is used and none is started.",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep data here and find it at the next start"
    )
    parser.add_argument("--project", default=DEFAULT_PROJECT, help="project id (default: %(default)s)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--seed-size", choices=SEED_SIZES, default="demo", help="default: %(default)s")
    size.add_argument("--no-seed", action="store_true", help="start empty")
    for part, number in DEFAULT_PORTS.items():
        parser.add_argument(
            f"--port-{part}", type=_port, default=number, metavar="N", help=f"default: {number}, 0: any"
        )
    parser.add_argument("--no-reload", action="store_true", help="do not watch functions/ for changes")
    parser.add_argument("--verbose", action="store_true", help="show what every part logs")
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port")
    return number
