"""Tells Firebase Auth what accounts may do: claims, disabled accounts, revoked sign-ins, accounts that are no more."""

import logging
import random
import time
from collections.abc import Sequence
from uuid import UUID

from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.edge.auth import firebase_app
from courtside.identity.claims import (
    LeasedClaims,
    lease_claims,
    list_leased,
    release_claims,
    settle_claims,
)
from courtside.identity.firebase_auth import tell

log = logging.getLogger(__name__)

# Each takes two or three calls, one after the other, each of which may take as long as the app's time limit.
_BATCH = 10
_LEASE_SECONDS = 180.0


def mirror_once(backends: Backends, user_ids: Sequence[str] | None = None) -> int:
    """Tell of what is due, or of those of it that are named; how many accounts were looked at.

    Where documents come from an emulator and there is no Auth emulator, nobody is told: it would be real accounts.
    """
    settings = backends.settings
    if settings.firestore_emulator is not None and settings.auth_emulator is None:
        return 0
    token = run_transaction(
        backends.pool,
        lambda connection: lease_claims(
            Reader(connection), limit=_BATCH, lease_seconds=_LEASE_SECONDS, user_ids=user_ids
        ),
    )
    leased = run_transaction(backends.pool, lambda connection: list_leased(Reader(connection), token))
    for account in leased:
        _mirror(backends, token, account)
    return len(leased)


def mirror_due(backends: Backends, *, until: float) -> int:
    """Tell of what is due until nothing is, or the monotonic time `until` has come."""
    total = 0
    while time.monotonic() < until and (done := mirror_once(backends)):
        total += done
    return total


def _mirror(backends: Backends, token: UUID, account: LeasedClaims) -> None:
    try:
        found = tell(firebase_app(backends.settings.project), account)
    # Whatever it is, the others are not to wait for it; it is tried again, ever more rarely.
    except Exception as error:
        reason = type(error).__name__
        log.warning("claims not told", extra={"fields": {"user_id": account.user_id, "error": reason}})
        run_transaction(
            backends.pool,
            lambda connection: release_claims(Reader(connection), token, account, reason, random.random()),
        )
        return
    kept = run_transaction(
        backends.pool, lambda connection: settle_claims(Reader(connection), token, account)
    )
    fields = {"user_id": account.user_id, "version": account.version, "found": found, "kept": kept}
    log.info("claims told", extra={"fields": fields})
