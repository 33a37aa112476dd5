"""Clocks that are wrong: Postgres' alone decides, and what must be in order has versions."""

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from courtside import crash_points
from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, not_injected, row
from tests.faults.own_postgres import OwnPostgres
from tests.faults.rows.publishers import frozen_worker

_SKEWS_SECONDS = (300, -300, 3_600, -3_600)
_JUMPS_SECONDS = (-3_600, 0, 3_600, -600, 0)
# Much longer than a lease. What is due later by a clock that is set back waits for as long as it was set back.
_POSTGRES_JUMP_SECONDS = 20
_SOURCE = Path(__file__).parents[1] / "shifted_clock.c"
_COMPILER = shutil.which("cc")


@dataclass(frozen=True)
class ShiftedClock:
    """A wall clock that some processes share; their monotonic clocks, and everybody else's, stay true."""

    library: Path
    file: Path

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a process that lives by this clock."""
        return {"LD_PRELOAD": str(self.library), "CLOCK_SHIFT": str(self.file)}

    def shift(self, seconds: int) -> None:
        """From now on it is so far ahead, or behind."""
        with self.file.open("r+b") as file:
            file.write(struct.pack("=q", seconds))

    @contextmanager
    def of_children(self) -> Iterator[None]:
        """Every process that is started while the block runs lives by this clock."""
        with patch.dict(os.environ, self.variables):
            yield

    @classmethod
    def build(cls, folder: Path) -> "ShiftedClock":
        """A clock that is right so far."""
        library, file = folder / "shifted_clock.so", folder / "clock_shift"
        command = [str(_COMPILER), "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl"]
        subprocess.run(command, check=True)
        file.write_bytes(struct.pack("=q", 0))
        return cls(library, file)


def clocks_are_skewed(arena: Arena) -> int:
    """Functions and worker are wrong from their start, the callers are right."""
    clock = ShiftedClock.build(arena.folder)
    for skew in _SKEWS_SECONDS:
        clock.shift(skew)
        worker = arena.start_worker(**clock.variables)
        arena.start_functions(**clock.variables)
        arena.act(50)
        worker.process.stop()
    arena.start_functions()
    arena.start_worker()
    return len(_SKEWS_SECONDS)


def clocks_jump(arena: Arena) -> int:
    """Back and forth while leases are held."""
    clock = ShiftedClock.build(arena.folder)
    for _ in range(2):
        arena.start_worker(**clock.variables)
    arena.start_functions(**clock.variables)
    for seconds in _JUMPS_SECONDS:
        clock.shift(seconds)
        arena.act(40)
    return len(_JUMPS_SECONDS)


def postgres_clock_jumps(arena: Arena) -> int:
    """Ahead, so that every lease ends in its holder's hands; and back to the true time."""
    assert isinstance(arena.postgres, OwnPostgres)
    clock = ShiftedClock.build(arena.folder)
    arena.postgres.stop_immediately()
    with clock.of_children():
        arena.postgres.start()
    arena.act(20)
    for point in (crash_points.RENDERED, crash_points.WRITTEN):
        with frozen_worker(arena, point):
            clock.shift(_POSTGRES_JUMP_SECONDS)
            arena.act(40)
        arena.act(20)
        clock.shift(0)
        arena.act(20)
    return 4


if _COMPILER:
    row(
        18,
        "clock skew of an application host",
        injected="functions and worker run 5 minutes and an hour ahead, and behind",
        expected="cut-offs, leases and order follow Postgres' clock and versions",
        invariants="I1 I4",
        setup=Setup(workers=0),
    )(clocks_are_skewed)
    row(
        19,
        "clock jumps while leases are held",
        injected="the clocks of functions and two workers jump back an hour, forth, and back again",
        expected="leases end by Postgres' clock; what overlaps is kept harmless by versions",
        invariants="I4",
        setup=Setup(workers=0),
    )(clocks_jump)
    row(
        19,
        "Postgres' clock jumps while leases are held",
        injected=f"Postgres' clock jumps {_POSTGRES_JUMP_SECONDS} s ahead over frozen workers, then back; twice",
        expected="publishers overlap and versions keep it harmless; what is due waits for as long as the jump back",
        invariants="I4 I10",
        setup=Setup(workers=2, own_postgres=True),
    )(postgres_clock_jumps)
else:
    _reason = "there is no C compiler to build the clock that is preloaded"
    not_injected(18, "clock skew of an application host", reason=_reason)
    not_injected(19, "clock jumps while leases are held", reason=_reason)
