"""The table of notification types: how much each matters, where it goes, until when, and what can be done about it.

A new type is one line here, its texts in every catalogue of `messages/`, and a case in `policy`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Category(StrEnum):
    """What a notification is about; what people filter by."""

    BOOKING = "booking"
    SESSION = "session"
    REMINDER = "reminder"
    WAITLIST_OFFER = "waitlist_offer"
    CREDITS = "credits"
    REVIEW = "review"
    DISPUTE = "dispute"
    TRAINER_APPLICATION = "trainer_application"
    USER = "user"
    ACHIEVEMENT = "achievement"
    SCHEDULE_CONFLICT = "schedule_conflict"
    SYSTEM = "system"
    BROADCAST = "broadcast"


class Priority(StrEnum):
    """How much it matters: low may wait an hour, urgent goes out at night."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class Channel(StrEnum):
    """Ways to tell somebody beside the inbox, where everything is."""

    PUSH = "push"
    EMAIL = "email"


class Toast(StrEnum):
    """How a screen that is open shows it: not at all, for a moment, or until somebody closes it."""

    NONE = "none"
    BRIEF = "brief"
    STICKY = "sticky"


@dataclass(frozen=True)
class Action:
    """Something that can be done about it: a command, its arguments from the payload, and what the client asks for."""

    name: str
    command: str
    arguments: tuple[str, ...]
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hints:
    """What a client may do with it on a screen."""

    sound: bool
    toast: Toast


NOWHERE: frozenset[Channel] = frozenset()
PUSH = frozenset({Channel.PUSH})
EMAIL = frozenset({Channel.EMAIL})
BOTH = PUSH | EMAIL

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class NotificationType:
    """One type. `link` and `collapse` are filled in from the payload, the first of several that it can fill; `expires`
    names the field of it that ends it.

    A mandatory type cannot be switched off. `push_ttl`: for how long a push that did not arrive is worth delivering.
    `told_by`: fields of the payload that choose among its texts. Of `collapse` only the newest push stays on a screen;
    without it, each. Types with `grouped` may be told several in one. A `confirmed` type is confirmed by e-mail to
    whoever did it, one that is `asked_for` goes to whoever chose it alone. With `calendar` an e-mail to the client
    carries the booking as a calendar file. With `while_status` it is only so while its booking, or of a trainer's
    reminder the session, has such a status, or its credits are unspent.
    """

    category: Category
    priority: Priority = Priority.MEDIUM
    channels: frozenset[Channel] = BOTH
    mandatory: bool = False
    push_ttl: timedelta = _DAY
    link: str = ""
    expires: str | None = None
    collapse: str | None = None
    told_by: tuple[str, ...] = ("role",)
    actions: Mapping[str, tuple[Action, ...]] = field(default_factory=dict)
    grouped: bool = False
    confirmed: bool = False
    calendar: bool = False
    while_status: frozenset[str] = frozenset()
    asked_for: bool = False


_BOOKING_LINK = "/bookings/{booking_id}"
_DISPUTE_LINK = "/disputes/{dispute_id}"

_CANCEL = Action("cancel", "bookings.cancel_booking", ("booking_id",))
_CONFIRM = Action("confirm", "bookings.confirm_booking", ("booking_id",))
_DECLINE = Action("decline", "bookings.decline_booking", ("booking_id",))
_ACCEPT_OFFER = Action("accept_offer", "bookings.accept_offer", ("booking_id",))
_DECLINE_OFFER = Action("decline_offer", "bookings.decline_offer", ("booking_id",))
_DISPUTE = Action("dispute", "reviews.open_dispute", ("booking_id",), asks=("reason", "text"))
_REVIEW = Action("review", "reviews.write_review", ("booking_id",), asks=("rating", "text"))
_REPLY = Action("reply", "reviews.reply_to_review", ("review_id",), asks=("text",))
_ANSWER = Action("answer", "reviews.answer_dispute", ("dispute_id",), asks=("text",))
_RESOLVE = Action("resolve", "admin.resolve_dispute", ("dispute_id",), asks=("outcome", "reason"))
_APPROVE = Action("approve", "trainers.approve", ("trainer_id",))
_KEEP = Action("keep", "bookings.resolve_conflict", ("conflict_id",), asks=("reason",))


def _of_booking(priority: Priority = Priority.MEDIUM, **more: Any) -> NotificationType:
    return NotificationType(
        **{"category": Category.BOOKING, "priority": priority, "link": _BOOKING_LINK, **more}
    )


def _of_credits(**more: Any) -> NotificationType:
    return NotificationType(**{"category": Category.CREDITS, "link": "/credits", **more})


