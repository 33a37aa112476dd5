"""Carries deletions of accounts on until nothing is left of them: rows step by step, then what only Firestore holds.

A deletion is a row with its next step, leased while somebody works at it. Whoever dies leaves it to the next, and every
step can be done again: nothing is lost and nothing is done by halves.
"""

import logging
import random
import time
from collections.abc import Sequence

from courtside.actors import SYSTEM, Actor
from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import run_transaction
from courtside.firestore.erasing import delete_in
from courtside.monitoring.service import publish
from courtside.privacy import store
from courtside.privacy.erasure import ACTS
from courtside.privacy.model import Erasure, Step
from courtside.relay.subscriptions import react

log = logging.getLogger(__name__)

SERVICE = "erasures"
# Finished deletions are gone through again every night for so long: sessions under way complete, disputes are decided.
LOOKED_AFTER_DAYS = 30
# So few that the last of them still has its lease when its turn comes.
_BATCH = 10
_LEASE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 3600.0
_CALL_TIMEOUT_SECONDS = 10.0
# Told to the public and to admins under a trainer's name.
_NAMED = ("trainer:applied", "trainer:approved")


def carry_on(backends: Backends, *, until: float) -> int:
    """Carry on what is due until nothing is, or the monotonic time `until` has come; how many deletions were held."""
    held = 0
    while time.monotonic() < until and (leased := _lease(backends)):
        for erasure in leased:
            try:
                _carry_on(backends, erasure, until)
            # One that fails must not stop the others; it is tried again, ever more rarely, and admins see why.
            except Exception as error:
                log.exception("erasure interrupted", extra={"fields": {"step": erasure.step}})
                _release(backends, erasure, type(error).__name__)
        held += len(leased)
    if held:
        run_transaction(backends.pool, lambda connection: _tell_health(Reader(connection)))
    return held


def look_again(backends: Backends) -> int:
    """Have deletions that were finished of late looked after once more; how many."""
    return run_transaction(
        backends.pool,
        lambda connection: store.look_again(Reader(connection), Step.BOOKINGS, days=LOOKED_AFTER_DAYS),
    )


def _lease(backends: Backends) -> Sequence[Erasure]:
    return run_transaction(
        backends.pool,
        lambda connection: store.lease_erasures(
            Reader(connection), limit=_BATCH, lease_seconds=_LEASE_SECONDS
        ),
    )


def _carry_on(backends: Backends, erasure: Erasure, until: float) -> None:
    step: Step | None = Step(erasure.step)
    after: str | None = erasure.after
    while step is not None:
        if time.monotonic() >= until:
            _release(backends, erasure, None)
            return
        after = _act(backends, step, erasure.user_id, after or "")
        if after is None:
            step = step.next(again=erasure.again)
        _advance(backends, erasure.user_id, step, after or "")


def _act(backends: Backends, step: Step, uid: str, after: str) -> str | None:
    if step is Step.TRACES:
        return _remove_traces(backends, uid)
    act = ACTS[step]
    # What the person gives up is the person's act, and ends as it would by the person's own hand.
    actor = Actor(uid, None) if step in _OWN_ACTS else SYSTEM
    return run_as_system(
        backends.pool, "account.delete_account", lambda uow: act(uow, uid, after), react, actor=actor
    )


def _remove_traces(backends: Backends, uid: str) -> str | None:
    """Delete a page of all that only Firestore holds; None when there was nothing left."""
    events = [f"feeds/client_{uid}/events", f"feeds/trainer_{uid}/events"]
    owned = [(collection, None) for collection in (*events, f"users/{uid}/marks")]
    named = [
        (f"feeds/{audience}/events", {"type": type_, "payload.trainer_id": uid})
        for audience in ("admin", "public")
        for type_ in _NAMED
    ]
    deleted = 0
    for collection, where in (*owned, ("presence", {"user_id": uid}), *named):
        deleted += delete_in(
            backends.firestore, collection, where=where, timeout_seconds=_CALL_TIMEOUT_SECONDS
        )
    return "" if deleted else None


def _tell_health(reader: Reader) -> None:
    """What admins see of deletions: that there are some, and whether they get on."""
    backlog = store.count_open(reader)
    oldest_at = None if backlog.oldest_at is None else backlog.oldest_at.isoformat()
    publish(reader, SERVICE, {"open": backlog.open, "failing": backlog.failing, "oldest_at": oldest_at})


def _advance(backends: Backends, uid: str, step: Step | None, after: str) -> None:
    run_transaction(
        backends.pool,
        lambda connection: store.advance_erasure(
            Reader(connection), uid, step, after, lease_seconds=_LEASE_SECONDS
        ),
    )


def _release(backends: Backends, erasure: Erasure, error: str | None) -> None:
    doubled = _FIRST_PAUSE_SECONDS * 2.0 ** min(erasure.attempts - 1, 16)
    pause = min(_LONGEST_PAUSE_SECONDS, doubled) * random.uniform(0.5, 1.0) if error else 0.0
    run_transaction(
        backends.pool,
        lambda connection: store.release_erasure(
            Reader(connection), erasure.user_id, error=error, pause_seconds=pause
        ),
    )


_OWN_ACTS = frozenset({Step.BOOKINGS, Step.SESSIONS, Step.DISPUTES, Step.CREDITS})
