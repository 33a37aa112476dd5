"""What is decided on: ways to tell people, what they have set, and what they were told lately, as Postgres has it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.notifications.limits import EXPIRED_AFTER, GROUP_WINDOWS, PUSH_WINDOW, URGENT_WINDOW
from courtside.notifications.plan import Circumstances, Installed, OpenGroup, Preferences
from courtside.notifications.quiet import QuietRange
from courtside.notifications.types import Channel, Priority

_QUERIES = Queries(__package__, "circumstances.sql")
# As far back as any number counts.
_LATELY = max(PUSH_WINDOW, URGENT_WINDOW, *GROUP_WINDOWS.values())


@dataclass(frozen=True)
class _Claim:
    is_ours: bool
    now: datetime


@dataclass(frozen=True)
class _Person:
    user_id: str
    has_address: bool
    time_zone: str
    enabled: bool
    types: dict[str, dict[str, bool]]
    quiet: list[dict[str, Any]]
    installations: list[dict[str, Any]]


@dataclass(frozen=True)
class _Told:
    user_id: str
    channel: str
    priority: str
    group_key: str | None
    at: datetime
    is_open: bool | None


def claim_planning(reader: Reader) -> datetime | None:
    """Postgres' time, if nobody else decides until this transaction ends; None if somebody does."""
    claim = reader.find(_QUERIES["claim_planning"], _Claim)
    return claim.now if claim is not None and claim.is_ours else None


def list_circumstances(reader: Reader, user_ids: Sequence[str]) -> dict[str, Circumstances]:
    """The circumstances of each of these people; those who have left have none."""
    values = {"user_ids": list(user_ids)}
    people = reader.list(_QUERIES["list_people"], _Person, expired_after=EXPIRED_AFTER, **values)
    told: dict[str, list[_Told]] = {}
    rows = reader.list(_QUERIES["list_told"], _Told, lately=_LATELY, **values)
    for row in rows:
        told.setdefault(row.user_id, []).append(row)
    return {person.user_id: _of(person, told.get(person.user_id, [])) for person in people}


def _of(person: _Person, told: Sequence[_Told]) -> Circumstances:
    pushes = [row for row in told if row.channel == Channel.PUSH]
    return Circumstances(
        user_id=person.user_id,
        has_address=person.has_address,
        preferences=Preferences(
            time_zone=person.time_zone,
            enabled=person.enabled,
            types=person.types,
            quiet=tuple(QuietRange.read(each) for each in person.quiet),
        ),
        installations=tuple(
            Installed(each["id"], datetime.fromisoformat(each["refreshed_at"]))
            for each in person.installations
        ),
        pushes=tuple(row.at for row in pushes),
        urgent=tuple(row.at for row in pushes if row.priority == Priority.URGENT),
        groups=_groups(told),
    )


def _groups(told: Iterable[_Told]) -> dict[tuple[str, str], OpenGroup]:
    """By channel and key: when the last of a group was told, and when what others can join will be."""
    groups: dict[tuple[str, str], OpenGroup] = {}
    for row in told:
        if row.group_key is None:
            continue
        place = row.channel, row.group_key
        former = groups.get(place)
        if row.is_open:
            told_at = former.told_at if former else row.at
            groups[place] = OpenGroup(told_at, row.at)
        else:
            groups[place] = OpenGroup(row.at, former.next_at if former else None)
    return groups
