"""Carries broadcasts on, a page at a time, as fast as each may go."""

import time
from datetime import timedelta

from courtside import crash_points
from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import run_transaction
from courtside.notifications.broadcasts.fan_out import carry_on, is_due

# Where no worker runs, each sweep makes up for the minute since the last one.
_BETWEEN_SWEEPS = timedelta(minutes=1)


def fan_out_once(backends: Backends, *, behind: timedelta = timedelta()) -> int:
    """Carry on with a broadcast that is due, if any, by one page; how many inboxes or deliveries that changed."""
    if not run_transaction(backends.pool, lambda connection: is_due(Reader(connection))):
        return 0
    with backends.observer.span("broadcasts.page"):
        done = run_as_system(backends.pool, "broadcasts.carry_on", lambda uow: carry_on(uow, behind=behind))
    crash_points.reach(crash_points.TURNED)
    return done


def fan_out_due(backends: Backends, *, until: float) -> int:
    """Carry on with what is due until nothing is, or the monotonic time `until` has come; for where no worker runs."""
    total = 0
    while time.monotonic() < until and (done := fan_out_once(backends, behind=_BETWEEN_SWEEPS)):
        total += done
    return total
