"""Decides where a notification is delivered, when, and why: one outcome for each way to tell its reader. Pure.

Who decides whether a way is used at all, the first that says something: a mandatory type, what was set for the type and
the channel, the global switch, the type itself. What is left out here is in the inbox all the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from courtside.notifications.limits import (
    GROUP_WINDOWS,
    PUSH_WINDOW,
    PUSHES,
    STALE_AFTER,
    URGENT_PUSHES,
    URGENT_WINDOW,
)
from courtside.notifications.model import Notification, PlannedDelivery
from courtside.notifications.quiet import QuietRange, quiet_until
from courtside.notifications.types import Channel, Priority, group_of, type_of


class Because(StrEnum):
    """Why a delivery is what it is."""

    AT_ONCE = "at_once"
    QUIET_HOURS = "quiet_hours"
    GROUPED = "grouped"
    MERGED = "merged_into_group"
    OVER_CAP = "over_cap"
    SWITCHED_OFF = "switched_off"
    TYPE_SWITCHED_OFF = "type_switched_off"
    STALE = "installation_stale"
    READ = "read"
    EXPIRED = "expired"
    # What it would tell is not so any more.
    UNTRUE = "stale"
    NOTHING_UNREAD = "nothing_unread"
    BROADCAST_STOPPED = "broadcast_stopped"


@dataclass(frozen=True)
class Preferences:
    """What somebody has set; `types` says of a type and a channel whether it is wanted, and is silent of others."""

    time_zone: str
    enabled: bool = True
    types: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    quiet: Sequence[QuietRange] = ()


@dataclass(frozen=True)
class Installed:
    """An app or browser that takes pushes."""

    id: str
    refreshed_at: datetime


@dataclass(frozen=True)
class OpenGroup:
    """What is alike was told at `told_at`, or will be; `next_at`: when those that others can join are, if any wait."""

    told_at: datetime
    next_at: datetime | None = None


@dataclass(frozen=True)
class Circumstances:
    """Whom a notification is for: ways to tell, what was set, and what was told lately or will be.

    `pushes` and `urgent` are the times of notifications that go out as pushes, each once however many installations
    there are; `groups` are by channel and group.
    """

    user_id: str
    has_address: bool
    preferences: Preferences
    installations: Sequence[Installed] = ()
    pushes: Sequence[datetime] = ()
    urgent: Sequence[datetime] = ()
    groups: Mapping[tuple[str, str], OpenGroup] = field(default_factory=dict)


@dataclass(frozen=True)
class _Verdict:
    """What becomes of all deliveries of one channel that nothing of their own stands against."""

    state: str
    next_at: datetime
    because: Because
    group_key: str | None = None


def plan(notification: Notification, circumstances: Circumstances, now: datetime) -> list[PlannedDelivery]:
    """One outcome for each way to tell: every installation, and the address, of every channel that can be meant.

    Channels that a type does not have are left out unless somebody asked for them. A receipt goes by e-mail alone.
    """
    found: list[PlannedDelivery] = []
    for channel in _channels(notification, circumstances.preferences):
        verdict: _Verdict | None = None
        for target in _targets(channel, circumstances):
            obstacle = _obstacle(notification, circumstances, channel, target, now)
            if obstacle is not None:
                found.append(PlannedDelivery(channel.value, _name(target), "cancelled", now, obstacle.value))
                continue
            verdict = verdict or _verdict(notification, circumstances, channel, now)
            found.append(_planned(channel, target, verdict))
    return found


def after(
    circumstances: Circumstances, notification: Notification, planned: Sequence[PlannedDelivery]
) -> Circumstances:
    """The circumstances of the next notification: what was just planned counts like what was sent."""
    going = {each.channel: each for each in planned if each.state in ("waiting", "held")}
    groups = dict(circumstances.groups)
    key = None if notification.receipt else group_of(notification.type, notification.payload)
    for channel, each in going.items():
        if key is not None:
            former = groups.get((channel, key))
            told_at = former.told_at if former and each.group_key else each.next_at
            groups[channel, key] = OpenGroup(told_at, each.next_at if each.group_key else None)
    push = going.get(Channel.PUSH)
    if push is None:
        return replace(circumstances, groups=groups)
    is_urgent = _is_urgent(notification, circumstances, push.next_at)
    return replace(
        circumstances,
        groups=groups,
        pushes=(*circumstances.pushes, push.next_at),
        urgent=(*circumstances.urgent, push.next_at) if is_urgent else circumstances.urgent,
    )


def is_wanted(type_name: str, channel: Channel, preferences: Preferences) -> Because | None:
    """Why somebody does not want a type on a channel; None where they do, or have to take it."""
    type_ = type_of(type_name)
    if type_.mandatory and channel in type_.channels:
        return None
    chosen = preferences.types.get(type_name, {}).get(channel.value)
    if chosen is not None:
        return None if chosen else Because.TYPE_SWITCHED_OFF
    return None if preferences.enabled or type_.asked_for else Because.SWITCHED_OFF


def _channels(notification: Notification, preferences: Preferences) -> list[Channel]:
    channels = type_of(notification.type).channels
    if notification.receipt:
        return [Channel.EMAIL] if Channel.EMAIL in channels else []
    chosen = preferences.types.get(notification.type, {})
    return [channel for channel in Channel if channel in channels or chosen.get(channel.value)]


def _targets(channel: Channel, circumstances: Circumstances) -> Iterator[Installed | None]:
    """None stands for the address, of whoever has one."""
    if channel is Channel.PUSH:
        yield from circumstances.installations
    elif circumstances.has_address:
        yield None


def _planned(channel: Channel, target: Installed | None, verdict: _Verdict) -> PlannedDelivery:
    return PlannedDelivery(
        channel=channel.value,
        target=_name(target),
        state=verdict.state,
        next_at=verdict.next_at,
        reason=verdict.because.value,
        group_key=verdict.group_key,
    )


def _name(target: Installed | None) -> str:
    return target.id if target else ""


def _obstacle(
    notification: Notification,
    circumstances: Circumstances,
    channel: Channel,
    target: Installed | None,
    now: datetime,
) -> Because | None:
    """What stands against one delivery, whenever it would go."""
    if notification.expires_at is not None and notification.expires_at <= now:
        return Because.EXPIRED
    if (unwanted := is_wanted(notification.type, channel, circumstances.preferences)) is not None:
        return unwanted
    if target is None:
        return None
    if notification.read_at is not None or notification.archived_at is not None:
        return Because.READ
    is_stale = now - target.refreshed_at >= STALE_AFTER
    return Because.STALE if is_stale and not _matters(notification) else None


def _matters(notification: Notification) -> bool:
    is_mandatory = type_of(notification.type).mandatory
    return is_mandatory or notification.priority in (Priority.HIGH, Priority.URGENT)


def _is_urgent(notification: Notification, circumstances: Circumstances, now: datetime) -> bool:
    """Whether it may ring at any time: it is urgent, and not one urgent push of too many."""
    lately = sum(abs(now - moment) < URGENT_WINDOW for moment in circumstances.urgent)
    return notification.priority == Priority.URGENT and lately < URGENT_PUSHES


def _verdict(
    notification: Notification, circumstances: Circumstances, channel: Channel, now: datetime
) -> _Verdict:
    """When a channel's deliveries go: quiet hours first, since others of the group and the cap meet it then."""
    # Whoever gets a receipt has just done something, and asked for it.
    is_answer = notification.receipt and not type_of(notification.type).asked_for
    if is_answer or _is_urgent(notification, circumstances, now):
        return _Verdict("waiting", now, Because.AT_ONCE)
    verdict = _grouped(notification, circumstances, channel, now)
    if verdict.state == "merged":
        return verdict
    preferences = circumstances.preferences
    end = quiet_until(preferences.quiet, ZoneInfo(preferences.time_zone), verdict.next_at)
    if end is not None:
        verdict = _Verdict("held", end, Because.QUIET_HOURS)
    if channel is Channel.PUSH and _is_full(circumstances, verdict.next_at):
        return _Verdict("merged", verdict.next_at, Because.OVER_CAP)
    # What waits can be joined, whatever it waits for.
    key = group_of(notification.type, notification.payload)
    return replace(verdict, group_key=key) if verdict.next_at > now else verdict


def _grouped(
    notification: Notification, circumstances: Circumstances, channel: Channel, now: datetime
) -> _Verdict:
    """At once, or with the others of its group at the end of their window."""
    key = group_of(notification.type, notification.payload)
    group = circumstances.groups.get((channel.value, key)) if key is not None else None
    if group is None:
        return _Verdict("waiting", now, Because.AT_ONCE)
    if group.next_at is not None:
        # One that is due and not sent yet is open all the same.
        return _Verdict("merged", max(now, group.next_at), Because.MERGED, key)
    end = group.told_at + GROUP_WINDOWS[Priority(notification.priority)]
    return (
        _Verdict("waiting", end, Because.GROUPED) if end > now else _Verdict("waiting", now, Because.AT_ONCE)
    )


def _is_full(circumstances: Circumstances, moment: datetime) -> bool:
    """Whether so many pushes go out around a moment that another would be one too many."""
    return sum(abs(moment - other) < PUSH_WINDOW for other in circumstances.pushes) >= PUSHES
