"""Early lessons: a service with hours of its own, and clients who come every week for a while."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random

from seed.disciplines import Offer
from seed.steps import AnswerTo, Step
from seed.studio import Studio, Trainer

# Before every trainer's hours, and their buffers.
EARLY = Offer("Early lesson", 45, 30, "Before everybody else is up.")
HOURS = [{"weekday": weekday, "start": "04:30", "end": "05:30"} for weekday in range(1, 6)]
_STARTS = time(4, 30)
_BOOKED_BEFORE = timedelta(days=6)
# One series after the other: three Mondays of four.
_EVERY_WEEKS, _DATES = 4, 3


def plan_series(studio: Studio, trainer: Trainer, on_date: date, service_key: str) -> Iterator[Step]:
    """Somebody books three Mondays in a row, if this is the first of them."""
    clients = studio.clients_in(trainer.city)
    if on_date.isoweekday() != 1 or on_date.isocalendar().week % _EVERY_WEEKS or not clients:
        return
    client = Random(f"series {on_date} {trainer.person.uid}").choice(clients)
    starts_at = trainer.instant(on_date, _STARTS)
    content = {
        "service_id": AnswerTo(service_key, "service_id"),
        "starts_at": starts_at.isoformat(),
        "repeat": {"every": "week", "count": _DATES},
    }
    key = f"series of {client.uid} with {trainer.person.uid} from {starts_at.isoformat()}"
    yield Step(key, client, "bookings.book_series", content, starts_at - _BOOKED_BEFORE)
