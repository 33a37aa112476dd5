"""Trainers, their services, and why a change to them can be refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from courtside.errors import Code, Refusal
from courtside.trainers.policies import BookingPolicy


class TrainerStatus(StrEnum):
    """An application becomes a trainer by an admin's approval; whoever deleted the account never does again.

    Suspended is a trainer whose account is blocked, or is a client's for now: out of the public's sight.
    """

    APPLIED = "applied"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class TrainerNotFound(Refusal):
    """There is no such trainer."""

    code = Code.NOT_FOUND
    reason = "TRAINER_NOT_FOUND"


class TrainerNotApproved(Refusal):
    """This trainer is not approved yet."""

    reason = "TRAINER_NOT_APPROVED"


class TrainerSuspended(Refusal):
    """This trainer is suspended, or blocked: unblock the account, or give it the role again."""

    reason = "TRAINER_SUSPENDED"


class AlreadyApplied(Refusal):
    """You have applied already."""

    code = Code.ALREADY_EXISTS
    reason = "ALREADY_APPLIED"


class AlreadyApproved(Refusal):
    """This trainer is approved already."""

    code = Code.ALREADY_EXISTS
    reason = "ALREADY_APPROVED"


class ServiceNotFound(Refusal):
    """There is no such service."""

    code = Code.NOT_FOUND
    reason = "SERVICE_NOT_FOUND"


class ResourceNotFound(Refusal):
    """There is no such resource."""

    code = Code.NOT_FOUND
    reason = "RESOURCE_NOT_FOUND"


class ServiceNameTaken(Refusal):
    """You offer a service of that name already."""

    code = Code.ALREADY_EXISTS
    reason = "SERVICE_NAME_TAKEN"


@dataclass(frozen=True)
class Trainer:
    """A professional who can be booked once approved; `id` is the uid of the account."""

    id: str
    status: str
    display_name: str
    headline: str
    bio: str
    city: str
    specialties: Sequence[str]
    languages: Sequence[str]
    time_zone: str
    min_notice_minutes: int
    horizon_days: int
    slot_step_minutes: int
    daily_cap: int | None
    weekly_cap: int | None
    applied_at: datetime
    approved_at: datetime | None

    @property
    def is_approved(self) -> bool:
        return self.status == TrainerStatus.APPROVED


@dataclass(frozen=True)
class Service:
    """What a trainer offers; the price is in minor units of the currency."""

    id: UUID
    trainer_id: str
    name: str
    description: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    capacity: int
    price_minor: int
    currency: str
    active: bool
    # None: as the trainer has it.
    slot_step_minutes: int | None
    min_notice_minutes: int | None
    horizon_days: int | None
    step_offset_minutes: int
    daily_cap: int | None
    weekly_cap: int | None
    resource_id: UUID | None
    hold_minutes: int
    requires_confirmation: bool
    confirm_within_minutes: int
    max_seats_per_booking: int
    waitlist_offer_minutes: int
    waitlist_close_minutes: int
    # In credits per seat; 0 cannot be paid with credits.
    credit_price: int
    policy: dict[str, Any]
    # Minutes before the start, the longest first.
    reminders: Sequence[int]

    @property
    def booking_policy(self) -> BookingPolicy:
        return BookingPolicy.model_validate(self.policy)


def min_notice_minutes(trainer: Trainer, service: Service) -> int:
    """How long before its start a service can be booked at the latest."""
    return trainer.min_notice_minutes if service.min_notice_minutes is None else service.min_notice_minutes


def horizon_days(trainer: Trainer, service: Service) -> int:
    """How many local dates after the trainer's today a service can be booked."""
    return trainer.horizon_days if service.horizon_days is None else service.horizon_days


def horizons(trainer: Trainer, services: Sequence[Service]) -> list[int]:
    """The trainer's horizon and those of its active services, each once, the furthest last."""
    own = {horizon_days(trainer, service) for service in services if service.active}
    return sorted(own | {trainer.horizon_days})
