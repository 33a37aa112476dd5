"""How people want to be told: what they set, what is so by itself, and what that means for what already waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.notifications import digests
from courtside.notifications.circumstances import list_circumstances
from courtside.notifications.groups import follow_leaders
from courtside.notifications.model import MandatoryType, NoTimeToRing
from courtside.notifications.plan import Because, Preferences, is_wanted
from courtside.notifications.quiet import QuietRange, covers_week, quiet_until
from courtside.notifications.schemas import (
    NotificationSettings,
    QuietHours,
    TypeSettings,
    UpdateNotificationSettings,
)
from courtside.notifications.types import TYPES, Channel, Priority, type_of

_QUERIES = Queries(__package__, "settings.sql")


@dataclass(frozen=True)
class _Settings:
    enabled: bool
    types: dict[str, dict[str, bool]]
    quiet: list[dict[str, Any]]
    time_zone: str | None
    digest: str
    language: str | None


_NULLABLE = ("time_zone", "language")
_UNSET = _Settings(True, {}, [], None, "none", None)


@dataclass(frozen=True)
class _Open:
    id: UUID
    channel: str
    state: str
    next_at: datetime
    type: str
    priority: str
    receipt: bool
    reason: str | None


def get(reader: Reader, user_id: str) -> NotificationSettings:
    """How somebody is told, of every type, whether set or so by itself."""
    return _view(reader.find(_QUERIES["find_settings"], _Settings, user_id=user_id) or _UNSET)


def update(uow: UnitOfWork, command: UpdateNotificationSettings) -> NotificationSettings:
    """Set what is given; what already waits follows.

    Raises:
        MandatoryType: it would switch off what cannot be.
        NoTimeToRing: the quiet hours would never end.
    """
    user_id = uow.actor.uid
    _require_optional(command)
    uow.execute(_QUERIES["insert_settings"], user_id=user_id)
    before = uow.find(_QUERIES["lock_settings"], _Settings, user_id=user_id) or _UNSET
    after = _changed(before, command)
    if covers_week(_ranges(after.quiet)):
        raise NoTimeToRing
    stored = {**vars(after), "types": Jsonb(after.types), "quiet": Jsonb(after.quiet)}
    uow.execute(_QUERIES["update_settings"], user_id=user_id, **stored)
    uow.record(f"users/{user_id}/notifications", vars(before), vars(after))
    digests.reschedule(uow, user_id)
    review_open(uow, user_id)
    return _view(after)


def review_open(uow: UnitOfWork, user_id: str) -> None:
    """Decide anew what waits for somebody whose settings or zone have changed: when it goes, or that it does not."""
    waiting = uow.list(_QUERIES["lock_open"], _Open, user_id=user_id)
    if not waiting:
        return
    preferences = list_circumstances(uow, [user_id])[user_id].preferences
    cancelled = []
    for each in waiting:
        state, reason, next_at = _revised(each, preferences, uow.now)
        if (state, next_at) != (each.state, each.next_at):
            uow.execute(_QUERIES["update_open"], id=each.id, state=state, reason=reason, next_at=next_at)
        if state == "cancelled":
            cancelled.append(each.id)
    # What joined one of them is of the same type, and as little wanted.
    follow_leaders(uow, cancelled)


def _revised(each: _Open, preferences: Preferences, now: datetime) -> tuple[str, str | None, datetime]:
    """State, reason and time of a delivery that waits, under other preferences."""
    unwanted = is_wanted(each.type, Channel(each.channel), preferences)
    if unwanted is not None:
        return "cancelled", unwanted.value, each.next_at
    is_held = each.state == "held"
    earliest = now if is_held else each.next_at
    is_answer = each.receipt and not type_of(each.type).asked_for
    rings_anyway = is_answer or (each.priority == Priority.URGENT and not is_held)
    zone = ZoneInfo(preferences.time_zone)
    end = None if rings_anyway else quiet_until(preferences.quiet, zone, max(now, earliest))
    if end is not None:
        return "held", Because.QUIET_HOURS.value, end
    # Why it waited so far, if it did, stays what is to be said of it.
    return "waiting", each.reason, earliest


def _ranges(stored: Sequence[dict[str, Any]]) -> tuple[QuietRange, ...]:
    return tuple(QuietRange.read(each) for each in stored)


def _changed(before: _Settings, command: UpdateNotificationSettings) -> _Settings:
    """What is given, where null means something or nothing, and of types each channel by itself."""
    given = command.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"command_id"})
    set_ = {name: value for name, value in given.items() if value is not None or name in _NULLABLE}
    return _Settings(**{**vars(before), **set_, "types": _merged(before.types, given.get("types") or {})})


def _merged(
    before: dict[str, dict[str, bool]], given: dict[str, dict[str, bool | None]]
) -> dict[str, dict[str, bool]]:
    chosen = {
        name: {channel: wanted for channel, wanted in channels.items() if wanted is not None}
        for name, channels in given.items()
    }
    return {**before, **{name: {**before.get(name, {}), **channels} for name, channels in chosen.items()}}


def _require_optional(command: UpdateNotificationSettings) -> None:
    for name, chosen in (command.types or {}).items():
        for channel in TYPES[name].channels:
            if TYPES[name].mandatory and getattr(chosen, channel.value) is False:
                raise MandatoryType(type=name, channel=channel.value)


def _view(settings: _Settings) -> NotificationSettings:
    preferences = Preferences("UTC", settings.enabled, settings.types)
    return NotificationSettings(
        enabled=settings.enabled,
        types=[_type_view(name, preferences) for name in sorted(TYPES)],
        quiet=[QuietHours.model_validate(each) for each in settings.quiet],
        time_zone=settings.time_zone,
        digest=settings.digest,
        language=settings.language,
    )


def _type_view(name: str, preferences: Preferences) -> TypeSettings:
    def is_told(channel: Channel) -> bool:
        is_meant = channel in TYPES[name].channels or preferences.types.get(name, {}).get(channel.value)
        return bool(is_meant) and is_wanted(name, channel, preferences) is None

    return TypeSettings(
        type=name,
        category=TYPES[name].category.value,
        mandatory=TYPES[name].mandatory,
        push=is_told(Channel.PUSH),
        email=is_told(Channel.EMAIL),
    )
