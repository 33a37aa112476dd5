"""What clients send and get for bookings."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from courtside.edge.commands import CommandSchema, QuerySchema, View
from courtside.fields import Instant, ShortText, UserId
from courtside.names import require_plain_name

Seats = Annotated[int, Field(ge=1, le=500)]
# A class for one would be an ordinary session.
Capacity = Annotated[int, Field(ge=2, le=500)]
Title = Annotated[
    str,
    StringConstraints(max_length=80),
    AfterValidator(lambda title: require_plain_name(title) if title else title),
]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200)]
PayWith = Literal["money", "credits"]


class SeatsWanted(CommandSchema):
    """Seats of a service at a start; `client_id` and `override_notice` are for the trainer and admins."""

    service_id: UUID
    starts_at: Instant
    seats: Seats = 1
    client_id: UserId | None = None
    override_notice: bool = False


class BookSession(SeatsWanted):
    """`bookings.book_session`: seats in the session of a service that starts at an open slot."""

    pay_with: PayWith = "money"

    @property
    def with_credits(self) -> bool:
        return self.pay_with == "credits"


class HoldSlot(SeatsWanted):
    """`bookings.hold_slot`: the same, kept for minutes until it is confirmed."""


class ExtendHold(CommandSchema):
    """`bookings.extend_hold`: by whom it is for, or who made it."""

    booking_id: UUID


class ConfirmHold(CommandSchema):
    """`bookings.confirm_hold`: the hold becomes a booking, or a request; by whom it is for, or who made it."""

    booking_id: UUID
    pay_with: PayWith = "money"

    @property
    def with_credits(self) -> bool:
        return self.pay_with == "credits"


class ReleaseHold(CommandSchema):
    """`bookings.release_hold`: by whom it is for, or who made it."""

    booking_id: UUID


class ConfirmBooking(CommandSchema):
    """`bookings.confirm_booking`: the trainer or an admin says yes to a request."""

    booking_id: UUID


class DeclineBooking(CommandSchema):
    """`bookings.decline_booking`: the trainer or an admin says no to a request."""

    booking_id: UUID
    reason: ShortText | None = None


class CreateSession(CommandSchema):
    """`bookings.create_session`: an open class; `capacity` of the service unless told otherwise."""

    service_id: UUID
    starts_at: Instant
    capacity: Capacity | None = None
    title: Title = ""


class UpdateSession(CommandSchema):
    """`bookings.update_session`: another title."""

    session_id: UUID
    title: Title


class ResizeSession(CommandSchema):
    """`bookings.resize_session`: more seats, or fewer, never fewer than are taken."""

    session_id: UUID
    capacity: Capacity


class CancelSession(CommandSchema):
    """`bookings.cancel_session`: the whole session with every booking in it."""

    session_id: UUID
    reason: ShortText | None = None


class Waiver(BaseModel):
    """Why staff spare a client what the policy would charge."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason


class OnTerms(BaseModel):
    """On whose account staff act: their own, the client's (`for_client`), or the client's and spared its fees."""

    for_client: bool = False
    waive: Waiver | None = None


class CancelBooking(CommandSchema, OnTerms):
    """`bookings.cancel_booking`: by its client, its trainer or an admin."""

    booking_id: UUID
    reason: ShortText | None = None


class RescheduleBooking(CommandSchema, OnTerms):
    """`bookings.reschedule_booking`: the same booking at another open slot of the same service."""

    booking_id: UUID
    starts_at: Instant


class PreviewCancellation(QuerySchema, OnTerms):
    """`bookings.preview_cancellation`: what cancelling would come to now."""

    booking_id: UUID


class PreviewReschedule(QuerySchema, OnTerms):
    """`bookings.preview_reschedule`: what moving there would come to now."""

    booking_id: UUID
    starts_at: Instant


class JoinWaitlist(CommandSchema):
    """`bookings.join_waitlist`: wait for seats of the session of a service that starts then, and is full."""

    service_id: UUID
    starts_at: Instant
    seats: Seats = 1
    pay_with: PayWith = "money"

    @property
    def with_credits(self) -> bool:
        return self.pay_with == "credits"


class AcceptOffer(CommandSchema):
    """`bookings.accept_offer`: the seats that were offered, by whom they were offered to."""

    booking_id: UUID


class DeclineOffer(CommandSchema):
    """`bookings.decline_offer`: the next in line may have them."""

    booking_id: UUID


class WaitlistView(View):
    """The place in the line; its document is at `bookings/{booking_id}`."""

    booking_id: UUID
    session_id: UUID
    status: str
    position: int


class CompleteSession(CommandSchema):
    """`bookings.complete_session`: it took place; the clock says so half an hour after its end."""

    session_id: UUID


class MarkNoShow(CommandSchema):
    """`bookings.mark_no_show`: the client did not come; on the policy's terms, or spared them."""

    booking_id: UUID
    waive: Waiver | None = None


class CorrectAttendance(CommandSchema):
    """`bookings.correct_attendance`: the client came after all, or did not; until a week after the end."""

    booking_id: UUID
    status: Literal["completed", "no_show"]
    reason: Reason


class ResolveConflict(CommandSchema):
    """`bookings.resolve_conflict`: it may stand; by whom it concerns."""

    conflict_id: UUID
    reason: Reason


class ConflictView(View):
    """The conflict as it was settled."""

    conflict_id: UUID
    kind: str
    resolution: str


class BookingView(View):
    """The booking as it stands now; its document is at `bookings/{booking_id}`."""

    booking_id: UUID
    session_id: UUID
    trainer_id: str
    status: str
    seats: int
    starts_at: datetime
    ends_at: datetime
    # While it is held or requested.
    expires_at: datetime | None


class OutcomeView(View):
    """What a policy makes of a change: `rule` is stable, `because` is for people; money in minor units."""

    allowed: bool
    rule: str
    because: str
    late: bool
    grace_used: bool
    fee_minor: int
    currency: str
    fee_credits: int
    refund_credits: int


class ReschedulePreview(OutcomeView):
    """With the reason for which the move would be refused, whether by the policy or by the time itself."""

    refusal: str | None


class ChangeView(BookingView):
    """The booking as the change left it, and what the change came to."""

    outcome: OutcomeView


class SessionView(View):
    """The session as it stands now; its document is at `sessions/{session_id}`."""

    session_id: UUID
    trainer_id: str
    status: str
    title: str
    capacity: int
    seats_taken: int
    starts_at: datetime
    ends_at: datetime


class CreateCalendarFeed(CommandSchema):
    """`account.create_calendar_feed`: a secret address for calendar programs; the former one ends."""


class RevokeCalendarFeed(CommandSchema):
    """`account.revoke_calendar_feed`: the address ends."""


class BookingIcs(QuerySchema):
    """`bookings.booking_ics`: one booking as an iCalendar file."""

    booking_id: UUID


class CalendarFeedView(View):
    """`path` follows the address of the functions; told once, kept nowhere but in this answer."""

    active: bool
    path: str | None


class IcsView(View):
    """The text of an .ics file."""

    ics: str
