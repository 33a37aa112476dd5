"""What the system does by the clock."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from courtside.actors import SYSTEM
from courtside.availability.service import roll_horizon
from courtside.backends import Backends
from courtside.bookings import completion, expiry
from courtside.credits import service as credits
from courtside.db import outbox, rate_limits
from courtside.db.reader import Reader
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import UnitOfWork, run_transaction
from courtside.monitoring.service import publish_relay
from courtside.notifications import digests, inbox, installations, reminders, rollups
from courtside.relay import erasures
from courtside.relay.broadcast_lane import fan_out_due
from courtside.relay.claims_lane import mirror_due
from courtside.relay.delivery_lanes import send_all_due
from courtside.relay.planning_lane import plan_due
from courtside.relay.reconcile import store as reconciliations
from courtside.relay.reconcile.run import Plan, reconcile
from courtside.relay.statistics import count_notifications
from courtside.relay.subscriptions import react
from courtside.relay.webhook_lane import deliver_due
from courtside.relay.worker import sweep
from courtside.reviews.disputes import lapse as lapse_disputes

T = TypeVar("T")

log = logging.getLogger(__name__)

# Under the minute at which the next sweep starts.
_SWEEP_SECONDS = 50.0
_KEEP_DELIVERED_DAYS = 7
_KEEP_COMMANDS_DAYS = 30
_KEEP_RUNS_DAYS = 90
# Under the time limit that `main` gives it.
_NIGHT_SECONDS = 400.0
_RECONCILED_PER_SECOND = 5000
# Of one run; the others are for the next.
_MOST_CLIENTS = 500


def relay_sweep(backends: Backends) -> int:
    """Carry out what is due: all of the relay where no worker runs, the safety net where one does.

    How the relay fares is told first: what is due then waits for this sweep, and so does the telling.
    """
    until = time.monotonic() + _SWEEP_SECONDS
    _tell_health(backends)
    # Few, and who was blocked is to be told first.
    handled = mirror_due(backends, until=until)
    handled += sweep(backends, limit_seconds=max(0.0, until - time.monotonic()))
    handled += deliver_due(backends, until=until) + plan_due(backends, until=until)
    return handled + send_all_due(backends, until=until)


def _tell_health(backends: Backends) -> None:
    try:
        backlog = run_transaction(backends.pool, lambda connection: publish_relay(Reader(connection)))
        if backlog is not None:
            backends.observer.found(asdict(backlog))
    # Measuring must not stop what is measured.
    except Exception:
        log.exception("health not told")


def every_minute(backends: Backends) -> int:
    """Do what the clock asks for, each item in a transaction of its own: nobody waits for all, none fails another.

    Returns how much was done; counting how people were told is no more than telling.

    Raises:
        ExceptionGroup: what failed, after all else was done.
    """
    until = time.monotonic() + _SWEEP_SECONDS
    handled, failures = 0, list[Exception]()
    for chore in _CHORES:
        for subject in _run(backends, chore.subjects):
            if time.monotonic() > until:
                break
            try:
                handled += _act(backends, chore, subject)
            except Exception as failure:
                failures.append(failure)
    for carry_on in (erasures.carry_on, fan_out_due):
        try:
            handled += carry_on(backends, until=until)
        except Exception as failure:
            failures.append(failure)
    try:
        count_notifications(backends, until=until)
    except Exception as failure:
        failures.append(failure)
    if failures:
        raise ExceptionGroup("every_minute", failures)
    return handled


def nightly(backends: Backends) -> int:
    """Roll every trainer's horizon by a day, forget what nobody will ask for again, and look for drift.

    The looking is bounded in time and goes on the next night where it stopped. It repairs nothing: drift is the
    mark of a fault, and whoever looks after it should see it first.
    """
    until = time.monotonic() + _NIGHT_SECONDS

    def work(uow: UnitOfWork) -> int:
        roll_horizon(uow)
        installations.expire(uow)
        rollups.prune(uow)
        rate_limits.prune_full(uow)
        outbox.prune(uow, delivered_days=_KEEP_DELIVERED_DAYS, commands_days=_KEEP_COMMANDS_DAYS)
        reconciliations.forget_repaired_events(uow)
        reconciliations.prune_runs(uow, days=_KEEP_RUNS_DAYS)
        return len(uow.events)

    handled = run_as_system(backends.pool, "nightly", work, react) + erasures.look_again(backends)
    reconcile(backends, Plan(resumes=True, documents_per_second=_RECONCILED_PER_SECOND, until=until))
    return handled


def _run(backends: Backends, work: Callable[[UnitOfWork], T]) -> T:
    return run_as_system(backends.pool, "every_minute", work, react)


def _act(backends: Backends, chore: "_Chore", subject: str) -> int:
    return _run(backends, lambda uow: chore.act(uow, subject))


@dataclass(frozen=True)
class _Chore:
    """Whom the clock concerns, and what is done for each; done twice, or by two at once, it is done once."""

    subjects: Callable[[UnitOfWork], Sequence[str]]
    act: Callable[[UnitOfWork, str], int]


_CHORES = (
    _Chore(lambda uow: completion.trainers_due(uow, uow.now), completion.follow_clock),
    _Chore(lambda uow: [SYSTEM.uid], lambda uow, _: lapse_disputes(uow)),
    _Chore(lambda uow: expiry.overdue_trainers(uow, uow.now), expiry.expire_claims),
    _Chore(inbox.list_snoozers, inbox.return_snoozed),
    _Chore(lambda uow: credits.expired_clients(uow, uow.now, _MOST_CLIENTS), credits.expire),
    _Chore(reminders.sessions_near, reminders.remind),
    _Chore(reminders.owners_of_expiring, reminders.warn_of_expiry),
    _Chore(digests.list_pages, digests.make_page),
)
