"""Firestore itself stops: its disk is full, it restarts, its listeners are cut off."""

import resource

import psutil

from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row

_DROPPED_AFTER_MS = 150
_SLOW_MS = 400


@row(
    22,
    "Firestore's disk is full",
    injected="the emulator's journal may not grow any further, twice",
    expected="commands go on; each write is refused whole and tried again",
    invariants="I3 I10",
    setup=Setup(keeps_documents=True),
)
def firestore_disk_is_full(arena: Arena) -> int:
    """Writes past the limit fail as they do on a full disk."""
    emulator = psutil.Process(arena.emulator.process.pid)
    unlimited = emulator.rlimit(resource.RLIMIT_FSIZE)
    refused = 0
    for _ in range(2):
        # A few commits still fit, the last of them in part.
        emulator.rlimit(resource.RLIMIT_FSIZE, (_journal_bytes(arena) + 10_000, unlimited[1]))
        arena.act(80)
        refused += _failed_attempts(arena)
        emulator.rlimit(resource.RLIMIT_FSIZE, unlimited)
        arena.act(20)
    return refused


@row(
    36,
    "listeners are disconnected",
    injected=f"listeners are cut off every {_DROPPED_AFTER_MS} ms and answered slowly; then Firestore is killed",
    expected="screens resume where they broke and end with what is stored, also what was deleted meanwhile",
    invariants="I4",
    setup=Setup(keeps_documents=True),
)
def listeners_are_cut_off(arena: Arena) -> int:
    """Streams break under load, until the tokens to resume them mean nothing any more."""
    breaking = {"rpc": "Listen", "drop_after_ms": _DROPPED_AFTER_MS}
    with arena.faults.ordered(breaking, {"rpc": "Listen", "latency_ms": _SLOW_MS, "probability": 0.5}):
        arena.screens.disconnect()
        arena.act(100)
        arena.hold(2)
    arena.restart_emulator()
    arena.act(40)
    return arena.faults.struck + 2


@row(
    21,
    "Firestore is killed",
    injected="kill -9 of the emulator under load, three times",
    expected="commands go on; what it had acknowledged is still there, the rest is written again",
    invariants="I3 I4 I10",
    setup=Setup(keeps_documents=True),
)
def firestore_is_killed(arena: Arena) -> int:
    """Everybody loses their connections at once."""
    for _ in range(3):
        arena.restart_emulator()
        arena.act(40)
    return 3


def _journal_bytes(arena: Arena) -> int:
    """The longest file that the emulator writes to."""
    assert arena.emulator_data is not None
    return max(path.stat().st_size for path in arena.emulator_data.iterdir() if path.is_file())


def _failed_attempts(arena: Arena) -> int:
    """How many documents and entries wait for another attempt after an error."""
    ((count,),) = arena.world.rows(
        "SELECT (SELECT count(*) FROM projection WHERE last_error IS NOT NULL)"
        " + (SELECT count(*) FROM outbox WHERE last_error IS NOT NULL AND done_at IS NULL)"
    )
    return int(count)
