"""`python -m emulator`: serve Firestore on one port, or move documents in and out of one that runs."""

# ruff: noqa: E402 - the clock and the collector are seen to before the imports

import gc
import time

_STARTED = time.perf_counter()
# There is no garbage to be found among imports, and looking for it takes time.
gc.disable()

import argparse
import asyncio
import errno
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.data.errors import TransferFailed, Unusable
from emulator.data.restoring import DataOptions
from emulator.indexes.definitions import IndexDefinitions
from emulator.indexes.file import BadIndexFile, read_index_file
from emulator.indexes.policy import IndexPolicy
from emulator.options import MIB, parse_arguments
from emulator.permissions.rulebook import BadRulesFile, Rulebook
from emulator.server import Prepare, serving

if TYPE_CHECKING:
    from emulator.rules.ruleset import Ruleset


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    definitions = read_index_file(options.index_file) if options.index_file else IndexDefinitions()
    data = DataOptions(options.data, int(options.journal_mib * MIB)) if options.data else None
    rulebook = Rulebook(_rules_of(options.rules) if options.rules else None)
    async with serving(
        options.host,
        options.port,
        lock_seconds=options.lock_seconds,
        data=data,
        check_indexes=IndexPolicy(definitions, options.indexes).check,
        functions=options.functions,
        rulebook=rulebook,
        explain_denials=not options.hide_denials,
        prepare=_seeding(options) if options.seed_from_export else None,
    ) as emulator:
        took = (time.perf_counter() - _STARTED) * 1000
        print(f"Firestore emulator ready on {options.host}:{emulator.port} after {took:.0f} ms", flush=True)
        if options.rules:
            await _follow_until(stop, options.rules, rulebook)
        await stop.wait()


def _seeding(options: argparse.Namespace) -> Prepare:
    from emulator.transports.http_exports import seed_from_export

    return lambda databases: seed_from_export(databases, options.seed_from_export, options.project_id)


def _rules_of(path: Path) -> "Ruleset":
    # Imported here, because the rules engine takes a while and not every emulator has rules.
    from emulator.permissions.rules_file import read_rules_file

    return read_rules_file(path)


async def _follow_until(stop: asyncio.Event, path: Path, rulebook: Rulebook) -> None:
    from emulator.permissions.rules_file import follow_rules_file

    following = asyncio.create_task(follow_rules_file(path, rulebook))
    await stop.wait()
    following.cancel()


def _transfer(options: argparse.Namespace) -> None:
    from emulator.data.transfer import export_documents, import_documents

    action = export_documents if options.command == "export" else import_documents
    count = action(options.address, options.project, options.database, options.file)
    print(f"{options.command}ed {count} documents")


def _tune_collector() -> None:
    """Look for garbage rarely: documents hold no cycles, and walking through all of them delays answers."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 100)


def _log_to_the_console() -> None:
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("emulator").setLevel(logging.INFO)


def main() -> int:
    """Do what the command line asks; 1 with the reason if that cannot be."""
    options = parse_arguments()
    _log_to_the_console()
    try:
        if options.command != "serve":
            _transfer(options)
            return 0
        _tune_collector()
        asyncio.run(_serve(options))
    except Unusable as error:
        return _fail(f"--data: {error}")
    except BadIndexFile as error:
        return _fail(f"--index-file: {error}")
    except BadRulesFile as error:
        return _fail(f"--rules: {error}")
    except TransferFailed as error:
        return _fail(str(error))
    except OSError as error:
        if options.command != "serve":
            return _fail(str(error))
        reason = "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be opened: {error}"
        return _fail(f"{options.host}:{options.port} {reason}; choose another with --port")
    return 0


def _fail(reason: str) -> int:
    print(f"error: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
