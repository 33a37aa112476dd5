"""What people of a studio do, as values to draw: few trainers, times and hours, so that they meet."""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from hypothesis import strategies as st

from courtside.availability.model import LocalRange
from tests.integration.bookings.studio_model import Ranges

TRAINERS = {"berta": "Europe/Berlin", "kiran": "Asia/Kathmandu"}
CLIENTS = ("ada", "bob", "cleo", "dan")
SERVICES: dict[str, dict[str, int]] = {
    "solo": {"duration_minutes": 60, "hold_minutes": 30},
    "buffered": {"duration_minutes": 45, "buffer_before_minutes": 10, "buffer_after_minutes": 20},
    "group": {
        "duration_minutes": 90,
        "capacity": 3,
        "buffer_after_minutes": 15,
        "max_seats_per_booking": 2,
        "hold_minutes": 30,
    },
    "asked": {
        "duration_minutes": 60,
        "capacity": 2,
        "requires_confirmation": True,
        "confirm_within_minutes": 60,
        "hold_minutes": 30,
    },
}
ALL_DAY: Ranges = (LocalRange(0, 1440),)
WEEKS: tuple[Ranges, ...] = (
    ALL_DAY,
    (LocalRange(9 * 60, 17 * 60),),
    (LocalRange(8 * 60, 12 * 60), LocalRange(13 * 60, 20 * 60)),
    (LocalRange(20 * 60, 26 * 60),),
)
DAYS: tuple[Ranges, ...] = ((), (LocalRange(10 * 60, 13 * 60),), (LocalRange(21 * 60, 28 * 60),))

# So many days ahead, at this time on the trainer's wall.
Start = tuple[int, time]
# A trainer and the name of a service.
Offer = tuple[str, str]


@dataclass(frozen=True)
class Book:
    """Book or hold seats of an offer, or have its trainer do it."""

    who: str
    offer: Offer
    start: Start
    seats: int
    hold: bool
    by_trainer: bool


class Will(StrEnum):
    """What somebody wants with a hold or request; what is odd is meant for the other kind."""

    YES = "yes"
    NO = "no"
    LONGER = "longer"
    ODD = "odd"

    def command(self, *, held: bool) -> str:
        """The command that says so."""
        match self:
            case Will.LONGER:
                return "extend_hold"
            case Will.NO:
                return "release_hold" if held else "decline_booking"
            case _:
                return "confirm_hold" if held is (self is Will.YES) else "confirm_booking"


@dataclass(frozen=True)
class Say:
    """Extend, confirm, release or decline a hold or request: as who may, or as somebody named."""

    booking: int
    will: Will
    by: str | None


@dataclass(frozen=True)
class OpenClass:
    """Open a class of the group service."""

    trainer: str
    start: Start
    capacity: int


@dataclass(frozen=True)
class Resize:
    """Give a session another capacity."""

    session: int
    capacity: int


@dataclass(frozen=True)
class CallOff:
    """Cancel a session as a whole."""

    session: int


@dataclass(frozen=True)
class Move:
    """Move a booking, as its client or its trainer."""

    booking: int
    start: Start
    by_trainer: bool


@dataclass(frozen=True)
class MoveToWhereAnotherIs:
    """Move a booking to the time of another, or to its own."""

    booking: int
    other: int


@dataclass(frozen=True)
class Cancel:
    """Cancel a booking, as its client or as somebody named."""

    booking: int
    by: str | None


@dataclass(frozen=True)
class SendAgain:
    """Send the last command once more."""


@dataclass(frozen=True)
class SetWeek:
    """Work these hours on every day, or on weekdays only."""

    trainer: str
    hours: Ranges
    weekend: bool


@dataclass(frozen=True)
class SetDate:
    """Other hours on one date; None goes back to the week's."""

    trainer: str
    ahead: int
    hours: Ranges | None


@dataclass(frozen=True)
class SetRules:
    """Other minutes of notice and of the step."""

    trainer: str
    notice: int
    step: int


@dataclass(frozen=True)
class LetTimePass:
    """Nothing but time."""

    minutes: int


@dataclass(frozen=True)
class Relay:
    """Carry out what is due; then let the edge drain what it commits, or leave it."""

    drains: bool


@dataclass(frozen=True)
class EndOverdue:
    """What the clock does every minute."""


Act = (
    Say | OpenClass | Resize | CallOff | EndOverdue | Book | Move | MoveToWhereAnotherIs | Cancel | SendAgain
)
Change = SetWeek | SetDate | SetRules | LetTimePass | Relay

_trainers = st.sampled_from(sorted(TRAINERS))
_people = st.sampled_from([*CLIENTS * 4, *TRAINERS])
_offers = st.tuples(_trainers, st.sampled_from(sorted(SERVICES)))
# One time is off every step, one is skipped when summer begins.
_walls = st.sampled_from(
    [*[time(hour) for hour in (9, 10, 11, 14, 22)] * 3, time(10, 30), time(9, 7), time(2, 30)]
)
_starts = st.tuples(st.sampled_from([0, 0, 1, 1, 1, 2, 2, 3, 8]), _walls)
_popular = st.sampled_from([(1, time(10)), (2, time(11))])
_bookings = st.integers(0, 40)

_seats = st.sampled_from([1, 1, 1, 2, 3])
_holds = st.sampled_from([False, True])
_staff = st.sampled_from([False] * 7 + [True])
_shared = st.tuples(_trainers, st.sampled_from(["group", "asked"]))
_clients = st.sampled_from(CLIENTS)
_NAMES: list[str | None] = [*TRAINERS, *CLIENTS]

# How often each is drawn, and how; `one_of` would draw all alike.
_ACTS: dict[str, tuple[int, st.SearchStrategy[Act]]] = {
    "book": (4, st.builds(Book, _people, _offers, _starts, _seats, _holds, _staff)),
    "meet": (5, st.builds(Book, _clients, _shared, _popular, st.just(1), _holds, st.just(False))),
    "say": (8, st.builds(Say, _bookings, st.sampled_from(Will), st.sampled_from([None] * 30 + _NAMES))),
    "move": (2, st.builds(Move, _bookings, _starts, st.booleans())),
    "swap": (1, st.builds(MoveToWhereAnotherIs, _bookings, _bookings)),
    "cancel": (3, st.builds(Cancel, _bookings, st.sampled_from([None] * 12 + _NAMES))),
    "open": (1, st.builds(OpenClass, _trainers, _popular, st.sampled_from([2, 5]))),
    "resize": (1, st.builds(Resize, _bookings, st.integers(2, 5))),
    "call off": (1, st.builds(CallOff, _bookings)),
    "end": (1, st.builds(EndOverdue)),
    "again": (1, st.builds(SendAgain)),
}
acts: st.SearchStrategy[Act] = st.sampled_from(
    [name for name, (times, _) in _ACTS.items() for _ in range(times)]
).flatmap(lambda name: _ACTS[name][1])
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(SetWeek, _trainers, st.sampled_from(WEEKS), st.booleans()),
    st.builds(SetDate, _trainers, st.integers(-1, 4), st.sampled_from((*DAYS, None))),
    st.builds(SetRules, _trainers, st.sampled_from([0, 0, 90, 1500]), st.sampled_from([30, 15, 60])),
    st.builds(LetTimePass, st.sampled_from([1, 20, 20, 20, 55, 180, 700, 1200])),
    st.builds(Relay, st.booleans()),
)
