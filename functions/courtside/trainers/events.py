"""What happens to trainers."""

from dataclasses import dataclass
from datetime import date

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class TrainerApplied(Event):
    """Somebody asked to become a trainer."""

    name = "trainer.applied.v1"
    trainer_id: str
    display_name: str


@dataclass(frozen=True, kw_only=True)
class TrainerApproved(Event):
    """An application was approved: the trainer is public and can be booked."""

    name = "trainer.approved.v1"
    trainer_id: str
    display_name: str


@dataclass(frozen=True, kw_only=True)
class TrainerProfileChanged(Event):
    """What the public sees of a trainer changed; `with_bookings` if it is also shown with each booking."""

    name = "trainer.profile_changed.v1"
    trainer_id: str
    with_bookings: bool = False


@dataclass(frozen=True, kw_only=True)
class OpenTimesChanged(Event):
    """Slots may have opened or closed on the trainer's local dates, both ends included."""

    name = "trainer.open_times_changed.v1"
    trainer_id: str
    first_date: date
    last_date: date
