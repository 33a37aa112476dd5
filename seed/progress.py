"""What the seed says on the terminal: a bar per kind of step while it works, one summary at the end."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from seed.plan import Plan
from seed.run import Fate, Tally
from seed.steps import Step
from seed.studio import Studio

_KINDS = {
    "admin": "Rooms",
    "account": "Clients",
    "trainers": "Trainers",
    "availability": "Hours",
    "bookings": "Bookings",
    "reviews": "Reviews",
}


class SeedProgress:
    """Bars for a plan, as long as the block runs; `advance` may be called from any thread."""

    def __init__(self, console: Console, plan: Plan) -> None:
        self._bars = Progress(
            TextColumn("[bold]{task.description:<9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        totals = dict.fromkeys(_KINDS.values(), 0)
        for step in plan.steps:
            totals[_kind(step)] += 1
        self._tasks: dict[str, TaskID] = {
            kind: self._bars.add_task(kind, total=total) for kind, total in totals.items()
        }

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def advance(self, step: Step) -> None:
        """One step more of its kind."""
        self._bars.advance(self._tasks[_kind(step)])


def summarize(studio: Studio, tally: Tally, seconds: float) -> Sequence[str]:
    """What the studio has now, and what of it this run added, in sentences."""
    seats, held, moved, cancelled = (
        tally.of(Fate.DONE, f"bookings.{name}") + tally.of(Fate.FOUND, f"bookings.{name}")
        for name in ("book_session", "confirm_hold", "reschedule_booking", "cancel_booking")
    )
    done, found, left_out = (tally.of(fate) for fate in Fate)
    lines = [
        f"The studio has {len(studio.trainers)} trainers, {len(studio.clients)} clients and {seats + held:,} bookings, "
        f"of which {moved:,} were moved and {cancelled:,} cancelled.",
        f"{done:,} commands ran in {seconds:.1f} s" + (f"; {found:,} had run before." if found else "."),
    ]
    if left_out:
        lines.append(f"{left_out:,} were left out: what others booked or changed since stands in their way.")
    return lines


def _kind(step: Step) -> str:
    return _KINDS[step.command.partition(".")[0]]
