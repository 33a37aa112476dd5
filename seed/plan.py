"""All that is to be done, as lanes of steps: a lane's steps go one after the other, lanes side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from seed.disciplines import Offer
from seed.evenings import plan_evening
from seed.leave import plan_course
from seed.mornings import EARLY, HOURS, plan_series
from seed.people import ADMIN, CITIES, City, Person
from seed.steps import AnswerTo, Step
from seed.studio import Studio, Trainer
from seed.visits import HOLD_LASTS, Day, Visit, plan_day

Lane = Sequence[Step]

# When people joined, before the first date that has bookings.
_CLIENTS_JOINED = timedelta(days=40)
_TRAINERS_JOINED = timedelta(days=60)
# When a trainer asks for a day off; nobody books a date as long as that before.
_DAY_OFF_ASKED = timedelta(days=21)


# How long after a request the trainer says yes.
_CONFIRMED_AFTER = timedelta(minutes=10)

_PRIVATE_TERMS = {
    "policy": {
        "cancel": [{"within_minutes": 720, "fee_percent": 50}],
        "no_show": {"fee_percent": 100},
        "grace_per_month": 1,
    }
}
_GROUP_TERMS = {
    "credit_price": 1,
    "max_seats_per_booking": 2,
    "waitlist_offer_minutes": 60,
    "waitlist_close_minutes": 120,
}


@dataclass(frozen=True)
class Plan:
    """What makes the studio: the admin first, then rooms, then every client, then one lane a trainer."""

    admin: Step
    rooms: Lane
    clients: Sequence[Lane]
    trainers: Sequence[Lane]

    @property
    def steps(self) -> list[Step]:
        return [self.admin, *self.rooms, *chain(*self.clients, *self.trainers)]


def plan_studio(studio: Studio, now: datetime) -> Plan:
    """Everything that has happened by `now` and has to do with the dates around it.

    A later plan of the same studio has, for the dates that both cover, every step of an earlier one at the same
    place and, in between and after, only steps that happen after the earlier one's `now`.
    """
    days = {city: [plan_day(studio, city, on) for on in _dates(studio, city, now)] for city in CITIES}
    return Plan(
        admin=_register(ADMIN, now - _TRAINERS_JOINED),
        rooms=[_open_room(name, now - _TRAINERS_JOINED) for name in studio.rooms],
        clients=[[_register(client, now - _CLIENTS_JOINED)] for client in studio.clients],
        trainers=[
            [
                *_join(studio, trainer, now - _TRAINERS_JOINED),
                *_live(studio, trainer, days[trainer.city], now),
            ]
            for trainer in studio.trainers
        ],
    )


def _dates(studio: Studio, city: City, now: datetime) -> list[date]:
    today = now.astimezone(city.zone).date()
    first, count = -studio.size.days_back, studio.size.days_back + studio.size.days_ahead
    return [today + timedelta(days=n) for n in range(first, first + count)]


def _register(person: Person, at: datetime) -> Step:
    content = {
        "display_name": person.name,
        "time_zone": person.city.time_zone,
        "locale": person.city.locale,
    }
    return Step("register", person, "account.register_client", content, at)


def _open_room(name: str, at: datetime) -> Step:
    return Step(_room_key(name), ADMIN, "admin.add_resource", {"name": name}, at)


def _join(studio: Studio, trainer: Trainer, at: datetime) -> Iterator[Step]:
    person, discipline = trainer.person, trainer.discipline
    application = {
        "display_name": person.name,
        "time_zone": trainer.city.time_zone,
        "headline": discipline.headline,
        "bio": discipline.bio,
        "city": trainer.city.name,
        "specialties": list(discipline.specialties),
        "languages": list(trainer.city.languages),
    }
    yield Step("apply", person, "trainers.apply", application, at)
    rules = {
        "min_notice_minutes": discipline.min_notice_minutes,
        "slot_step_minutes": discipline.step_minutes,
    }
    yield Step("rules", person, "trainers.update_profile", rules, at)
    for offer in (*discipline.offers, EARLY):
        content = _service(offer, trainer.city)
        if offer.in_room:
            content["resource_id"] = AnswerTo(_room_key(studio.room_of(trainer)), "resource_id")
        yield Step(_service_key(offer), person, "trainers.add_service", content, at)
    yield Step(f"approve {person.uid}", ADMIN, "trainers.approve", {"trainer_id": person.uid}, at)
    # In the present, so that every day from today to the trainer's horizon is published.
    yield Step("hours", person, "availability.set_weekly_hours", {"hours": _hours(trainer)})
    early = {"service_id": AnswerTo(_service_key(EARLY), "service_id"), "hours": HOURS}
    yield Step("early hours", person, "availability.set_weekly_hours", early)


def _service(offer: Offer, city: City) -> dict[str, object]:
    return {
        "name": offer.name,
        "description": offer.description,
        "duration_minutes": offer.minutes,
        "buffer_before_minutes": offer.before,
        "buffer_after_minutes": offer.after,
        "capacity": offer.capacity,
        "hold_minutes": HOLD_LASTS // timedelta(minutes=1),
        "price_minor": offer.euros * city.price_factor * 100,
        "currency": city.currency,
        **(_GROUP_TERMS if offer.capacity > 1 else _PRIVATE_TERMS),
        "requires_confirmation": offer.asks,
    }


def _hours(trainer: Trainer) -> list[dict[str, object]]:
    return [
        {"weekday": weekday, "start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
        for weekday, spans in sorted(trainer.discipline.hours.items())
        for start, end in spans
    ]


def _live(studio: Studio, trainer: Trainer, days: Sequence[Day], now: datetime) -> list[Step]:
    """What happens to a trainer over the days, in the order in which it happens, as far as it has happened."""
    group = next((offer for offer in trainer.discipline.offers if offer.capacity > 1), None)
    evenings = (
        plan_evening(studio, trainer, day.on_date, _service_key(group) if group else "") for day in days
    )
    visits = chain.from_iterable(_visit(v) for day in days for v in day.visits if v.trainer == trainer)
    days_off = (_day_off(trainer, day.on_date) for day in days if trainer in day.days_off)
    series = (plan_series(studio, trainer, day.on_date, _service_key(EARLY)) for day in days)
    courses = (plan_course(trainer, day.on_date) for day in days)
    happened = [
        (step.at, step.key, step)
        for step in chain(visits, days_off, *evenings, *series, *courses)
        if step.at and step.at <= now
    ]
    return [step for _, _, step in sorted(happened, key=lambda entry: entry[:2])]


def _day_off(trainer: Trainer, on_date: date) -> Step:
    midnight = trainer.instant(on_date, datetime.min.time())
    content = {"on_date": on_date.isoformat(), "hours": []}
    command = "availability.set_override"
    return Step(f"day off {on_date}", trainer.person, command, content, midnight - _DAY_OFF_ASKED)


def _visit(visit: Visit) -> Iterator[Step]:
    first = visit.first_starts_at or visit.starts_at
    booking = f"book {visit.client.uid} with {visit.trainer.person.uid} {first.isoformat()}"
    seat = {"service_id": AnswerTo(_service_key(visit.offer), "service_id"), "starts_at": first.isoformat()}
    if visit.held_at:
        yield Step(f"hold {booking}", visit.client, "bookings.hold_slot", seat, visit.held_at)
    if visit.held_until_booked:
        hold = {"booking_id": AnswerTo(f"hold {booking}", "booking_id")}
        yield Step(booking, visit.client, "bookings.confirm_hold", hold, visit.booked_at)
    else:
        yield Step(booking, visit.client, "bookings.book_session", seat, visit.booked_at)
    booking_id = AnswerTo(booking, "booking_id")
    if visit.offer.asks:
        said_yes = visit.booked_at + _CONFIRMED_AFTER
        answer = {"booking_id": booking_id}
        yield Step(f"yes to {booking}", visit.trainer.person, "bookings.confirm_booking", answer, said_yes)
    if visit.moved_at:
        move = {"booking_id": booking_id, "starts_at": visit.starts_at.isoformat()}
        yield Step(f"move {booking}", visit.client, "bookings.reschedule_booking", move, visit.moved_at)
    if visit.cancelled_at:
        cancel = {"booking_id": booking_id, "reason": visit.reason}
        yield Step(f"cancel {booking}", visit.client, "bookings.cancel_booking", cancel, visit.cancelled_at)


def _room_key(name: str) -> str:
    return f"room {name}"


def _service_key(offer: Offer) -> str:
    return f"service {offer.name}"
