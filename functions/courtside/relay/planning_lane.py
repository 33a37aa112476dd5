"""Decides, after the commit, where each notification is delivered; the senders are woken for what it leaves.

No network is called, so there is no lease: what one decides, it holds until its transaction commits. One that dies
leaves nothing, and the next decides anew.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.notifications.deliveries import (
    insert_deliveries,
    lease_unplanned,
    list_recipients,
    mark_planned,
    postpone_planning,
)
from courtside.notifications.model import Notification, PlannedDelivery, Recipient
from courtside.notifications.types import Channel, type_of

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


def default_plan(notification: Notification, recipient: Recipient, now: datetime) -> list[PlannedDelivery]:
    """Every channel that its type has by itself, at once; a receipt goes by e-mail alone."""
    channels = {Channel.EMAIL} if notification.receipt else type_of(notification.type).channels
    targets = [(Channel.PUSH, installation) for installation in recipient.installations]
    targets += [(Channel.EMAIL, "")] if recipient.has_address else []
    return [
        PlannedDelivery(channel.value, target, "waiting", now)
        for channel, target in targets
        if channel in channels
    ]


def _plan_batch(reader: Reader) -> int:
    unplanned = lease_unplanned(reader, limit=BATCH)
    if not unplanned:
        return 0
    recipients = list_recipients(reader, sorted({notification.user_id for notification in unplanned}))
    planned, failed = _decide(unplanned, recipients)
    insert_deliveries(reader, planned)
    mark_planned(reader, [notification.id for notification in unplanned if notification.id not in failed])
    if failed:
        postpone_planning(reader, failed)
    return len(unplanned)


def _decide(
    unplanned: Sequence[Notification], recipients: dict[str, Recipient]
) -> tuple[list[tuple[UUID, PlannedDelivery]], list[UUID]]:
    """What is delivered where, and of which notifications that could not be said: one of these stops no other."""
    planned: list[tuple[UUID, PlannedDelivery]] = []
    failed: list[UUID] = []
    for notification in unplanned:
        try:
            recipient = recipients[notification.user_id]
            plans = default_plan(notification, recipient, notification.created_at)
        except Exception:
            log.exception("cannot plan", extra={"fields": {"notification_id": str(notification.id)}})
            failed.append(notification.id)
            continue
        planned += [(notification.id, plan) for plan in plans]
    return planned, failed
