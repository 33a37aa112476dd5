"""Late classes: what happens around an open class of two seats, from the package of credits to the review."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from random import Random

from seed.disciplines import Offer
from seed.people import Person
from seed.steps import AnswerTo, Step
from seed.studio import Studio, Trainer

# After every trainer's hours.
_STARTS = time(21, 45)
_WEEKDAY = 4
_OPENED_BEFORE = timedelta(days=5)
_CREDITS = 4
_WORDS = (
    "Worth staying up for.",
    "Small group, a lot of attention.",
    "Exactly my pace.",
    "Hard, in a good way.",
    "I came for the hour and stayed for the tea.",
)


def plan_evening(studio: Studio, trainer: Trainer, on_date: date, service_key: str) -> Iterator[Step]:
    """The steps of one evening, in order: who has a package, who comes, who waits, who gives up a seat to whom."""
    offer = next((offer for offer in trainer.discipline.offers if offer.capacity > 1), None)
    clients = studio.clients_in(trainer.city)
    if on_date.isoweekday() != _WEEKDAY or offer is None or len(clients) < 3:
        return
    random = Random(f"evening {on_date} {trainer.person.uid}")
    yield from _steps(trainer, offer, random.sample(clients, 3), on_date, service_key, random)


def _steps(
    trainer: Trainer, offer: Offer, people: list[Person], on_date: date, service_key: str, random: Random
) -> Iterator[Step]:
    first, second, third = people
    starts_at = trainer.instant(on_date, _STARTS)
    opened = trainer.instant(on_date - _OPENED_BEFORE, time(9))
    key = f"evening {starts_at.isoformat()} with {trainer.person.uid}"
    service = AnswerTo(service_key, "service_id")
    wanted = {"service_id": service, "starts_at": starts_at.isoformat()}
    minutes, day = timedelta(minutes=1), timedelta(days=1)

    def step(name: str, who: Person, command: str, content: Mapping[str, object], after: timedelta) -> Step:
        return Step(f"{name} {key}", who, command, content, opened + after)

    create = {**wanted, "capacity": 2, "title": "Late class"}
    package = {
        "client_id": first.uid,
        "amount": _CREDITS,
        "expires_at": (starts_at + 60 * day).isoformat(),
        "reason": f"package of {_CREDITS}",
    }
    yield step("open", trainer.person, "bookings.create_session", create, 0 * minutes)
    yield step("package for", trainer.person, "bookings.grant_credits", package, 10 * minutes)
    paid = {**wanted, "pay_with": "credits"}
    yield step("first at", first, "bookings.book_session", paid, 60 * minutes)
    yield step("second at", second, "bookings.book_session", dict(wanted), 120 * minutes)
    yield step("wait for", third, "bookings.join_waitlist", dict(wanted), 180 * minutes)
    given_up = {"booking_id": AnswerTo(f"second at {key}", "booking_id"), "reason": "Cannot make it."}
    yield step("give up", second, "bookings.cancel_booking", given_up, day)
    offered = {"booking_id": AnswerTo(f"wait for {key}", "booking_id")}
    yield step("accept", third, "bookings.accept_offer", offered, day + 20 * minutes)
    over = starts_at + offer.minutes * minutes - opened
    session = {"session_id": AnswerTo(f"open {key}", "session_id")}
    yield step("complete", trainer.person, "bookings.complete_session", session, over + 10 * minutes)
    review = {
        "booking_id": AnswerTo(f"first at {key}", "booking_id"),
        "rating": random.choice((3, 4, 4, 5, 5, 5)),
        "text": random.choice(_WORDS),
    }
    yield step("review", first, "reviews.write_review", review, over + 60 * minutes)
    complaint = {
        "booking_id": AnswerTo(f"wait for {key}", "booking_id"),
        "reason": "not_as_described",
        "text": "The hall was not heated.",
    }
    yield step("complain about", third, "reviews.open_dispute", complaint, over + 120 * minutes)
    dispute = {
        "dispute_id": AnswerTo(f"complain about {key}", "dispute_id"),
        "text": "The heating broke that evening; the next class is on me.",
    }
    yield step("answer about", trainer.person, "reviews.answer_dispute", dispute, over + day)
