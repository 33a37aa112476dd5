"""What clients send and get for trainers and their services."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from courtside.edge.commands import CommandSchema, View
from courtside.fields import DisplayName, LongText, ShortText, Tag, TimeZoneName, UserId

Tags = Annotated[tuple[Tag, ...], Field(max_length=20)]
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


class Approve(CommandSchema):
    """`trainers.approve`: an admin turns an application into a trainer."""

    trainer_id: UserId


class ServiceOffer(BaseModel):
    """A service: durations in minutes, the price in minor units of its currency, capacity in seats."""

    name: DisplayName
    description: LongText = ""
    duration_minutes: int = Field(ge=5, le=720)
    buffer_before_minutes: int = Field(default=0, ge=0, le=240)
    buffer_after_minutes: int = Field(default=0, ge=0, le=240)
    capacity: int = Field(default=1, ge=1, le=500)
    price_minor: int = Field(ge=0, le=100_000_000)
    currency: Currency


class AddService(CommandSchema, ServiceOffer):
    """`trainers.add_service`: the trainer offers something new."""


class TrainerView(View):
    """The trainer; the document about it is at `trainers/{trainer_id}`."""

    trainer_id: str
    status: str


class ServiceView(View):
    """The service that was added."""

    service_id: UUID
    trainer_id: str
