"""What the system does by the clock."""

import time
from collections.abc import Sequence

from courtside.availability.service import roll_horizon
from courtside.backends import Backends
from courtside.bookings import completion, expiry
from courtside.credits import service as credits
from courtside.db import outbox
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import UnitOfWork
from courtside.relay.subscriptions import react
from courtside.relay.webhook_lane import deliver_due
from courtside.relay.worker import sweep

# Under the minute at which the next sweep starts.
_SWEEP_SECONDS = 50.0
_KEEP_DELIVERED_DAYS = 7
_KEEP_COMMANDS_DAYS = 30
# Of one run; the others are for the next.
_MOST_CLIENTS = 500


def relay_sweep(backends: Backends) -> int:
    """Carry out what is due: all of the relay where no worker runs, the safety net where one does."""
    until = time.monotonic() + _SWEEP_SECONDS
    return sweep(backends, limit_seconds=_SWEEP_SECONDS) + deliver_due(backends, until=until)


def every_minute(backends: Backends) -> int:
    """End what is over, each trainer's and client's in a transaction of its own, so that nobody waits for all."""
    followed = sum(_follow_clock(backends, trainer_id) for trainer_id in _trainers_due(backends))
    ended = followed + sum(_expire_claims(backends, trainer_id) for trainer_id in _overdue_trainers(backends))
    return ended + sum(_expire_credits(backends, client_id) for client_id in _expired_clients(backends))


def nightly(backends: Backends) -> int:
    """Roll every trainer's horizon by a day, and forget what nobody will ask for again."""

    def work(uow: UnitOfWork) -> int:
        roll_horizon(uow)
        outbox.prune(uow, delivered_days=_KEEP_DELIVERED_DAYS, commands_days=_KEEP_COMMANDS_DAYS)
        return len(uow.events)

    return run_as_system(backends.pool, "nightly", work, react)


def _overdue_trainers(backends: Backends) -> list[str]:
    return run_as_system(backends.pool, "every_minute", lambda uow: expiry.overdue_trainers(uow, uow.now))


def _expire_claims(backends: Backends, trainer_id: str) -> int:
    return run_as_system(
        backends.pool, "every_minute", lambda uow: expiry.expire_claims(uow, trainer_id), react
    )


def _expired_clients(backends: Backends) -> Sequence[str]:
    return run_as_system(
        backends.pool,
        "every_minute",
        lambda uow: credits.expired_clients(uow, uow.now, _MOST_CLIENTS),
    )


def _expire_credits(backends: Backends, client_id: str) -> int:
    return run_as_system(backends.pool, "every_minute", lambda uow: credits.expire(uow, client_id), react)


def _trainers_due(backends: Backends) -> Sequence[str]:
    return run_as_system(backends.pool, "every_minute", lambda uow: completion.trainers_due(uow, uow.now))


def _follow_clock(backends: Backends, trainer_id: str) -> int:
    return run_as_system(
        backends.pool, "every_minute", lambda uow: completion.follow_clock(uow, trainer_id), react
    )
