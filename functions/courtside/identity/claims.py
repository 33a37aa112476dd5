"""What Firebase Auth is to know of accounts: leased rows of Postgres, told by the relay, settled after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from courtside.db.reader import Reader
from courtside.db.sql import Queries

_QUERIES = Queries(__package__, "claims.sql")

BLOCKED = "blocked"
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 300.0


@dataclass(frozen=True)
class LeasedClaims:
    """An account as it is now, and the version of the mirror that this is."""

    user_id: str
    version: int
    attempts: int
    role: str
    blocked: bool
    deleted: bool
    tokens_valid_from: datetime | None

    @property
    def claims(self) -> dict[str, str]:
        """The custom claims: the role and nothing else, far below the 1,000 characters that Firebase Auth takes."""
        return {"role": BLOCKED if self.blocked else self.role}


def lease_claims(
    reader: Reader, *, limit: int, lease_seconds: float, user_ids: Sequence[str] | None = None
) -> UUID:
    """Take on accounts that are due, or those of them that are named; the token that `list_leased` takes."""
    token = uuid4()
    ids = None if user_ids is None else list(user_ids)
    reader.execute(_QUERIES["lease_claims"], token=token, limit=limit, lease_seconds=lease_seconds, ids=ids)
    return token


def list_leased(reader: Reader, token: UUID) -> Sequence[LeasedClaims]:
    """What was leased under a token, as it is now."""
    return reader.list(_QUERIES["list_leased"], LeasedClaims, token=token)


def settle_claims(reader: Reader, token: UUID, leased: LeasedClaims) -> bool:
    """Note that Firebase Auth knows this version.

    False if the lease was lost meanwhile: then somebody may have told something newer before, and it is told again.
    """
    if reader.execute(_QUERIES["settle_claims"], token=token, user_id=leased.user_id, version=leased.version):
        return True
    reader.execute(_QUERIES["want_claims_again"], user_id=leased.user_id)
    return False


def release_claims(reader: Reader, token: UUID, leased: LeasedClaims, error: str, jitter: float) -> None:
    """Give an account back after a failure; the pause doubles, and `jitter` in 0…1 spreads it."""
    doubled = _FIRST_PAUSE_SECONDS * 2.0 ** min(leased.attempts - 1, 16)
    pause = min(_LONGEST_PAUSE_SECONDS, doubled) * (0.5 + jitter / 2)
    reader.execute(
        _QUERIES["release_claims"], token=token, user_id=leased.user_id, error=error[:200], pause=pause
    )
