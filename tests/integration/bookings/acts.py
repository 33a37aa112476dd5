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
    "group": {"duration_minutes": 90, "capacity": 3, "buffer_after_minutes": 15},
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
    """Book an offer."""

    who: str
    offer: Offer
    start: Start


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


Act = Book | Move | MoveToWhereAnotherIs | Cancel | SendAgain
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

acts: st.SearchStrategy[Act] = st.one_of(
    *[st.builds(Book, _people, _offers, _starts)] * 3,
    *[st.builds(Book, _people, st.tuples(_trainers, st.just("group")), _popular)] * 2,
    st.builds(Move, _bookings, _starts, st.booleans()),
    st.builds(MoveToWhereAnotherIs, _bookings, _bookings),
    st.builds(Cancel, _bookings, st.sampled_from([None, *TRAINERS, *CLIENTS])),
    st.builds(SendAgain),
)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(SetWeek, _trainers, st.sampled_from(WEEKS), st.booleans()),
    st.builds(SetDate, _trainers, st.integers(-1, 4), st.sampled_from((*DAYS, None))),
    st.builds(SetRules, _trainers, st.sampled_from([0, 0, 90, 1500]), st.sampled_from([30, 15, 60])),
    st.builds(LetTimePass, st.sampled_from([1, 20, 55, 180, 700, 1200])),
    st.builds(Relay, st.booleans()),
)
