"""Decides, after the commit, where each notification is delivered; the senders are woken for what it leaves.

No network is called, so there is no lease: one process decides at a time, and holds what it decides about until its
transaction commits. One that dies leaves nothing, and the next decides anew.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.notifications.circumstances import claim_planning, list_circumstances
from courtside.notifications.deliveries import (
    insert_deliveries,
    lease_unplanned,
    mark_planned,
    postpone_planning,
)
from courtside.notifications.groups import Decision, leaders_of, list_members
from courtside.notifications.model import Notification
from courtside.notifications.plan import Circumstances, after, plan

log = logging.getLogger(__name__)

BATCH = 200
# With so many at once there are probably more.
SOME = 20


def plan_once(backends: Backends) -> int:
    """Decide about a batch of what is new; how many notifications that were."""
    with backends.observer.span("notifications.plan"):
        return run_transaction(
            backends.pool, lambda connection: _plan_batch(Reader(connection)), durable=False
        )


def plan_due(backends: Backends, *, until: float) -> int:
    """Decide until nothing is left, or the monotonic time `until` has come."""
    total = 0
    while time.monotonic() < until and (planned := plan_once(backends)):
        total += planned
    return total


def _plan_batch(reader: Reader) -> int:
    now = claim_planning(reader)
    unplanned = lease_unplanned(reader, limit=BATCH) if now is not None else ()
    if now is None or not unplanned:
        return 0
    people = list_circumstances(reader, sorted({notification.user_id for notification in unplanned}))
    leaders = leaders_of(unplanned)
    members = list_members(reader, leaders)
    decisions, failed = _decide(leaders, members, people, now)
    insert_deliveries(reader, decisions)
    mark_planned(reader, [id_ for each in decisions for id_ in (each.notification.id, *each.members)])
    if failed:
        postpone_planning(reader, failed)
    return len(unplanned)


def _decide(
    leaders: Sequence[Notification],
    members: Mapping[UUID, Sequence[UUID]],
    people: dict[str, Circumstances],
    now: datetime,
) -> tuple[list[Decision], list[UUID]]:
    """What is delivered where, and of which notifications that could not be said: one of these stops no other."""
    decisions: list[Decision] = []
    failed: list[UUID] = []
    for notification in leaders:
        alike = members.get(notification.id, ())
        circumstances = people.get(notification.user_id)
        # Whoever has left is told nothing.
        if circumstances is None:
            decisions.append(Decision(notification, (), alike))
            continue
        try:
            plans = plan(notification, circumstances, now)
            people[notification.user_id] = after(circumstances, notification, plans)
        except Exception:
            log.exception("cannot plan", extra={"fields": {"notification_id": str(notification.id)}})
            failed += [notification.id, *alike]
            continue
        decisions.append(Decision(notification, plans, alike))
    return decisions, failed
