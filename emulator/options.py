"""The command line of `python -m emulator`."""

import argparse
import sys
from pathlib import Path

from emulator.data.folder import COMPACT_BYTES
from emulator.indexes.policy import Strictness
from emulator.official_options import add_official, host_and_port

MIB = 1 << 20
_TRANSFERS = {
    "export": "Write the documents of a running emulator to a file.",
    "import": "Write the documents of a file to a running emulator.",
}
_DESCRIPTION = """\
A Firestore emulator: gRPC, REST and the Web SDK's channels on one port, until SIGINT or SIGTERM.

    python -m emulator --rules firestore.rules --index-file firestore.indexes.json --data .data/firestore
    export FIRESTORE_EMULATOR_HOST=127.0.0.1:8080     # what the client libraries read
"""
_EPILOG = """\
documents of an emulator that runs:
  python -m emulator export HOST:PORT PROJECT FILE
  python -m emulator import HOST:PORT PROJECT FILE

Its endpoints for tests and tools (faults, meter, rules, coverage, clear) are described in emulator/README.md.
"""


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """What is asked for; ends the process with a usage message if that is not clear."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in _TRANSFERS:
        return _transfer_parser(given[0]).parse_args(given[1:])
    options = _serving_parser().parse_args(given)
    if options.indexes is None:
        options.indexes = Strictness.OFF if options.index_file is None else Strictness.STRICT
    return options


def _serving_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        usage="python -m emulator [OPTION ...]",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.set_defaults(command="serve")
    _add_serving(parser)
    _add_data(parser)
    _add_indexes(parser)
    _add_rules(parser)
    _add_triggers(parser)
    add_official(parser)
    return parser


def _add_serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8080, help="port, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument(
        "--lock-seconds",
        type=float,
        default=5.0,
        help="how long a write waits for the transactions that read its document (default: %(default)s)",
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    group.add_argument(
        "--data", type=Path, metavar="DIR", help="keep documents in this directory (default: in memory only)"
    )
    group.add_argument(
        "--journal-mib",
        type=float,
        default=COMPACT_BYTES / MIB,
        metavar="MIB",
        help="turn a journal longer than this, and than the last snapshot, into a snapshot (default: %(default)g)",
    )


def _add_indexes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("indexes")
    group.add_argument(
        "--index-file", type=Path, metavar="FILE", help="the firestore.indexes.json of the project"
    )
    group.add_argument(
        "--indexes",
        type=Strictness,
        choices=list(Strictness),
        metavar="{strict,warn,off}",
        help="refuse queries whose indexes are not declared, as production does, or warn of them "
        "(default: strict with a file, otherwise off)",
    )


def _add_rules(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("security rules")
    group.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help="hold everybody but the owner (`Bearer owner`, as server SDKs send) to these rules, read again when the "
        "file changes (default: everything is allowed)",
    )
    group.add_argument(
        "--hide-denials",
        action="store_true",
        help="refuse as production does, without naming the lines of the rules that denied",
    )


def _add_triggers(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("triggers")
    group.add_argument(
        "--functions",
        type=host_and_port,
        metavar="HOST:PORT",
        help="a functions host, which may register triggers; events are posted to it as functions-framework takes them",
    )


def _transfer_parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m emulator {command}", allow_abbrev=False, description=_TRANSFERS[command]
    )
    parser.set_defaults(command=command)
    parser.add_argument("address", metavar="HOST:PORT", help="where the emulator is")
    parser.add_argument("project")
    parser.add_argument("file", type=Path, help="JSON lines, one document each")
    parser.add_argument("--database", default="(default)", help="(default: %(default)s)")
    return parser
