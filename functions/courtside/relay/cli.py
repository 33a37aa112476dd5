"""The operator's command line: what the relay has left to do or gave up, and whether Firestore is as it should be.

Exit codes: 0 all is well, 1 it is not (drift, dead letters, something left, a server away), 2 it was called wrongly.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import psycopg

from courtside.backends import Backends
from courtside.config import Misconfigured, settings
from courtside.db.outbox import count_backlog
from courtside.db.reader import Reader
from courtside.db.unit_of_work import OUTAGES, read_snapshot, run_transaction
from courtside.errors import Unavailable
from courtside.relay import screen
from courtside.relay.dead_letters import DeadLetter, Which, list_dead, revive
from courtside.relay.documents import collections
from courtside.relay.rebuild import Selection, rebuild
from courtside.relay.reconcile.run import Plan, amount_of, reconcile
from courtside.relay.reconcile.store import Run, find_latest_run
from courtside.relay.worker import relay_once

WELL, UNWELL, MISUSED = 0, 1, 2
INTERRUPTED = 130
_MOST_DEAD = 1000
_STATEMENT_TIMEOUT_MS = 120_000
_POLL_SECONDS = 0.1

Command = Callable[[Backends, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. What goes wrong is one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        # Somebody watches, and can stop it: there is time to ask about all rows at once.
        backends = Backends.of(replace(settings(), statement_timeout_ms=_STATEMENT_TIMEOUT_MS))
        try:
            code: int = options.run(backends, options)
            return code
        finally:
            backends.close()
    except Misconfigured as error:
        return _complain(f"{error}", MISUSED)
    except (*OUTAGES, Unavailable) as error:
        return _complain(f"{_server_of(error)} cannot be reached: {_first_line(error)}", UNWELL)
    except KeyboardInterrupt:
        return _complain("stopped", INTERRUPTED)


def _status(backends: Backends, options: argparse.Namespace) -> int:
    backlog = read_snapshot(backends.pool, count_backlog)
    screen.show_status(backlog, read_snapshot(backends.pool, find_latest_run))
    if options.dead:
        screen.show_dead(_list_dead(backends, Which()))
    return UNWELL if backlog.dead else WELL


def _drain(backends: Backends, options: argparse.Namespace) -> int:
    """Until nothing is left, or less was not left for a while: what others hold, or failed, has its pauses."""
    most, least, moved_at = 0, None, time.monotonic()
    with screen.progress("draining") as bar:
        while True:
            backlog = read_snapshot(backends.pool, count_backlog)
            left = backlog.documents + backlog.entries
            if least is None or left < least:
                least, moved_at = left, time.monotonic()
            most = max(most, left)
            bar.show(most - left, most)
            if not left or time.monotonic() - moved_at > options.patience:
                break
            time.sleep(backends.firestore.valve.closed_seconds)
            if not relay_once(backends):
                time.sleep(_POLL_SECONDS)
    screen.say(f"{left} left, {backlog.dead} given up")
    return UNWELL if left or backlog.dead else WELL


def _replay(backends: Backends, options: argparse.Namespace) -> int:
    which = Which(prefix=options.path or "", item=options.id)
    letters = _list_dead(backends, which)
    screen.show_dead(letters)
    revived = 0
    while letters and not options.dry_run:
        revived += _revive(backends, letters)
        letters = _list_dead(backends, which)
    screen.say(f"{revived} back to work")
    return WELL


def _list_dead(backends: Backends, which: Which) -> Sequence[DeadLetter]:
    return read_snapshot(backends.pool, lambda reader: list(list_dead(reader, which, limit=_MOST_DEAD)))


def _revive(backends: Backends, letters: Sequence[DeadLetter]) -> int:
    return run_transaction(backends.pool, lambda connection: revive(Reader(connection), letters))


def _reconcile(backends: Backends, options: argparse.Namespace) -> int:
    plan = Plan(
        repairs=options.repair,
        resumes=options.resume,
        deep=options.deep,
        documents_per_second=options.rate,
        until=None if options.minutes is None else time.monotonic() + options.minutes * 60,
    )
    total = amount_of(backends, deep=options.deep)
    with screen.progress("reconciling") as bar:
        run = reconcile(backends, plan, lambda run: bar.show(run.seen, total, run.stage))
    screen.show_run(run)
    return _verdict_on(run)


def _verdict_on(run: Run) -> int:
    return UNWELL if run.found > run.repaired or run.finished_at is None else WELL


def _rebuild(backends: Backends, options: argparse.Namespace) -> int:
    selection = Selection(options.collection, options.trainer)
    total = amount_of(backends, deep=False) if selection == Selection() else None
    with screen.progress("rebuilding") as bar:
        done = rebuild(
            backends,
            selection,
            documents_per_second=options.rate,
            on_progress=lambda done: bar.show(done, total),
        )
    screen.say(f"{done} documents written again")
    return WELL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="courtside", description="Operates Courtside.")
    parts = parser.add_subparsers(title="parts", required=True, metavar="PART")
    relay = parts.add_parser("relay", help="from committed facts to documents", description=__doc__)
    commands = relay.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run: Command, help_: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_, description=help_)
        command.set_defaults(run=run)
        return command

    status = add("status", _status, "show what is left to do, what was given up, and the last reconciliation")
    status.add_argument("--dead", action="store_true", help="list what was given up, with reasons")
    drain = add("drain", _drain, "carry out what is due until nothing is left")
    drain.add_argument(
        "--patience",
        type=_positive,
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for the rest (30)",
    )
    replay = add("replay", _replay, "try again what was given up: all, or some")
    some = replay.add_mutually_exclusive_group()
    some.add_argument("--path", metavar="PREFIX", help="those below a path, such as bookings/")
    some.add_argument("--id", metavar="ID", help="the one with this path or entry id")
    replay.add_argument("--dry-run", action="store_true", help="only show them")
    _add_reconcile(add("reconcile", _reconcile, "compare every document with what its projection gives now"))
    again = add("rebuild", _rebuild, "write documents again from the facts, beside live traffic")
    part = again.add_mutually_exclusive_group()
    part.add_argument("--collection", choices=collections(), help="those of one collection")
    part.add_argument("--trainer", metavar="ID", help="those in which one trainer appears")
    _add_rate(again)
    return parser


def _add_reconcile(command: argparse.ArgumentParser) -> None:
    command.add_argument("--repair", action="store_true", help="have what differs written again, or deleted")
    command.add_argument(
        "--resume", action="store_true", help="go on with the last one, if it was left unfinished"
    )
    command.add_argument(
        "--deep", action="store_true", help="list every collection for strays, feed events too"
    )
    command.add_argument("--minutes", type=_positive, help="stop after so long, to be resumed")
    _add_rate(command)


def _add_rate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rate", type=_positive, metavar="N", help="at most so many documents a second")


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _server_of(error: Exception) -> str:
    return "Postgres" if isinstance(error.__cause__ or error, psycopg.Error) else "Firestore"


def _first_line(error: Exception) -> str:
    return (str(error.__cause__ or error).strip().splitlines() or [type(error).__name__])[0]


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"courtside: {text}\n")
    return code
