"""Deliveries that tell of several notifications in one: who joins whom, what is left to tell, and how it ended.

Of each group one delivery is open: a unique index holds it, so that whoever decides needs no lock. It is open until it
is leased for the first time; what joined it by then is counted after the lease, so none is told twice or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.ids import new_id
from courtside.notifications.limits import MOST_TOLD
from courtside.notifications.model import LeasedDelivery, Notification, PlannedDelivery
from courtside.notifications.plan import Because
from courtside.notifications.types import TYPES

_QUERIES = Queries(__package__, "groups.sql")

# Type → of what it tells of, the states in which it is still so.
_STATES = {name: sorted(type_.while_status) for name, type_ in TYPES.items() if type_.while_status}

# Of whom, on which channel, to which target, in which group.
_Place = tuple[str, str, str, str]


@dataclass(frozen=True)
class Decision:
    """What was decided of a notification, and so of the `members` of its bundle."""

    notification: Notification
    deliveries: Sequence[PlannedDelivery]
    members: Sequence[UUID] = ()


@dataclass(frozen=True)
class _Member:
    id: UUID
    user_id: str
    bundle: UUID


@dataclass(frozen=True)
class _Open:
    id: UUID
    notification_id: UUID
    user_id: str
    channel: str
    target: str
    group_key: str

    @property
    def place(self) -> _Place:
        return self.user_id, self.channel, self.target, self.group_key


@dataclass(frozen=True)
class _Left:
    delivery_id: UUID
    notification_id: UUID
    payload: dict[str, Any]
    expires_at: datetime | None
    count: int


def leaders_of(notifications: Sequence[Notification]) -> list[Notification]:
    """Those to decide about: of each bundle one, which is what lasts longest of what nobody has read."""
    leaders: dict[tuple[str, UUID], Notification] = {}
    for each in notifications:
        place = each.user_id, each.bundle or each.id
        leaders[place] = max(leaders.get(place, each), each, key=_outlasting)
    return list(leaders.values())


def list_members(reader: Reader, leaders: Sequence[Notification]) -> dict[UUID, list[UUID]]:
    """Of each that leads a bundle, the others in it of which nobody has decided yet."""
    leads = {(each.user_id, each.bundle): each.id for each in leaders if each.bundle is not None}
    if not leads:
        return {}
    members: dict[UUID, list[UUID]] = {id_: [] for id_ in leads.values()}
    bundles = list({bundle for _, bundle in leads})
    for row in reader.list(_QUERIES["list_members"], _Member, bundles=bundles):
        leader = leads.get((row.user_id, row.bundle))
        if leader is not None and leader != row.id:
            members[leader].append(row.id)
    return members


def rows_of(reader: Reader, decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """Rows for all that was decided, but for the groups that this has just opened."""
    opened = _open_groups(reader, decisions)
    return [
        row for decision in decisions for each in decision.deliveries for row in _rows(decision, each, opened)
    ]


def with_what_is_left(reader: Reader, leased: Sequence[LeasedDelivery]) -> list[LeasedDelivery]:
    """Leased deliveries as they are to be sent: those for several with what nobody has read and is still so.

    Where that is one, it is told as if by itself; where it is none, `count` is zero.
    """
    leading = [each.id for each in leased if each.group_key is not None or each.count > 1]
    if not leading:
        return list(leased)
    left: dict[UUID, list[_Left]] = {id_: [] for id_ in leading}
    values = {"ids": leading, "most": MOST_TOLD, "states": Jsonb(_STATES)}
    for row in reader.list(_QUERIES["list_left"], _Left, **values):
        left[row.delivery_id].append(row)
    return [_telling(each, left[each.id]) if each.id in left else each for each in leased]


def follow_leaders(reader: Reader, ids: Sequence[UUID]) -> None:
    """Have those that joined these deliveries end as these did."""
    if ids:
        reader.execute(_QUERIES["follow_leaders"], ids=list(ids), merged=Because.MERGED.value)


def _outlasting(notification: Notification) -> tuple[bool, bool, float]:
    is_unread = notification.read_at is None and notification.archived_at is None
    ends_at = notification.expires_at
    return is_unread, ends_at is None, ends_at.timestamp() if ends_at else 0.0


def _open_groups(reader: Reader, decisions: Sequence[Decision]) -> Mapping[_Place, _Open]:
    opening: dict[_Place, dict[str, Any]] = {}
    for decision in decisions:
        for each in decision.deliveries:
            if each.group_key is None:
                continue
            place = _place(decision, each)
            first = opening.setdefault(place, {**_row(decision.notification.id, each), "count": 0})
            first["count"] += 1 + len(decision.members)
    if not opening:
        return {}
    rows = Jsonb([_as_leader(opening[place]) for place in sorted(opening)])
    return {row.place: row for row in reader.list(_QUERIES["open_groups"], _Open, opening=rows)}


def _rows(
    decision: Decision, each: PlannedDelivery, opened: Mapping[_Place, _Open]
) -> Iterator[dict[str, Any]]:
    leader = _row(decision.notification.id, each)
    if each.group_key is not None:
        group = opened[_place(decision, each)]
        if group.notification_id != decision.notification.id:
            yield _merged(leader, group.id)
        joins: UUID | None = group.id
    else:
        is_going = each.state in ("waiting", "held")
        joins = leader["id"] if is_going else None
        yield {**leader, "id": str(leader["id"]), "count": 1 + len(decision.members) if is_going else 1}
    for member in decision.members:
        row = _row(member, each)
        # What does not go out does not go out for any of them, each for the same reason.
        yield _merged(row, joins) if joins is not None else {**row, "id": str(row["id"])}


def _row(notification_id: UUID, each: PlannedDelivery) -> dict[str, Any]:
    fixed = {"id": new_id(), "notification_id": str(notification_id), "count": 1, "merged_into": None}
    return {**fixed, **vars(each), "next_at": each.next_at.isoformat()}


def _as_leader(row: dict[str, Any]) -> dict[str, Any]:
    """A row that opens a group, also where another was open when that was decided."""
    row = {**row, "id": str(row["id"])}
    return {**row, "state": "waiting", "reason": Because.GROUPED.value} if row["state"] == "merged" else row


def _merged(row: dict[str, Any], into: UUID) -> dict[str, Any]:
    told = {"state": "merged", "reason": Because.MERGED.value, "merged_into": str(into)}
    return {**row, "id": str(row["id"]), **told}


def _place(decision: Decision, each: PlannedDelivery) -> _Place:
    assert each.group_key is not None  # others join nothing
    return decision.notification.user_id, each.channel, each.target, each.group_key


def _telling(delivery: LeasedDelivery, left: Sequence[_Left]) -> LeasedDelivery:
    if not left:
        return replace(delivery, leads=True, count=0)
    first, count = left[0], left[0].count
    return replace(
        delivery,
        leads=True,
        count=count,
        notification_id=first.notification_id,
        payload=first.payload,
        expires_at=first.expires_at,
        read_at=None,
        archived_at=None,
        # Looked at for each.
        subject_status=None,
        told=tuple((delivery.type, each.payload) for each in left) if count > 1 else (),
        more=count - len(left),
    )
