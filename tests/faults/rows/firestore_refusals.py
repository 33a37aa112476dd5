"""Firestore refuses: for a while, now and then, or after it did what it was asked."""

from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.emulator_faults import RELAY_CALLS, WRITES

_TOO_LATE_MS = 2_500


@row(
    21,
    "Firestore UNAVAILABLE",
    injected="every call of the relay is refused for a while",
    expected="commands go on; the backlog is written once it is over",
    invariants="I3 I8",
)
def firestore_is_unavailable(arena: Arena) -> int:
    """An outage."""
    with arena.faults.ordered({"rpc": RELAY_CALLS, "status": "UNAVAILABLE"}):
        arena.act(150)
        arena.hold(3)
    return arena.faults.struck


@row(
    22,
    "Firestore RESOURCE_EXHAUSTED",
    injected="every write is refused for a while, then half of them",
    expected="ever longer pauses, no entry given up, all of it written in the end",
    invariants="I8 I10",
)
def firestore_is_exhausted(arena: Arena) -> int:
    """A quota that is used up, and comes back little by little."""
    with arena.faults.ordered({"rpc": WRITES, "status": "RESOURCE_EXHAUSTED"}):
        arena.act(80)
        arena.hold(3)
    with arena.faults.ordered({"rpc": WRITES, "status": "RESOURCE_EXHAUSTED", "probability": 0.5}):
        arena.act(80)
    return arena.faults.struck


@row(
    23,
    "Firestore ABORTED",
    injected="half of the writes are aborted",
    expected="they are tried again after a pause with jitter",
    invariants="I3",
)
def firestore_aborts(arena: Arena) -> int:
    """Contention that never quite ends."""
    with arena.faults.ordered({"rpc": WRITES, "status": "ABORTED", "probability": 0.5}):
        arena.act(150)
    return arena.faults.struck


@row(
    24,
    "Firestore DEADLINE_EXCEEDED, INTERNAL, UNKNOWN",
    injected="a quarter of the writes fail without effect, a quarter after they took effect",
    expected="a write that is reported lost and landed all the same is recognised by its version",
    invariants="I3 I4",
)
def firestore_fails_somehow(arena: Arena) -> int:
    """Errors that do not tell whether anything happened."""
    for status in ("DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN"):
        rule = {"rpc": WRITES, "status": status, "probability": 0.25}
        with arena.faults.ordered(rule, {**rule, "applied": True}):
            arena.act(60)
    return arena.faults.struck


@row(
    24,
    "Firestore writes that land late",
    injected="a fifth of the writes arrive after their caller has given up on them",
    expected="the guard refuses what is older than what is there by then",
    invariants="I3 I4",
)
def firestore_writes_land_late(arena: Arena) -> int:
    """The deadline of the caller passes, and the write goes on without it."""
    late = {"rpc": WRITES, "latency_ms": _TOO_LATE_MS, "probability": 0.2}
    with arena.faults.ordered(late):
        arena.act(150)
        arena.hold(2 * _TOO_LATE_MS / 1000)
    return arena.faults.struck


@row(
    25,
    "applied, reply lost",
    injected="a third of the writes take effect and answer UNAVAILABLE",
    expected="the next attempt finds its own version there and takes note",
    invariants="I3 I4",
)
def firestore_replies_are_lost(arena: Arena) -> int:
    """What was done is reported as failed."""
    with arena.faults.ordered({"rpc": WRITES, "status": "UNAVAILABLE", "applied": True, "probability": 0.3}):
        arena.act(150)
    return arena.faults.struck


@row(
    26,
    "PERMISSION_DENIED",
    injected="every write is denied for a while",
    expected="nothing is marked as written, everything is tried again",
    invariants="I3",
)
def firestore_denies(arena: Arena) -> int:
    """A role that was taken away, and given back."""
    with arena.faults.ordered({"rpc": WRITES, "status": "PERMISSION_DENIED"}):
        arena.act(20)  # what was on its way is over by then
        before = _marked(arena)
        arena.act(60)
        arena.hold(2)
        arena.expect(_marked(arena) <= before, "something was marked as written while every write was denied")
    return arena.faults.struck


@row(
    30,
    "reordered delivery",
    injected="three workers, and each write waits for up to a second or not at all",
    expected="what arrives late and is older is dropped",
    invariants="I4",
    setup=Setup(workers=3),
)
def firestore_writes_overtake_each_other(arena: Arena) -> int:
    """Of two writes of one document the second often arrives first."""
    waits = [{"rpc": WRITES, "latency_ms": ms, "probability": 0.25} for ms in (50, 300, 700)]
    with arena.faults.ordered(*waits):
        arena.act(200)
    return arena.faults.struck


def _marked(arena: Arena) -> int:
    """How many versions are marked as written, and entries as delivered; where nothing was, nothing is deleted."""
    ((count,),) = arena.world.rows(
        "SELECT (SELECT coalesce(sum(have), 0) FROM projection WHERE update_time IS NOT NULL)"
        " + (SELECT count(*) FROM outbox WHERE done_at IS NOT NULL)"
    )
    return int(count)
