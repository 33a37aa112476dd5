"""The visits of a day: nobody is in two places, and the slot engine accepts every one of them at its time."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest

from courtside.availability.model import Busy, LocalRange, Override, Slot, SlotRules, WeeklyHours
from courtside.availability.slots import decide_slot
from seed.disciplines import Offer
from seed.leave import is_on_course
from seed.people import CITIES, City
from seed.studio import SIZES, Studio, Trainer, build_studio
from seed.visits import Visit, plan_day

STUDIOS = {size: build_studio(SIZES[size]) for size in ("demo", "large")}
# Clocks change: in Adelaide on October 4, in Madrid on October 25, in New York on November 1.
DATES = [date(2026, 10, 3) + timedelta(days=n) for n in range(31)]
days = pytest.mark.parametrize(("size", "dates"), [("demo", DATES), ("large", DATES[::10])])


def visits_of(size: str, dates: list[date]) -> Iterator[tuple[Studio, City, date]]:
    return ((STUDIOS[size], city, on_date) for city in CITIES for on_date in dates)


@days
def test_no_client_is_in_two_places_at_once(size: str, dates: list[date]) -> None:
    for studio, city, on_date in visits_of(size, dates):
        times: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        for visit in plan_day(studio, city, on_date).visits:
            for start in filter(None, (visit.starts_at, visit.first_starts_at)):
                times[visit.client.uid].append((start, start + timedelta(minutes=visit.offer.minutes)))
        for spans in times.values():
            assert all(a[1] <= b[0] or b[1] <= a[0] for a, b in combinations(spans, 2))


@days
def test_every_step_of_a_visit_comes_after_the_one_before(size: str, dates: list[date]) -> None:
    fates: Counter[str] = Counter()
    for studio, city, on_date in visits_of(size, dates):
        for visit in plan_day(studio, city, on_date).visits:
            until = min(visit.starts_at, visit.first_starts_at or visit.starts_at)
            if visit.moved_at:
                assert visit.booked_at < visit.moved_at < until
            elif visit.cancelled_at:
                assert visit.booked_at < visit.cancelled_at < until
            else:
                assert visit.booked_at < until
            if visit.held_at:
                assert visit.held_at < visit.booked_at
            fates.update(
                moved=visit.moved_at is not None,
                cancelled=visit.cancelled_at is not None,
                held=visit.held_at is not None,
                all=1,
            )

    assert fates["moved"] > 0.01 * fates["all"]
    assert fates["cancelled"] > 0.03 * fates["all"]
    assert fates["held"] > 0.01 * fates["all"]


@days
def test_one_session_at_a_time_is_in_a_room(size: str, dates: list[date]) -> None:
    shared = 0
    for studio, city, on_date in visits_of(size, dates):
        taken: dict[str, set[tuple[datetime, datetime, str]]] = defaultdict(set)
        for visit in plan_day(studio, city, on_date).visits:
            for start in filter(None, (visit.starts_at, visit.first_starts_at)):
                if visit.offer.in_room:
                    begins = start - timedelta(minutes=visit.offer.before)
                    ends = start + timedelta(minutes=visit.offer.minutes + visit.offer.after)
                    taken[studio.room_of(visit.trainer)].add((begins, ends, visit.trainer.person.uid))
        for uses in taken.values():
            assert all(a[1] <= b[0] or b[1] <= a[0] for a, b in combinations(uses, 2))
            shared += len({uid for _, _, uid in uses}) > 1

    assert shared


@days
def test_every_seat_can_be_booked_and_moved_when_it_is(size: str, dates: list[date]) -> None:
    for studio, city, on_date in visits_of(size, dates):
        day = plan_day(studio, city, on_date)
        for trainer in studio.trainers_in(city):
            mine = [visit for visit in day.visits if visit.trainer == trainer]
            _Calendar(trainer, on_date, closed=trainer in day.days_off).live_through(mine)


def test_a_day_off_has_no_visits() -> None:
    plans = [plan_day(STUDIOS["demo"], city, on_date) for city in CITIES for on_date in DATES]

    assert any(plan.days_off for plan in plans)
    for plan in plans:
        assert not {visit.trainer.person.uid for visit in plan.visits} & {t.person.uid for t in plan.days_off}


def test_who_is_on_a_course_has_no_visits() -> None:
    away = 0
    for city in CITIES:
        for on_date in DATES:
            plan = plan_day(STUDIOS["demo"], city, on_date)
            absent = {t.person.uid for t in STUDIOS["demo"].trainers_in(city) if is_on_course(t, on_date)}
            assert not {visit.trainer.person.uid for visit in plan.visits} & absent
            away += len(absent)

    assert away > len(STUDIOS["demo"].trainers)


@dataclass
class _Calendar:
    """One trainer's date as the backend would keep it, deciding with the backend's own slot engine."""

    trainer: Trainer
    on_date: date
    closed: bool
    seats: dict[tuple[datetime, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def live_through(self, visits: list[Visit]) -> None:
        happenings = sorted(
            (at, n, kind)
            for n, visit in enumerate(visits)
            for kind, at in (
                ("book", visit.held_at if visit.held_until_booked else visit.booked_at),
                ("move", visit.moved_at),
                ("cancel", visit.cancelled_at),
            )
            if at is not None
        )
        for at, n, kind in happenings:
            visit = visits[n]
            first = visit.first_starts_at or visit.starts_at
            if kind != "book":
                self._leave(visit.offer, first, visit.client.uid)
            if kind != "cancel":
                self._enter(visit.offer, first if kind == "book" else visit.starts_at, visit.client.uid, at)

    def _leave(self, offer: Offer, starts_at: datetime, uid: str) -> None:
        self.seats[starts_at, offer.name].remove(uid)

    def _enter(self, offer: Offer, starts_at: datetime, uid: str, now: datetime) -> None:
        seats = self.seats[starts_at, offer.name]
        if seats:
            assert len(seats) < offer.capacity
            assert uid not in seats
            assert starts_at >= now + timedelta(minutes=self.trainer.discipline.min_notice_minutes)
        else:
            decision = self._decide(offer, starts_at, now)
            assert isinstance(decision, Slot), f"{decision}: {offer.name} of {self.trainer.person.name}"
        seats.add(uid)

    def _decide(self, offer: Offer, starts_at: datetime, now: datetime) -> object:
        discipline = self.trainer.discipline
        return decide_slot(
            starts_at,
            rules=SlotRules(
                duration_minutes=offer.minutes,
                buffer_before_minutes=offer.before,
                buffer_after_minutes=offer.after,
                step_minutes=discipline.step_minutes,
                min_notice_minutes=discipline.min_notice_minutes,
                horizon_days=28,
            ),
            hours=WeeklyHours(
                {
                    weekday: tuple(LocalRange(_minutes(start), _minutes(end)) for start, end in spans)
                    for weekday, spans in discipline.hours.items()
                }
            ),
            overrides=[Override(self.on_date)] if self.closed else [],
            busy=[self._busy(*taken) for taken, seats in self.seats.items() if seats],
            zone=self.trainer.city.zone,
            now=now,
        )

    def _busy(self, starts_at: datetime, name: str) -> Busy:
        offer = self.trainer.discipline.offer(name)
        ends_at = starts_at + timedelta(minutes=offer.minutes)
        return Busy(starts_at - timedelta(minutes=offer.before), ends_at + timedelta(minutes=offer.after))


def _minutes(clock: object) -> int:
    text = str(clock)
    return int(text[:2]) * 60 + int(text[3:5])


def test_dates_are_of_the_city_and_not_of_utc() -> None:
    for city in CITIES:
        for on_date in DATES:
            starts = {visit.starts_at for visit in plan_day(STUDIOS["demo"], city, on_date).visits}
            assert {start.astimezone(city.zone).date() for start in starts} <= {on_date}
            assert all(start.tzinfo is UTC for start in starts)
