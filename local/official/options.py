"""What a person may choose about `make suite`, from the command line and the environment."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.environment import DEFAULT_PROJECT
from local.options import DEFAULT_PORTS
from local.ports import free_port


@dataclass(frozen=True)
class Options:
    """`ports` by part: postgres, firestore, functions, auth; `official` for Google's Firestore emulator.

    `notes` is None for the usual directory.
    """

    project: str
    ports: Mapping[str, int]
    database_url: str | None
    official: bool
    notes: Path | None


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read the command line; a port of 0 becomes a free one. Exits with a usage message on a mistake."""
    parser = _parser()
    given = parser.parse_args(arguments)
    firestore = environment.get("FIRESTORE") or "ours"
    if firestore not in ("ours", "official"):
        parser.error(f"FIRESTORE is {firestore!r}; it may be ours (the default) or official")
    if not given.project.startswith("demo-"):
        parser.error("--project must begin with demo-, so that the Firebase CLI stays offline")
    return Options(
        project=given.project,
        ports={part: getattr(given, f"port_{part}") or free_port() for part in DEFAULT_PORTS},
        database_url=environment.get("DATABASE_URL") or None,
        official=firestore == "official",
        notes=given.notes.resolve() if given.notes else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make suite ARGS=…",
        description="Run the Firebase CLI's emulator suite on this machine, with our Firestore emulator and no "
        "Java. Ctrl-C stops it; nothing is kept.",
        epilog="FIRESTORE=official uses Google's emulator where it is installed. With DATABASE_URL set, that "
        "PostgreSQL is used and none is started.",
    )
    parser.add_argument("--project", default=DEFAULT_PROJECT, help="project id (default: %(default)s)")
    parser.add_argument(
        "--notes", type=Path, metavar="DIR", help="where logs and suite.env are written (default: .data)"
    )
    for part, number in DEFAULT_PORTS.items():
        parser.add_argument(
            f"--port-{part}", type=int, default=number, metavar="N", help=f"default: {number}, 0: any"
        )
    return parser
