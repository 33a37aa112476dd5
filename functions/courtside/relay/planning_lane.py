"""Decides, after the commit, where each notification is delivered; the senders are woken for what it leaves.

No network is called, so there is no lease: one process decides at a time, and holds what it decides about until its
transaction commits. One that dies leaves nothing, and the next decides anew.
"""

import logging
import time
from collections.abc import Sequence
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
from courtside.notifications.model import Notification, PlannedDelivery
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
    planned, failed = _decide(unplanned, people, now)
    insert_deliveries(reader, planned)
    mark_planned(reader, [notification.id for notification in unplanned if notification.id not in failed])
    if failed:
        postpone_planning(reader, failed)
    return len(unplanned)


def _decide(
    unplanned: Sequence[Notification], people: dict[str, Circumstances], now: datetime
) -> tuple[list[tuple[UUID, PlannedDelivery]], list[UUID]]:
    """What is delivered where, and of which notifications that could not be said: one of these stops no other."""
    planned: list[tuple[UUID, PlannedDelivery]] = []
    failed: list[UUID] = []
    for notification in unplanned:
        circumstances = people.get(notification.user_id)
        # Whoever has left is told nothing.
        if circumstances is None:
            continue
        try:
            plans = plan(notification, circumstances, now)
            people[notification.user_id] = after(circumstances, notification, plans)
        except Exception:
            log.exception("cannot plan", extra={"fields": {"notification_id": str(notification.id)}})
            failed.append(notification.id)
            continue
        planned += [(notification.id, each) for each in plans]
    return planned, failed
