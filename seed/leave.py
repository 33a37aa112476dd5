"""Courses: two days in a row on which trainers learn instead of teach, as time off of whole dates."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random

from seed.steps import Step
from seed.studio import Trainer

# Tuesday and Wednesday, in one week of four: not the days of series and late classes.
_WEEKDAYS = (2, 3)
_EVERY_WEEKS = 4
# Nobody books a date as long as that before.
_ASKED_BEFORE = timedelta(days=21)
_REASONS = ("First aid, refreshed.", "A course for trainers.", "Two days at a colleague's studio.")


def is_on_course(trainer: Trainer, on_date: date) -> bool:
    """Whether the trainer is away on a local date; some in any week, everybody now and then."""
    first_week = Random(f"course {trainer.person.uid}").randrange(_EVERY_WEEKS)
    # Weeks since the Monday of 0001-01-01, so that years end like any other week.
    week = (on_date.toordinal() - 1) // 7
    return on_date.isoweekday() in _WEEKDAYS and week % _EVERY_WEEKS == first_week


def plan_course(trainer: Trainer, on_date: date) -> Iterator[Step]:
    """The trainer takes time off, if a course begins on this local date."""
    if on_date.isoweekday() != _WEEKDAYS[0] or not is_on_course(trainer, on_date):
        return
    content = {
        "first_date": on_date.isoformat(),
        "last_date": (on_date + timedelta(days=1)).isoformat(),
        "reason": Random(f"reason {on_date} {trainer.person.uid}").choice(_REASONS),
    }
    asked_at = trainer.instant(on_date, time(9)) - _ASKED_BEFORE
    yield Step(f"course {on_date}", trainer.person, "availability.add_time_off", content, asked_at)
