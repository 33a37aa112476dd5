"""What the command line shows: tables, and a bar while something takes its time."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from courtside.db.outbox import Backlog
from courtside.relay.dead_letters import DeadLetter
from courtside.relay.reconcile.store import Run
from courtside.relay.reconcile.verdicts import Kind

_PLAIN_WIDTH = 200


@dataclass(frozen=True)
class Bar:
    """A progress bar on stderr; nothing where that is no terminal."""

    _progress: Progress
    _task: TaskID
    _title: str

    def show(self, done: int, total: int | None, detail: str = "") -> None:
        """So much of so much; without a total, that it goes on."""
        title = f"{self._title} {detail}".strip()
        known = None if total is None else max(done, total)
        self._progress.update(self._task, completed=done, total=known, description=title)


@contextmanager
def progress(title: str) -> Iterator[Bar]:
    """A bar while the block runs."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        yield Bar(shown, shown.add_task(title, total=None), title)


def say(text: str) -> None:
    """One line."""
    _console().print(text)


def show_status(backlog: Backlog, run: Run | None) -> None:
    """The numbers of the runbook."""
    table = Table(show_header=False, box=None)
    oldest = backlog.oldest_seconds if backlog.documents + backlog.entries else None
    for name, value in (
        ("documents to write", f"{backlog.documents:,}"),
        ("feed events to deliver", f"{backlog.entries:,}"),
        ("oldest has waited", "-" if oldest is None else f"{oldest:.1f} s"),
        ("given up", f"{backlog.dead:,}"),
        ("last reconciliation", "never" if run is None else _in_short(run)),
    ):
        table.add_row(name, value)
    _console().print(table)


def show_dead(letters: Sequence[DeadLetter]) -> None:
    """What was given up, with reasons."""
    table = Table("path", "since", "attempts", "reason")
    for letter in letters:
        table.add_row(letter.path, _minute(letter.dead_at), str(letter.attempts), letter.reason or "")
    _console().print(table if letters else "Nothing is given up.")


def show_run(run: Run) -> None:
    """What a reconciliation found, with examples."""
    console = _console()
    console.print(f"{run.seen:,} looked at, {run.in_flight:,} on their way and not judged")
    table = Table("kind", "count")
    for kind in Kind:
        if count := run.drift.get(kind.value, 0):
            table.add_row(kind.value, f"{count:,}")
    console.print(table if run.found else "No drift.")
    if run.examples:
        examples = Table("path", "kind", "what")
        for example in run.examples:
            examples.add_row(example["path"], example["kind"], example["detail"])
        console.print(examples)
    if run.repaired:
        console.print(f"{run.repaired:,} will be written again")
    if run.finished_at is None:
        console.print(
            f"Not finished: stopped among {run.stage}; --resume goes on from there.", highlight=False
        )


def _in_short(run: Run) -> str:
    state = "unfinished" if run.finished_at is None else "finished"
    return f"{_minute(run.started_at)}, {state}: {run.seen:,} looked at, {run.found:,} not as they should be"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _console() -> Console:
    # A path that is cut in two cannot be copied; and what is in brackets is text, not a style.
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)
