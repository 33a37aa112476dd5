"""What stands in the way of a change to what an account may do."""

from dataclasses import dataclass

from courtside.errors import Refusal


class NotYourself(Refusal):
    """Somebody else has to do this to your account."""

    reason = "NOT_YOURSELF"


class StillTraining(Refusal):
    """Clients have booked sessions with this trainer: cancel or complete them first, or block the account."""

    reason = "STILL_TRAINING"


@dataclass(frozen=True)
class ToCome:
    """What somebody has agreed to that is still to come: seats as a client, booked sessions as a trainer."""

    bookings: int
    sessions: int
