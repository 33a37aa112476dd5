"""The command line of `python -m emulator`."""

import argparse
from pathlib import Path

from emulator.data.folder import COMPACT_BYTES
from emulator.indexes.policy import Strictness
from emulator.official_options import add_official, host_and_port

MIB = 1 << 20


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """What is asked for; ends the process with a usage message if that is not clear."""
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        allow_abbrev=False,
        description="A Firestore emulator. Without a command it serves until SIGINT or SIGTERM.",
    )
    parser.set_defaults(command="serve")
    _add_serving(parser)
    _add_data(parser)
    _add_indexes(parser)
    _add_rules(parser)
    _add_triggers(parser)
    add_official(parser)
    commands = parser.add_subparsers(metavar="COMMAND")
    _add_transfer(commands.add_parser("export", help="write the documents of a running emulator to a file"))
    _add_transfer(commands.add_parser("import", help="write the documents of a file to a running emulator"))
    options = parser.parse_args(arguments)
    if options.indexes is None:
        options.indexes = Strictness.OFF if options.index_file is None else Strictness.STRICT
    return options


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


def _add_transfer(command: argparse.ArgumentParser) -> None:
    command.set_defaults(command=command.prog.rpartition(" ")[2])
    command.add_argument("address", metavar="HOST:PORT", help="where the emulator is")
    command.add_argument("project")
    command.add_argument("file", type=Path, help="JSON lines, one document each")
    command.add_argument("--database", default="(default)", help="(default: %(default)s)")
