"""Deliveries in Postgres: decided after the commit, leased by the senders, settled with what became of them."""

import random
from collections.abc import Sequence
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.notifications.digests import with_what_is_unread
from courtside.notifications.groups import Decision, follow_leaders, rows_of, with_what_is_left
from courtside.notifications.model import LeasedDelivery, Notification
from courtside.notifications.outcomes import Outcome, Step, deadline_of, next_step
from courtside.notifications.rollups import note_changed
from courtside.notifications.types import TYPES

_QUERIES = Queries(__package__, "deliveries.sql")

# Types of which it is asked whether what they tell is still so.
_TIED = [name for name, type_ in TYPES.items() if type_.while_status]

Settled = tuple[LeasedDelivery, Outcome]


def lease_unplanned(reader: Reader, *, limit: int) -> Sequence[Notification]:
    """Notifications to decide about, the longest waiting first; nobody else gets them until this commits."""
    return reader.list(_QUERIES["lease_unplanned"], Notification, limit=limit)


def insert_deliveries(reader: Reader, decisions: Sequence[Decision]) -> None:
    """Write what was decided for each notification, and for those that are told with it."""
    if rows := rows_of(reader, decisions):
        reader.execute(_QUERIES["insert_deliveries"], planned=Jsonb(rows))


def mark_planned(reader: Reader, ids: Sequence[UUID]) -> None:
    """Note that it is decided where these are delivered."""
    reader.execute(_QUERIES["mark_planned"], ids=list(ids))


def postpone_planning(reader: Reader, ids: Sequence[UUID]) -> None:
    """Have it decided later, ever more rarely, what could not be decided."""
    reader.execute(_QUERIES["postpone_planning"], ids=list(ids))


def lease_deliveries(
    reader: Reader, channel: str, *, limit: int, lease_seconds: float
) -> tuple[UUID, Sequence[LeasedDelivery]]:
    """What is due on a channel, under one token, as it is to be told now."""
    token = uuid4()
    values = {
        "channel": channel,
        "limit": limit,
        "token": token,
        "lease_seconds": lease_seconds,
        "tied": _TIED,
    }
    leased = reader.list(_QUERIES["lease_deliveries"], LeasedDelivery, **values)
    # Asked for after the lease: from then on nobody joins.
    return token, with_what_is_unread(reader, with_what_is_left(reader, leased))


def settle_deliveries(reader: Reader, token: UUID, settled: Sequence[Settled]) -> int:
    """Record what became of attempts; how many of them were still this holder's to record."""
    # In one order, so that two who settle cannot wait for each other.
    settled = sorted(settled, key=lambda item: item[0].id)
    rows = [_row(delivery, outcome, _step(delivery, outcome)) for delivery, outcome in settled]
    kept = reader.execute(_QUERIES["settle_deliveries"], token=token, outcomes=Jsonb(rows))
    follow_leaders(reader, [delivery.id for delivery, _ in settled if delivery.leads])
    if settled:
        note_changed(reader, (delivery.created_at for delivery, _ in settled), settled[0][0].now)
    ended = [_ended(delivery, outcome) for delivery, outcome in settled if outcome.installation]
    if ended:
        reader.execute(_QUERIES["settle_installations"], ended=Jsonb(ended))
        reader.execute(_QUERIES["revive_renewed"], ended=Jsonb(ended))
    return kept


def _step(delivery: LeasedDelivery, outcome: Outcome) -> Step:
    deadline = deadline_of(delivery.channel, delivery.type, delivery.first_sent_at, delivery.expires_at)
    return next_step(
        outcome,
        attempts=delivery.attempts,
        now=delivery.now,
        deadline=deadline,
        jitter=random.random(),
    )


def _row(delivery: LeasedDelivery, outcome: Outcome, step: Step) -> dict[str, object]:
    return {
        "id": str(delivery.id),
        "state": step.state,
        "reason": step.reason,
        "error": outcome.reason if outcome.tried and outcome.reason else None,
        "provider_id": outcome.provider_id,
        "tried": outcome.tried,
        "pause_seconds": step.pause_seconds,
    }


def _ended(delivery: LeasedDelivery, outcome: Outcome) -> dict[str, object]:
    return {
        "id": delivery.target,
        "token": delivery.token,
        "state": outcome.installation,
        "reason": outcome.reason,
        "delivery_id": str(delivery.id),
    }
