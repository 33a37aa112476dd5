"""What clients send and get for trainers and their services."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from courtside.edge.commands import CommandSchema, View
from courtside.fields import DisplayName, LongText, ShortText, Tag, TimeZoneName, UserId
from courtside.trainers.policies import BookingPolicy

Tags = Annotated[tuple[Tag, ...], Field(max_length=20)]
Buffer = Annotated[int, Field(ge=0, le=240)]
Reminders = Annotated[
    tuple[Annotated[int, Field(ge=5, le=20_160)], ...],
    Field(max_length=5),
    AfterValidator(lambda minutes: tuple(sorted(set(minutes), reverse=True))),
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Application(BaseModel):
    """What a trainer says when applying; all of it but the time zone is public."""

    display_name: DisplayName
    time_zone: TimeZoneName
    headline: ShortText = ""
    bio: LongText = ""
    city: ShortText = ""
    specialties: Tags = ()
    languages: Tags = ()


class Apply(CommandSchema, Application):
    """`trainers.apply`: the signed-in person asks to become a trainer; makes the account where there is none."""


class UpdateProfile(CommandSchema):
    """`trainers.update_profile`: what is given changes, what is left out stays."""

    display_name: DisplayName | None = None
    headline: ShortText | None = None
    bio: LongText | None = None
    city: ShortText | None = None
    specialties: Tags | None = None
    languages: Tags | None = None
    time_zone: TimeZoneName | None = None
    min_notice_minutes: Annotated[int, Field(ge=0, le=43_200)] | None = None
    horizon_days: Annotated[int, Field(ge=1, le=366)] | None = None
    slot_step_minutes: Annotated[int, Field(ge=5, le=1_440)] | None = None
    # Sessions a day and a week (Monday to Sunday) of the trainer's zone; 0 takes the cap away.
    daily_cap: Annotated[int, Field(ge=0, le=100)] | None = None
    weekly_cap: Annotated[int, Field(ge=0, le=500)] | None = None


class Approve(CommandSchema):
    """`trainers.approve`: an admin turns an application into a trainer."""

    trainer_id: UserId


class ServiceOffer(BaseModel):
    """A service: durations in minutes, the price in minor units of its currency, capacity in seats."""

    name: DisplayName
    description: LongText = ""
    duration_minutes: Annotated[int, Field(ge=5, le=720)]
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    capacity: Annotated[int, Field(ge=1, le=500)] = 1
    max_seats_per_booking: Annotated[int, Field(ge=1, le=500)] = 1
    price_minor: Annotated[int, Field(ge=0, le=100_000_000)]
    currency: Currency
    credit_price: Annotated[int, Field(ge=0, le=1_000)] = 0
    # Left out: as the trainer has it.
    slot_step_minutes: Annotated[int, Field(ge=5, le=1_440)] | None = None
    min_notice_minutes: Annotated[int, Field(ge=0, le=43_200)] | None = None
    horizon_days: Annotated[int, Field(ge=1, le=366)] | None = None
    step_offset_minutes: Annotated[int, Field(ge=0, le=1_439)] = 0
    daily_cap: Annotated[int, Field(ge=1, le=100)] | None = None
    weekly_cap: Annotated[int, Field(ge=1, le=500)] | None = None
    resource_id: UUID | None = None
    hold_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    requires_confirmation: bool = False
    confirm_within_minutes: Annotated[int, Field(ge=5, le=20_160)] = 1_440
    waitlist_offer_minutes: Annotated[int, Field(ge=0, le=1_440)] = 30
    waitlist_close_minutes: Annotated[int, Field(ge=0, le=43_200)] = 60
    policy: BookingPolicy = BookingPolicy()
    # Minutes before the start at which whoever is in a session is reminded of it; none: never.
    reminders: Reminders = (1_440, 60)

    @model_validator(mode="after")
    def _within_capacity(self) -> Self:
        if self.max_seats_per_booking > self.capacity:
            raise ValueError("max_seats_per_booking must not exceed capacity")
        return self


class AddService(CommandSchema, ServiceOffer):
    """`trainers.add_service`: the trainer offers something new."""


class UpdateService(CommandSchema, ServiceOffer):
    """`trainers.update_service`: the whole offer again; sessions that stand keep the terms they were made under."""

    service_id: UUID
    active: bool = True


class TrainerView(View):
    """The trainer; the document about it is at `trainers/{trainer_id}`."""

    trainer_id: str
    status: str


class ServiceView(View):
    """The service that was added or changed."""

    service_id: UUID
    trainer_id: str
