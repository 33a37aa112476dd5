"""What a person may choose about the live view, from the command line."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from local.environment import DEFAULT_PROJECT
from local.options import DEFAULT_PORTS
from local.ports import LOOPBACK


@dataclass(frozen=True)
class Options:
    """`trainer` is None for the first there is, `on_date` for the trainer's today; `firestore` is `host:port`."""

    project: str
    firestore: str
    trainer: str | None
    on_date: date | None
    once: bool


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read the command line; exits with a usage message on a mistake."""
    parser = argparse.ArgumentParser(
        prog="make watch ARGS=…",
        description="Show a trainer's day, sessions and feed as they change. Ctrl-C ends it.",
    )
    host = environment.get("FIRESTORE_EMULATOR_HOST", f"{LOOPBACK}:{DEFAULT_PORTS['firestore']}")
    parser.add_argument("--trainer", metavar="ID", help="default: the first trainer there is")
    parser.add_argument(
        "--date",
        dest="on_date",
        metavar="YYYY-MM-DD",
        type=_date,
        help="default: today, where the trainer is",
    )
    parser.add_argument("--firestore", metavar="HOST:PORT", default=host, help="default: %(default)s")
    parser.add_argument("--once", action="store_true", help="print one frame and end")
    project = environment.get("GCLOUD_PROJECT", DEFAULT_PROJECT)
    return Options(project=project, **vars(parser.parse_args(arguments)))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a date such as 2026-05-04") from error
