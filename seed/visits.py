"""Who comes when: the visits of one local date in one city, a pure function of the date and the studio."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from seed.disciplines import Offer
from seed.leave import is_on_course
from seed.people import City, Person
from seed.studio import Studio, Trainer

_CANCELLED = 0.09
_TAKEN_AGAIN = 0.5
_MOVED = 0.08
_DAY_OFF = 0.04
_HELD = 0.06
_HELD_IN_VAIN = 0.02
HOLD_LASTS = timedelta(minutes=5)
_THINKING = timedelta(minutes=2)
_COMING_BACK = timedelta(minutes=15)
_LONGEST_LEAD = timedelta(days=16)
_USUAL_LEAD = timedelta(days=4)
# Between two steps of one visit, and between the last of them and the trainer's minimum notice.
_PAUSE = timedelta(minutes=20)
_TRIES_TO_FIND_A_CLIENT = 6
_REASONS = (
    "A cold; see you next week.",
    "My meeting moved.",
    "Travelling after all, sorry!",
    "Sore from last time.",
    "The little one is ill.",
    "Double-booked myself.",
)


@dataclass(frozen=True)
class Visit:
    """One client's booking: made at `booked_at`, and what became of it by when.

    A visit that was moved first stood at `first_starts_at`; one that was cancelled gave its time back. One that was
    held at `held_at` was booked from the hold, unless that is so long ago that the hold had ended.
    """

    trainer: Trainer
    offer: Offer
    client: Person
    starts_at: datetime
    booked_at: datetime
    first_starts_at: datetime | None = None
    moved_at: datetime | None = None
    cancelled_at: datetime | None = None
    reason: str | None = None
    held_at: datetime | None = None

    @property
    def held_until_booked(self) -> bool:
        return self.held_at is not None and self.booked_at - self.held_at < HOLD_LASTS


@dataclass(frozen=True)
class Day:
    """What happens on one date in one city: visits in no particular order, and who has the day off."""

    on_date: date
    visits: Sequence[Visit]
    days_off: Sequence[Trainer]


@dataclass
class _Diary:
    """Taken time of one person on the date."""

    taken: list[tuple[datetime, datetime]] = field(default_factory=list)

    def is_free(self, span: tuple[datetime, datetime]) -> bool:
        return all(end <= span[0] or span[1] <= start for start, end in self.taken)

    def take(self, span: tuple[datetime, datetime]) -> None:
        self.taken.append(span)


class _Planner:
    """Fills the diaries of one city on one date."""

    def __init__(self, studio: Studio, city: City, on_date: date) -> None:
        self._random = Random(f"{city.name} {on_date} {len(studio.trainers)} {len(studio.clients)}")
        self._studio = studio
        self._size = studio.size
        self._date = on_date
        self._clients = studio.clients_in(city)
        self._diaries = {person.uid: _Diary() for person in self._clients}
        self._rooms = {studio.room_of(trainer): _Diary() for trainer in studio.trainers_in(city)}

    def plan(self, trainers: Sequence[Trainer]) -> Day:
        visits: list[Visit] = []
        days_off: list[Trainer] = []
        for trainer in trainers:
            if not trainer.hours_on(self._date) or is_on_course(trainer, self._date):
                continue
            if self._chance(_DAY_OFF):
                days_off.append(trainer)
                continue
            self._diaries[trainer.person.uid] = _Diary()
            visits += self._classes(trainer)
            visits += self._private_visits(trainer)
        return Day(self._date, visits, days_off)

    def _classes(self, trainer: Trainer) -> Iterator[Visit]:
        diary = self._diaries[trainer.person.uid]
        for starts_at, offer in trainer.classes_on(self._date):
            diary.take(_busy(offer, starts_at))
            wanted = round(offer.capacity * self._size.class_fill * self._random.uniform(0.6, 1.2))
            for client in self._free_clients(_own(offer, starts_at), min(wanted, offer.capacity)):
                yield self._cancelled_or_kept(self._booked(trainer, offer, client, starts_at))

    def _private_visits(self, trainer: Trainer) -> Iterator[Visit]:
        for starts_at in _starts(trainer, self._date):
            offer = self._random.choice(trainer.discipline.private_offers)
            if self._chance(self._size.demand) and self._fits(trainer, offer, starts_at):
                yield from self._private_visit(trainer, offer, starts_at)

    def _private_visit(self, trainer: Trainer, offer: Offer, starts_at: datetime) -> Iterator[Visit]:
        self._take(trainer, offer, starts_at)
        for client in self._free_clients(_own(offer, starts_at), 1):
            visit = self._held_or_not(self._booked(trainer, offer, client, starts_at))
            if self._chance(_MOVED):
                visit = self._moved(visit)
            if visit.moved_at is None:
                visit = self._cancelled_or_kept(visit)
            yield visit
            if visit.cancelled_at and self._chance(_TAKEN_AGAIN):
                yield from self._taken_again(visit, visit.cancelled_at)

    def _taken_again(self, visit: Visit, free_since: datetime) -> Iterator[Visit]:
        booked_at = free_since + _PAUSE
        if booked_at <= _latest(visit):
            for client in self._free_clients(_own(visit.offer, visit.starts_at), 1):
                yield Visit(visit.trainer, visit.offer, client, visit.starts_at, booked_at)

    def _booked(self, trainer: Trainer, offer: Offer, client: Person, starts_at: datetime) -> Visit:
        visit = Visit(trainer, offer, client, starts_at, starts_at)
        shortest = (starts_at - _latest(visit)) / _LONGEST_LEAD
        lead = self._random.triangular(shortest, 1, max(shortest, _USUAL_LEAD / _LONGEST_LEAD))
        return replace(visit, booked_at=_minute(starts_at - lead * _LONGEST_LEAD))

    def _held_or_not(self, visit: Visit) -> Visit:
        dice = self._random.random()
        if dice >= _HELD + _HELD_IN_VAIN:
            return visit
        return replace(visit, held_at=visit.booked_at - (_THINKING if dice < _HELD else _COMING_BACK))

    def _cancelled_or_kept(self, visit: Visit) -> Visit:
        if not self._chance(_CANCELLED):
            return visit
        cancelled_at = self._between(visit.booked_at, visit.starts_at - _PAUSE)
        return replace(visit, cancelled_at=cancelled_at, reason=self._random.choice(_REASONS))

    def _moved(self, visit: Visit) -> Visit:
        trainer, offer = visit.trainer, visit.offer
        client = self._diaries[visit.client.uid]
        starts = list(_starts(trainer, self._date))
        self._random.shuffle(starts)
        for first in starts:
            until = _latest(replace(visit, starts_at=min(first, visit.starts_at)))
            in_time = visit.booked_at + _PAUSE <= until
            if in_time and client.is_free(_own(offer, first)) and self._fits(trainer, offer, first):
                self._take(trainer, offer, first)
                client.take(_own(offer, first))
                moved_at = self._between(visit.booked_at, until)
                return replace(visit, first_starts_at=first, moved_at=moved_at)
        return visit

    def _fits(self, trainer: Trainer, offer: Offer, starts_at: datetime) -> bool:
        start, end = _own(offer, starts_at)
        in_hours = any(opens <= start and end <= closes for opens, closes in trainer.hours_on(self._date))
        taken = self._diaries_of(trainer, offer)
        return in_hours and all(diary.is_free(_busy(offer, starts_at)) for diary in taken)

    def _take(self, trainer: Trainer, offer: Offer, starts_at: datetime) -> None:
        for diary in self._diaries_of(trainer, offer):
            diary.take(_busy(offer, starts_at))

    def _diaries_of(self, trainer: Trainer, offer: Offer) -> list[_Diary]:
        room = [self._rooms[self._studio.room_of(trainer)]] if offer.in_room else []
        return [self._diaries[trainer.person.uid], *room]

    def _free_clients(self, span: tuple[datetime, datetime], count: int) -> Iterator[Person]:
        tries = min(len(self._clients), count * _TRIES_TO_FIND_A_CLIENT)
        for client in self._random.sample(self._clients, tries):
            if count and self._diaries[client.uid].is_free(span):
                self._diaries[client.uid].take(span)
                count -= 1
                yield client

    def _between(self, start: datetime, end: datetime) -> datetime:
        return _minute(start + self._random.uniform(0.2, 0.9) * (end - start))

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability


def plan_day(studio: Studio, city: City, on_date: date) -> Day:
    """The visits of a local date in a city.

    They depend on nothing else: not on other dates, and not on when they are planned. No client is in two
    places at once, and no two visits want the same time of a trainer, whatever became of either, but for the
    places of one class and for a time that was given back before it was taken again.
    """
    return _Planner(studio, city, on_date).plan(studio.trainers_in(city))


def _starts(trainer: Trainer, on_date: date) -> Iterator[datetime]:
    """Every start that the weekly hours allow on a date, counted from the beginning of each range of hours."""
    step = timedelta(minutes=trainer.discipline.step_minutes)
    for opens, closes in trainer.hours_on(on_date):
        yield from (opens + n * step for n in range((closes - opens) // step))


def _latest(visit: Visit) -> datetime:
    """Until when the visit may be booked, or moved to or from."""
    return visit.starts_at - timedelta(minutes=visit.trainer.discipline.min_notice_minutes) - _PAUSE


def _own(offer: Offer, starts_at: datetime) -> tuple[datetime, datetime]:
    return starts_at, starts_at + timedelta(minutes=offer.minutes)


def _busy(offer: Offer, starts_at: datetime) -> tuple[datetime, datetime]:
    start, end = _own(offer, starts_at)
    return start - timedelta(minutes=offer.before), end + timedelta(minutes=offer.after)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
