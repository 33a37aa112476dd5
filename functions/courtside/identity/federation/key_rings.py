"""Where an issuer's keys are found: among the secrets that we share, or in the set that it publishes."""

import base64
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeGuard

from jwt import PyJWK

from courtside.errors import Unavailable
from courtside.identity.federation.issuers import KeySet, SharedSecrets
from courtside.identity.federation.key_sets import MAX_KEY_SET_BYTES, KeyName, Keys, read_key_set
from courtside.outgoing import Fetched, FetchFailed, fetch

log = logging.getLogger(__name__)

Fetch = Callable[[str], Fetched]

_FETCH_SECONDS = 3.0
# Between two fetches, whatever tokens claim to be signed with: anybody can name a key that does not exist.
_PAUSE_SECONDS = 30.0
_PAUSE_AFTER_FAILURE_SECONDS = 5.0
# How long a set counts as fresh: as its issuer says, within these.
_FRESH_SECONDS = (60.0, 3_600.0)
_FRESH_UNLESS_TOLD_SECONDS = 600.0
# How long it is still used while no newer one can be had.
_USABLE_SECONDS = 6 * 3_600.0
_MAX_AGE = re.compile(r"\bmax-age=(?P<seconds>[0-9]{1,9})\b")
_UNKEPT = re.compile(r"\bno-(store|cache)\b")


class KeyRing(Protocol):
    """The keys of one issuer."""

    def find(self, name: KeyName) -> PyJWK | None:
        """The key of this name, if the issuer has one. Raises Unavailable when that cannot be told now."""
        ...


def open_ring(keys: KeySet | SharedSecrets, *, to_loopback: bool) -> KeyRing:
    """The ring of an issuer; nothing is fetched yet. `to_loopback` as for `outgoing.fetch`."""
    if isinstance(keys, SharedSecrets):
        return SecretRing(keys)

    def fetch_set(url: str) -> Fetched:
        return fetch(
            url, limit_bytes=MAX_KEY_SET_BYTES, total_seconds=_FETCH_SECONDS, to_loopback=to_loopback
        )

    return KeySetRing(keys, fetch_set)


class SecretRing:
    """Secrets by their `kid`."""

    def __init__(self, keys: SharedSecrets) -> None:
        self._keys: Keys = {
            (key_id, algorithm): _secret_key(secret.get_secret_value(), algorithm)
            for key_id, secret in keys.secrets.items()
            for algorithm in keys.algorithms
        }

    def find(self, name: KeyName) -> PyJWK | None:
        """The secret of this name."""
        return self._keys.get(name)


@dataclass(frozen=True)
class _Kept:
    """A set as it was fetched; times are of the monotonic clock."""

    keys: Keys
    fresh_until: float
    usable_until: float


class KeySetRing:
    """A published set, kept as long as its issuer says, and fetched anew when a token names a key that is not in it.

    One thread fetches at a time, and not often. While that fails, or takes its time, the last set is used.
    """

    def __init__(self, keys: KeySet, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._algorithms = keys.jwks_url, keys.algorithms
        self._fetch, self._clock = fetch, clock
        self._fetching = threading.Lock()
        self._kept: _Kept | None = None
        self._next_fetch_at = clock()
        self._failed = False

    def find(self, name: KeyName) -> PyJWK | None:
        """The published key of this name.

        Raises:
            Unavailable: it is in no set that we have, and the issuer's does not answer.
        """
        seen = self._kept
        if not self._is_usable(seen) or name not in seen.keys:
            self._look_again(wait_seconds=_FETCH_SECONDS)
        elif self._clock() >= seen.fresh_until:
            # This key will do, so whoever finds somebody fetching already does not wait.
            self._look_again(wait_seconds=0)
        kept = self._kept
        if not self._is_usable(kept) or (self._failed and name not in kept.keys):
            raise Unavailable("The keys of this issuer cannot be had right now; try again.")
        return kept.keys.get(name)

    def _is_usable(self, kept: _Kept | None) -> TypeGuard[_Kept]:
        return kept is not None and self._clock() < kept.usable_until

    def _look_again(self, *, wait_seconds: float) -> None:
        """Fetch the set, unless it is too early to ask again, as it is when another thread has just done so."""
        if not self._fetching.acquire(timeout=wait_seconds):
            return
        try:
            if self._clock() >= self._next_fetch_at:
                self._replace()
        finally:
            self._fetching.release()

    def _replace(self) -> None:
        try:
            fetched = self._fetch(self._url)
            keys = read_key_set(fetched.body, self._algorithms)
        except FetchFailed as error:
            self._note_failure(str(error))
        except ValueError:
            self._note_failure("not a JWK set")
        else:
            now = self._clock()
            self._kept = _Kept(keys, now + fresh_seconds(fetched.cache_control), now + _USABLE_SECONDS)
            self._failed, self._next_fetch_at = False, now + _PAUSE_SECONDS

    def _note_failure(self, problem: str) -> None:
        log.warning("key set not fetched", extra={"fields": {"url": self._url, "error": problem}})
        self._failed, self._next_fetch_at = True, self._clock() + _PAUSE_AFTER_FAILURE_SECONDS


def fresh_seconds(cache_control: str) -> float:
    """For how long a set counts as fresh, as its `Cache-Control` says, but neither for moments nor for days."""
    shortest, longest = _FRESH_SECONDS
    if _UNKEPT.search(cache_control):
        return shortest
    told = _MAX_AGE.search(cache_control)
    return min(max(float(told["seconds"]), shortest), longest) if told else _FRESH_UNLESS_TOLD_SECONDS


def _secret_key(secret: str, algorithm: str) -> PyJWK:
    encoded = base64.urlsafe_b64encode(secret.encode()).rstrip(b"=").decode()
    return PyJWK({"kty": "oct", "k": encoded}, algorithm)
