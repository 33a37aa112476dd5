"""What a request passes before anybody reads it: how often its address calls, and whether one of our apps sent it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Request

from courtside.config import Settings
from courtside.db.pool import LazyPool
from courtside.db.rate_limits import Taken, take_calls
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.edge import app_check
from courtside.edge.addresses import client_address
from courtside.edge.app_check import VerifyApp
from courtside.edge.auth import Caller
from courtside.edge.commands import Command, Query
from courtside.edge.limits import PER_ADDRESS, PER_VISITOR, Limit, Meter, Take
from courtside.errors import OutcomeUnknown, Unavailable

# Years of demo data in a minute are more than anybody may call. Beside an Auth emulator anyone can be anybody, so there
# a limit per person means nothing, and who asks is let through; everywhere else the header is not looked at.
UNMETERED_HEADER = "X-Courtside-Unmetered"


@dataclass(frozen=True)
class Gate:
    """The same for all functions of a process."""

    settings: Settings
    meter: Meter
    app_verifier: Callable[[], VerifyApp]

    def admit_address(self, request: Request, what: str = "all", limit: Limit = PER_ADDRESS) -> None:
        """Count a request of this address.

        Raises:
            RateLimited: it has sent too many.
            Unavailable: that cannot be told.
        """
        if self._counts(request):
            address = client_address(request, self.settings.trusted_proxies)
            self.meter.admit(f"address:{address}:{what}", limit)

    def admit_call(self, request: Request, caller: Caller | None, command: Command[Any] | Query[Any]) -> None:
        """Count a call of this caller, or of a visitor's address; raises as `admit_address` does."""
        what, limit = command.meter
        if caller is None:
            self.admit_address(request, what, command.rate_limit or PER_VISITOR)
        elif self._counts(request):
            self.meter.admit(f"user:{caller.uid}:{what}", limit)

    def check_app(self, request: Request) -> str | None:
        """What App Check found, for the log; raises AppCheckRefused or Unavailable where it is enforced."""
        token = request.headers.get(app_check.HEADER)
        return app_check.check_app(token, self.settings.app_check, self.app_verifier)

    def _counts(self, request: Request) -> bool:
        if not self.settings.rate_limits:
            return False
        return self.settings.auth_emulator is None or UNMETERED_HEADER not in request.headers


def take_from(pool: LazyPool) -> Take:
    """Buckets in Postgres, where all processes meet."""

    def take(key: str, limit: Limit, *, calls: int, owed: int) -> Taken:
        def work(connection: Any) -> Taken:
            return take_calls(
                Reader(connection),
                key,
                burst=limit.burst,
                per_minute=limit.per_minute,
                calls=calls,
                owed=owed,
            )

        try:
            return run_transaction(pool, work)
        except OutcomeUnknown as error:
            # It is about the bucket alone; of the call itself it is known that nothing was done.
            raise Unavailable from error

    return take
