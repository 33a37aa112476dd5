"""The fast way: right after its commit the edge carries out what its own command left, within a deadline."""

import logging
import time
from dataclasses import replace

from courtside import crash_points
from courtside.backends import Backends
from courtside.db.outbox import URGENT, Work
from courtside.relay.claims_lane import mirror_once
from courtside.relay.drain import carry_out
from courtside.relay.wake import wake_worker

log = logging.getLogger(__name__)

# The worker polls all the same.
_WAKING_SECONDS = 0.1


def drain_commit(backends: Backends, work: Work) -> bool:
    """Carry out a command's own work; whether all of it is in Firestore. Never raises: the command is committed.

    Whatever is left, for whatever reason, the worker delivers. While Firestore is in trouble that is all of it:
    callers do not wait, one after the other, for what has just failed.
    """
    crash_points.reach(crash_points.COMMITTED)
    settings = backends.settings
    now = time.monotonic()
    until = now if backends.firestore.valve.closed_seconds else now + settings.drain_deadline_seconds
    try:
        clean = _carry_out(backends, work, until) and not work.left
        if not clean:
            wake_worker(backends.pool, wait_seconds=_WAKING_SECONDS)
    except Exception:
        log.exception("drain failed", extra={"fields": {"documents": len(work.documents)}})
        return False
    return clean


def _carry_out(backends: Backends, work: Work, until: float) -> bool:
    """Who may do what first, then Firebase Auth, then all else: an app that sees its new role finds it in its token."""
    changed = [lease for lease in work.documents if lease.path.startswith(URGENT)]
    if not changed:
        return _write(backends, work, until)
    clean = _write(backends, replace(work, documents=tuple(changed), entries=()), until)
    if time.monotonic() < until:
        mirror_once(backends, [lease.path.removeprefix(URGENT) for lease in changed])
    rest = tuple(lease for lease in work.documents if lease not in changed)
    return _write(backends, replace(work, documents=rest), until) and clean


def _write(backends: Backends, work: Work, until: float) -> bool:
    seconds = backends.settings.lease_seconds
    return work.is_empty or carry_out(backends, work, until=until, lease_seconds=seconds).is_clean
