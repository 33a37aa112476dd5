"""Short words for what tests of bookings do again and again."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

from tests.world import Refused, World

T = TypeVar("T")


def soon() -> datetime:
    """The time at which tests that move the clock begin: this minute."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def hold(world: World, uid: str, service_id: str, starts_at: datetime, **content: Any) -> dict[str, Any]:
    """A hold that is expected to succeed."""
    return world.call(
        uid, "bookings.hold_slot", service_id=service_id, starts_at=starts_at.isoformat(), **content
    )


def book(world: World, uid: str, service_id: str, starts_at: datetime, **content: Any) -> dict[str, Any]:
    """A booking that is expected to succeed."""
    return world.call(
        uid, "bookings.book_session", service_id=service_id, starts_at=starts_at.isoformat(), **content
    )


def refused(world: World, uid: str, name: str, /, **content: Any) -> str:
    """The reason for which a command is refused."""
    return world.refusal(uid, f"bookings.{name}", **content).reason


def told(world: World, audience: str) -> list[dict[str, Any]]:
    """What an audience has been told, in order."""
    events = world.firestore.collection(f"feeds/{audience}/events").stream()
    return sorted((event.to_dict() or {} for event in events), key=lambda event: event["occurred_at"])


def types_told(world: World, audience: str) -> list[str]:
    """The names of what an audience has been told."""
    return [event["type"] for event in told(world, audience)]


def open_starts(world: World, trainer: str, starts_at: datetime) -> list[datetime]:
    """The starts of that date's open slots and classes, as screens show them."""
    document = world.document(f"trainers/{trainer}/days/{starts_at.date()}")
    assert document is not None
    return [slot["starts_at"] for slot in document["slots"]]


def together(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Run all at once, each in a thread of its own; what each came to."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        barrier.wait(timeout=30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, act) for act in acts]]


def outcome_of(world: World, uid: str, name: str, /, **content: Any) -> Callable[[], str]:
    """An act to run with others: `ok`, or the reason of its refusal."""

    def act() -> str:
        error = world.run(uid, f"bookings.{name}", **content).error
        return "ok" if error is None else Refused(error).reason

    return act


def later(moment: datetime, **by: float) -> datetime:
    """So much later."""
    return moment + timedelta(**by)
