"""Runs one row: the faults under load (safety), then nothing but time (liveness), then the verdict."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.arena import Arena, Template, running_arena
from tests.faults.catalogue import Row
from tests.faults.verdict import judge
from tests.integration.relay.rest import left_to_do, wait_until

# The first commands of a run meet a system without faults.
_WARM_UP_ANSWERS = 12
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What became of a row. `rest_seconds` is how long the system took to come to rest, None if it did not."""

    row: Row
    struck: int
    answers: int
    rest_seconds: float | None
    violations: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything that must hold does, under a fault that really struck."""
        return not self.violations and self.struck > 0 and self.rest_seconds is not None


def run_row(row: Row, template: Template, seed: int, *, quick: bool, progress: Progress) -> Result:
    """Inject a row in an arena of its own."""
    progress("starts")
    try:
        return _run(row, template, seed, quick=quick, progress=progress)
    except Exception as error:  # whatever it is, the other rows go on
        return Result(row, 0, 0, None, [f"the row could not be run: {type(error).__name__}: {error}"])


def _run(row: Row, template: Template, seed: int, *, quick: bool, progress: Progress) -> Result:
    with running_arena(template, row.setup, f"row_{row.number}", seed, quick=quick) as arena:
        arena.act(_WARM_UP_ANSWERS)
        progress("safety: faults on")
        struck = _inject(row, arena)
        progress("liveness: faults off")
        rest_seconds = _come_to_rest(arena, row.rest_seconds)
        progress("verdict")
        found = _judge(arena)
        if found:
            arena.write_journal(journal_path(row, seed))
        return Result(row, struck, arena.load.answers, rest_seconds, found)


def journal_path(row: Row, seed: int) -> Path:
    """Where a failing run leaves its commands."""
    return Path(".cache/faults") / f"{row.inject.__name__}-{seed}.jsonl"


def _inject(row: Row, arena: Arena) -> int:
    try:
        return row.inject(arena)
    except Exception as error:
        arena.violations.append(f"during the faults: {type(error).__name__}: {error}")
        return 0


def _come_to_rest(arena: Arena, seconds: float) -> float | None:
    started = time.monotonic()
    arena.load.stop(seconds)
    try:
        wait_until(lambda: left_to_do(arena.world) == 0, "rest", seconds)
    except AssertionError:
        arena.violations.append(
            f"{left_to_do(arena.world)} items are left after {seconds:g} s without faults"
        )
        return None
    return time.monotonic() - started


def _judge(arena: Arena) -> list[str]:
    try:
        return judge(arena)
    except Exception as error:
        return [*arena.violations, f"at the verdict: {type(error).__name__}: {error}"]
