"""Webhooks go out on a lane of their own: a slow receiver holds up neither documents nor other receivers."""

import asyncio
import logging
import time
from collections.abc import Sequence

from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import run_transaction
from courtside.notifications.endpoints import Leased, lease_due, settle
from courtside.notifications.webhooks import Attempt, deliver
from courtside.observer import Landing, Round
from courtside.relay.subscriptions import react

log = logging.getLogger(__name__)

# At the same time, over all receivers.
_CONCURRENT = 32
_KIND = "webhooks"


def deliver_once(backends: Backends) -> int:
    """Try every message that is due, or as many as go out together; how many were tried."""
    token, leased = run_transaction(
        backends.pool, lambda connection: lease_due(Reader(connection), limit=_CONCURRENT), durable=False
    )
    if not leased:
        return 0
    messages, began = [item.message for item in leased], time.monotonic()
    with backends.observer.span("webhooks.deliver", messages=len(messages)):
        attempts = asyncio.run(deliver(messages, to_loopback=backends.settings.calls_to_loopback))
    outcomes = list(zip(leased, attempts, strict=True))
    backends.observer.carried_out(_round(began, outcomes))
    run_as_system(backends.pool, "webhooks", lambda uow: settle(uow, token, outcomes), react)
    failed = sum(not attempt.is_delivered for attempt in attempts)
    log.info("webhooks", extra={"fields": {"sent": len(attempts), "failed": failed}})
    return len(attempts)


def _round(began: float, outcomes: Sequence[tuple[Leased, Attempt]]) -> Round:
    """What the attempts came to; each counts as arrived when the last of them had its answer."""
    landed = [Landing(_KIND, leased.created_at) for leased, attempt in outcomes if attempt.is_delivered]
    failed = [_KIND for _, attempt in outcomes if not attempt.is_delivered]
    return Round(began, time.monotonic(), landed, failed)


def deliver_due(backends: Backends, *, until: float) -> int:
    """Try what is due until nothing is, or the monotonic time `until` has come."""
    total = 0
    while time.monotonic() < until and (sent := deliver_once(backends)):
        total += sent
    return total
