"""What bookers do: each act is one command made from what the booker knows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

MOST_REMEMBERED = 400


@dataclass
class Memory:
    """What one booker has been told: bookings and sessions that it may act on, newest last."""

    clients: list[str]
    # Service id → its trainer, the most seats of a booking, and whether credits pay for it.
    services: dict[str, tuple[str, int, bool]]
    starts: list[datetime]
    # (booking id, client, service)
    bookings: list[tuple[str, str, str]] = field(default_factory=list)
    sessions: list[tuple[str, str]] = field(default_factory=list)

    def learn(self, command: "Command", result: dict[str, Any]) -> None:
        """Remember a booking or session that an answer named."""
        service = command.content.get("service_id")
        if service is None:
            return
        if "booking_id" in result:
            self.bookings.append((result["booking_id"], command.client, service))
        if "session_id" in result:
            self.sessions.append((result["session_id"], service))
        del self.bookings[:-MOST_REMEMBERED], self.sessions[:-MOST_REMEMBERED]


@dataclass(frozen=True)
class Command:
    """One command by one person, about a client."""

    uid: str
    client: str
    name: str
    content: dict[str, Any]


Act = Callable[[Memory, Random], Command | None]


def book(memory: Memory, random: Random) -> Command:
    """A seat, or several, paid in one way or the other."""
    client, service = random.choice(memory.clients), random.choice(list(memory.services))
    content = {**_wanted(memory, random, service), "pay_with": _payment(memory, random, service)}
    return Command(client, client, "bookings.book_session", content)


def hold(memory: Memory, random: Random) -> Command:
    """A claim that ends by itself unless it is confirmed."""
    client, service = random.choice(memory.clients), random.choice(list(memory.services))
    return Command(client, client, "bookings.hold_slot", _wanted(memory, random, service))


def create_class(memory: Memory, random: Random) -> Command:
    """A trainer opens a class."""
    service, (trainer, *_) = random.choice(list(memory.services.items()))
    content = {"service_id": service, "starts_at": random.choice(memory.starts).isoformat()}
    return Command(trainer, trainer, "bookings.create_session", content)


def move(memory: Memory, random: Random) -> Command | None:
    """The same booking at another time."""
    return _of_booking(
        memory, random, "bookings.reschedule_booking", starts_at=random.choice(memory.starts).isoformat()
    )


def cancel(memory: Memory, random: Random) -> Command | None:
    """Give it back; now and then the trainer does."""
    return _of_booking(memory, random, "bookings.cancel_booking", by_trainer=random.random() < 0.2)


def resize(memory: Memory, random: Random) -> Command | None:
    """More or fewer seats."""
    found = _session(memory, random)
    if found is None:
        return None
    session, trainer = found
    content = {"session_id": session, "capacity": random.randint(2, 6)}
    return Command(trainer, trainer, "bookings.resize_session", content)


def cancel_class(memory: Memory, random: Random) -> Command | None:
    """The trainer calls everything off."""
    found = _session(memory, random)
    if found is None:
        return None
    session, trainer = found
    return Command(trainer, trainer, "bookings.cancel_session", {"session_id": session, "reason": "ill"})


def wait_in_line(memory: Memory, random: Random) -> Command:
    """Wait for a seat."""
    client, service = random.choice(memory.clients), random.choice(list(memory.services))
    content = {**_wanted(memory, random, service), "pay_with": _payment(memory, random, service)}
    return Command(client, client, "bookings.join_waitlist", content)


def take_time_off(memory: Memory, random: Random) -> Command:
    """An hour in which nobody can book from now on."""
    trainer, *_ = random.choice(list(memory.services.values()))
    start = random.choice(memory.starts)
    content = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=30)).isoformat()}
    return Command(trainer, trainer, "availability.add_time_off", content)


def _simple(name: str, *, by_trainer: bool = False) -> Act:
    def act(memory: Memory, random: Random) -> Command | None:
        return _of_booking(memory, random, name, by_trainer=by_trainer)

    return act


def _of_booking(
    memory: Memory, random: Random, name: str, *, by_trainer: bool = False, **content: Any
) -> Command | None:
    if not memory.bookings:
        return None
    # Mostly what is fresh: old ones are cancelled by now, but tried all the same.
    index = max(0, len(memory.bookings) - 1 - int(random.expovariate(0.05)))
    booking, client, service = memory.bookings[index]
    uid = memory.services[service][0] if by_trainer else client
    return Command(uid, client, name, {"booking_id": booking, **content})


def _session(memory: Memory, random: Random) -> tuple[str, str] | None:
    if not memory.sessions:
        return None
    session, service = random.choice(memory.sessions)
    return session, memory.services[service][0]


def _wanted(memory: Memory, random: Random, service: str) -> dict[str, Any]:
    _, most_seats, _ = memory.services[service]
    starts_at = random.choice(memory.starts).isoformat()
    return {"service_id": service, "starts_at": starts_at, "seats": random.randint(1, most_seats)}


def _payment(memory: Memory, random: Random, service: str) -> str:
    _, _, takes_credits = memory.services[service]
    return "credits" if takes_credits and random.random() < 0.8 else "money"


# Act → how often, in proportion.
ACTS: dict[Act, int] = {
    book: 40,
    hold: 14,
    _simple("bookings.confirm_hold"): 8,
    _simple("bookings.confirm_booking", by_trainer=True): 4,
    _simple("bookings.decline_booking", by_trainer=True): 2,
    move: 10,
    cancel: 14,
    wait_in_line: 6,
    _simple("bookings.accept_offer"): 3,
    _simple("bookings.decline_offer"): 1,
    create_class: 2,
    resize: 2,
    cancel_class: 1,
}
