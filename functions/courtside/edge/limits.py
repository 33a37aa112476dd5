"""Rate limits: how often one person, or one address, may ask; whoever asks more often is told when to come back.

Each process lets the first few calls of everybody pass by itself and takes the next ones from Postgres a batch at a
time: the usual caller costs no statement, and who calls often meets one bucket, however many processes serve them.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from courtside.db.rate_limits import Taken
from courtside.errors import CourtsideError, RateLimited


@dataclass(frozen=True)
class Limit:
    """A token bucket: `burst` calls at once, refilled with `per_minute` calls a minute."""

    burst: int
    per_minute: float

    @property
    def batch(self) -> int:
        """How many calls a process lets pass unasked, and takes from the bucket at a time."""
        return max(1, self.burst // 8)

    @property
    def refill_seconds(self) -> float:
        """How long an empty bucket takes to be full again."""
        return self.burst * 60 / self.per_minute


PER_COMMAND = Limit(burst=40, per_minute=80)
PER_QUERY = Limit(burst=60, per_minute=120)
# What one address asks of a query without signing in.
PER_VISITOR = Limit(burst=60, per_minute=120)
# Whatever one address sends, signed in or not: the guests of a club share one.
PER_ADDRESS = Limit(burst=800, per_minute=2400)
# Calendar services ask for many people from few addresses.
PER_CALENDAR_READER = Limit(burst=240, per_minute=600)
# The guests of a host application share an address as well, and sign in about once each.
PER_EXCHANGER = Limit(burst=80, per_minute=160)
# Of those who unsubscribe, mail programs click for many people from few addresses.
PER_UNSUBSCRIBER = Limit(burst=240, per_minute=600)
# Of service workers, which report each push up to three times, many share an address.
PER_ACKNOWLEDGER = Limit(burst=400, per_minute=1200)
PER_HEALTH_READER = Limit(burst=32, per_minute=60)

# The keys that one process remembers; who has called longest ago is forgotten first.
_MOST_KEYS = 20_000


class Take(Protocol):
    """Takes up to `calls` from the bucket of `key`, after `owed` calls that passed before it was asked."""

    def __call__(self, key: str, limit: Limit, *, calls: int, owed: int) -> Taken: ...


@dataclass
class _Account:
    """What a process knows of one key; times are monotonic seconds."""

    unasked: int
    owed: int = 0
    granted: int = 0
    refused_until: float = 0.0
    seen_at: float = 0.0


class Meter:
    """Counts the calls that one process serves; many threads may share it.

    In any stretch of time no more calls of a key pass than its bucket allows and two batches for each process: the
    one that passes unasked, and one that was taken and not used at once.
    """

    def __init__(self, take: Take, clock: Callable[[], float] = time.monotonic) -> None:
        self._take = take
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    def admit(self, key: str, limit: Limit) -> None:
        """Count one call.

        Raises:
            RateLimited: the bucket is empty; with `retry_after_seconds`.
            Unavailable: the bucket could not be asked.
        """
        with self._lock:
            account = self._account(key, limit)
            if self._passes(account):
                return
            owed, account.owed = account.owed, 0
        # Not under the lock: nobody waits for what somebody else asks.
        try:
            grant = self._take(key, limit, calls=limit.batch, owed=owed)
        except CourtsideError:
            with self._lock:
                account.owed += owed
            raise
        with self._lock:
            self._note(account, grant)

    def _account(self, key: str, limit: Limit) -> _Account:
        now = self._clock()
        account = self._accounts.pop(key, None)
        # By then the bucket is full again: what it was not told of no longer matters, nor what was taken of it.
        if account is None or now - account.seen_at >= limit.refill_seconds:
            account = _Account(unasked=limit.batch)
        account.seen_at = now
        self._accounts[key] = account
        if len(self._accounts) > _MOST_KEYS:
            self._accounts.popitem(last=False)
        return account

    def _passes(self, account: _Account) -> bool:
        """Whether a call passes without asking; raises RateLimited where asking would be in vain."""
        if (wait := account.refused_until - self._clock()) > 0:
            raise _refusal(wait)
        if account.granted:
            account.granted -= 1
        elif account.unasked:
            account.unasked -= 1
            account.owed += 1
        else:
            return False
        return True

    def _note(self, account: _Account, grant: Taken) -> None:
        if not grant.calls:
            account.refused_until = self._clock() + grant.wait_seconds
            raise _refusal(grant.wait_seconds)
        account.granted += grant.calls - 1


def _refusal(wait_seconds: float) -> RateLimited:
    return RateLimited(retry_after_seconds=max(1, ceil(wait_seconds)))
