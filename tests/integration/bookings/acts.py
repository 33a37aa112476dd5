"""What people of a studio do, as values to draw: few trainers, times and hours, so that they meet."""

from dataclasses import dataclass
from datetime import time

from hypothesis import strategies as st

from courtside.availability.model import LocalRange
from tests.integration.bookings.studio_model import Ranges

TRAINERS = {"berta": "Europe/Berlin", "kiran": "Asia/Kathmandu"}
CLIENTS = ("ada", "bob", "cleo", "dan")
SERVICES: dict[str, dict[str, int]] = {
    "solo": {"duration_minutes": 60},
    "buffered": {"duration_minutes": 45, "buffer_before_minutes": 10, "buffer_after_minutes": 20},
    "group": {
        "duration_minutes": 90,
        "capacity": 3,
        "buffer_after_minutes": 15,
        "max_seats_per_booking": 2,
        "hold_minutes": 30,
    },
    "asked": {"duration_minutes": 60, "requires_confirmation": True, "confirm_within_minutes": 60},
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


@dataclass(frozen=True)
class Say:
    """Extend, confirm, release or decline a hold or request: as who may, or as somebody named."""

    booking: int
    command: str
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
_holds = st.sampled_from([False, False, True])
_staff = st.sampled_from([False] * 4 + [True])
_groups = st.tuples(_trainers, st.just("group"))
_commands = st.sampled_from(
    ["confirm_hold", "extend_hold", "release_hold", "confirm_booking", "confirm_booking", "decline_booking"]
)

acts: st.SearchStrategy[Act] = st.one_of(
    *[st.builds(Book, _people, _offers, _starts, _seats, _holds, _staff)] * 4,
    *[st.builds(Book, _people, _groups, _popular, _seats, _holds, _staff)] * 3,
    *[st.builds(Say, _bookings, _commands, st.sampled_from([None] * 8 + [*TRAINERS, *CLIENTS]))] * 4,
    st.builds(Move, _bookings, _starts, st.booleans()),
    st.builds(MoveToWhereAnotherIs, _bookings, _bookings),
    st.builds(Cancel, _bookings, st.sampled_from([None, *TRAINERS, *CLIENTS])),
    st.builds(OpenClass, _trainers, _popular | _starts, st.sampled_from([2, 5])),
    st.builds(Resize, _bookings, st.integers(2, 5)),
    st.builds(CallOff, _bookings),
    st.builds(EndOverdue),
    st.builds(SendAgain),
)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(SetWeek, _trainers, st.sampled_from(WEEKS), st.booleans()),
    st.builds(SetDate, _trainers, st.integers(-1, 4), st.sampled_from((*DAYS, None))),
    st.builds(SetRules, _trainers, st.sampled_from([0, 0, 90, 1500]), st.sampled_from([30, 15, 60])),
    st.builds(LetTimePass, st.sampled_from([1, 20, 55, 180, 700, 1200])),
    st.builds(Relay, st.booleans()),
)
