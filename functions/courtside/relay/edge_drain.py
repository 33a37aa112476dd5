"""The fast way: right after its commit the edge carries out what its own command left, within a deadline."""

import logging
import time

from courtside import crash_points
from courtside.backends import Backends
from courtside.db.outbox import Work
from courtside.relay.claims_lane import mirror_once
from courtside.relay.drain import carry_out
from courtside.relay.wake import wake_worker

log = logging.getLogger(__name__)


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
        carried = work.is_empty or (
            carry_out(backends, work, until=until, lease_seconds=settings.lease_seconds).is_clean
        )
        clean = carried and not work.left
        # Where its access changed, so has what Firebase Auth is to know of the account.
        changed = [lease.path.split("/")[1] for lease in work.documents if lease.path.startswith("access/")]
        if changed and time.monotonic() < until:
            mirror_once(backends, changed)
        if not clean:
            wake_worker(backends.pool)
    except Exception:
        log.exception("drain failed", extra={"fields": {"documents": len(work.documents)}})
        return False
    return clean