def _of_dispute(**actions: tuple[Action, ...]) -> NotificationType:
    return NotificationType(
        Category.DISPUTE,
        Priority.HIGH,
        mandatory=True,
        link=_DISPUTE_LINK,
        told_by=("role", "status"),
        actions=actions,
    )


TYPES: Mapping[str, NotificationType] = {
    "session.requested": _of_booking(
        Priority.HIGH,
        expires="starts_at",
        actions={"trainer": (_CONFIRM, _DECLINE), "client": (_CANCEL,)},
        confirmed=True,
        calendar=True,
        while_status=frozenset({"pending"}),
    ),
    "session.booked": _of_booking(
        expires="starts_at",
        actions={"client": (_CANCEL,)},
        grouped=True,
        confirmed=True,
        calendar=True,
        while_status=frozenset({"confirmed"}),
    ),
    "session.confirmed": _of_booking(
        Priority.HIGH,
        expires="starts_at",
        actions={"client": (_CANCEL,)},
        calendar=True,
        while_status=frozenset({"confirmed"}),
    ),
    "session.rescheduled": _of_booking(Priority.HIGH, mandatory=True, confirmed=True, calendar=True),
    "session.cancelled": _of_booking(
        Priority.HIGH, mandatory=True, told_by=("role", "ended"), confirmed=True, calendar=True
    ),
    "booking.hold_expired": _of_booking(Priority.LOW, channels=NOWHERE, expires="starts_at"),
    "booking.no_show": _of_booking(actions={"client": (_DISPUTE,)}),
    "session.called_off": NotificationType(
        Category.SESSION, Priority.HIGH, mandatory=True, link="/sessions/{session_id}"
    ),
    "session.reminder": NotificationType(
        Category.REMINDER,
        Priority.HIGH,
        push_ttl=_HOUR,
        link=f"{_BOOKING_LINK} /sessions/{{session_id}}",
        expires="starts_at",
        collapse="reminder:{booking_id} reminder:{session_id}",
        actions={"client": (_CANCEL,)},
        while_status=frozenset({"confirmed"}),
    ),
    "waitlist.joined": NotificationType(
        Category.WAITLIST_OFFER, Priority.LOW, EMAIL, link=_BOOKING_LINK, expires="starts_at", confirmed=True
    ),
    "waitlist.offered": NotificationType(
        Category.WAITLIST_OFFER,
        Priority.URGENT,
        push_ttl=_HOUR,
        link=_BOOKING_LINK,
        expires="expires_at",
        actions={"client": (_ACCEPT_OFFER, _DECLINE_OFFER)},
        while_status=frozenset({"offered"}),
    ),
    "waitlist.offer_expired": NotificationType(
        Category.WAITLIST_OFFER, Priority.LOW, PUSH, link=_BOOKING_LINK, expires="starts_at"
    ),
    "waitlist.promoted": _of_booking(
        Priority.HIGH,
        expires="starts_at",
        told_by=("role", "status"),
        actions={"client": (_CANCEL,)},
        confirmed=True,
        calendar=True,
        while_status=frozenset({"pending", "confirmed"}),
    ),
    "credits.granted": _of_credits(),
    "credits.adjusted": _of_credits(mandatory=True),
    "credits.refunded": _of_credits(priority=Priority.LOW, channels=NOWHERE, grouped=True),
    "credits.expiring": _of_credits(expires="expires_at", while_status=frozenset({"unspent"})),
    "credits.expired": _of_credits(priority=Priority.LOW, channels=EMAIL),
    "fee.charged": _of_credits(channels=EMAIL, mandatory=True),
    "fee.returned": _of_credits(channels=EMAIL, mandatory=True),
    "review.invited": NotificationType(
        Category.REVIEW, Priority.LOW, PUSH, link=_BOOKING_LINK, actions={"client": (_REVIEW,)}
    ),
    "review.created": NotificationType(
        Category.REVIEW, link="/reviews/{review_id}", actions={"trainer": (_REPLY,)}, grouped=True
    ),
    "review.replied": NotificationType(Category.REVIEW, Priority.LOW, link="/reviews/{review_id}"),
    "review.hidden": NotificationType(
        Category.REVIEW, channels=EMAIL, mandatory=True, link="/reviews/{review_id}"
    ),
    "dispute.opened": _of_dispute(client=(_ANSWER,), trainer=(_ANSWER,)),
    "dispute.answered": _of_dispute(admin=(_RESOLVE,)),
    "dispute.continued": _of_dispute(),
    "dispute.lapsed": _of_dispute(admin=(_RESOLVE,)),
    "dispute.resolved": _of_dispute(),
    "trainer.applied": NotificationType(
        Category.TRAINER_APPLICATION,
        link="/admin/trainers/{trainer_id}",
        actions={"admin": (_APPROVE,)},
        grouped=True,
    ),
    "trainer.approved": NotificationType(
        Category.TRAINER_APPLICATION, Priority.HIGH, mandatory=True, link="/profile"
    ),
    "user.role_changed": NotificationType(
        Category.USER, Priority.HIGH, mandatory=True, link="/profile", told_by=("new_role",)
    ),
    "user.blocked": NotificationType(Category.USER, Priority.HIGH, EMAIL, mandatory=True, link="/"),
    "user.unblocked": NotificationType(Category.USER, Priority.HIGH, mandatory=True, link="/"),
    "user.welcome": NotificationType(Category.USER, Priority.LOW, EMAIL, link="/", confirmed=True),
    "achievement.awarded": NotificationType(
        Category.ACHIEVEMENT, Priority.LOW, PUSH, link="/achievements", told_by=("code",), grouped=True
    ),
    "schedule.conflict": NotificationType(
        Category.SCHEDULE_CONFLICT,
        Priority.HIGH,
        link="/schedule/{on_date}",
        told_by=("role", "kind"),
        actions={"trainer": (_KEEP,), "client": (_KEEP,)},
        grouped=True,
    ),
    "webhook.failing": NotificationType(
        Category.SYSTEM, Priority.HIGH, EMAIL, link="/admin/webhooks/{endpoint_id}", mandatory=True
    ),
    "webhook.stopped": NotificationType(
        Category.SYSTEM, Priority.HIGH, EMAIL, link="/admin/webhooks/{endpoint_id}", mandatory=True
    ),
    # One e-mail of what is still unread.
    "digest.sent": NotificationType(Category.SYSTEM, Priority.LOW, EMAIL, link="/inbox", asked_for=True),
    "broadcast.sent": NotificationType(Category.BROADCAST, link="/inbox"),
}
# Of a type that this version does not know: written by a newer one, or one that is gone.
_UNKNOWN = NotificationType(Category.SYSTEM, channels=NOWHERE)

_ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

_HINTS = {
    Priority.LOW: Hints(sound=False, toast=Toast.NONE),
    Priority.MEDIUM: Hints(sound=False, toast=Toast.BRIEF),
    Priority.HIGH: Hints(sound=True, toast=Toast.BRIEF),
    Priority.URGENT: Hints(sound=True, toast=Toast.STICKY),
}


def type_of(name: str) -> NotificationType:
    """What the table says of a type; of one that is not in it, that it stays in the inbox."""
    return TYPES.get(name, _UNKNOWN)


def hints_of(priority: Priority) -> Hints:
    """How loudly a client may show it."""
    return _HINTS[priority]


def link_of(name: str, payload: Mapping[str, Any]) -> str:
    """The page that it is about, below the application's address; the inbox where the payload does not say."""
    return _filled(type_of(name).link, payload) or "/inbox"


def collapse_of(name: str, payload: Mapping[str, Any]) -> str | None:
    """Of pushes with this key a screen keeps the newest; None where each stays."""
    return _filled(type_of(name).collapse or "", payload) or None


def group_of(name: str, payload: Mapping[str, Any]) -> str | None:
    """What it may be told with in one: others of the same key; None where it stands for itself."""
    return f"{name}:{payload.get('role', '')}" if type_of(name).grouped else None


def expiry_of(name: str, payload: Mapping[str, Any]) -> datetime | None:
    """From when on nobody needs to be told any more; None where that has no end."""
    moment = payload.get(type_of(name).expires or "")
    return datetime.fromisoformat(moment) if isinstance(moment, str) else None


def actions_of(name: str, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What its reader can do about it: `name`, `command`, `arguments`, and the fields that the client `asks` for."""
    return [
        {
            "name": action.name,
            "command": action.command,
            "arguments": {argument: payload[argument] for argument in action.arguments},
            "asks": list(action.asks),
        }
        for action in type_of(name).actions.get(str(payload.get("role")), ())
        if all(argument in payload for argument in action.arguments)
    ]


def _filled(templates: str, payload: Mapping[str, Any]) -> str:
    """The first of several templates that the payload fills; empty if it fills none."""
    return next((text for each in templates.split() if (text := _fill(each, payload))), "")


def _fill(template: str, payload: Mapping[str, Any]) -> str:
    """A template with its fields from the payload; empty if one is missing or is no plain id."""
    for name in {part.split("}")[0] for part in template.split("{")[1:]}:
        value = payload.get(name)
        if not isinstance(value, str) or not value or not set(value) <= _ID_CHARACTERS:
            return ""
        template = template.replace(f"{{{name}}}", value)
    return template
