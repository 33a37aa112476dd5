"""Documents that rules read with get, getAfter, exists and existsAfter, within the limits of the service.

Limits: 10 documents for a single operation or query, 20 for a request of several operations, each of which has its
own 10; a document that the request has read before costs nothing
(https://firebase.google.com/docs/firestore/security/rules-conditions#access_call_limits).
"""

from collections.abc import Callable

from emulator.rules.requests import Resource

OPERATION_LIMIT = 10
REQUEST_LIMIT = 20

Reader = Callable[[tuple[str, ...]], Resource | None]
"""Reads a document by its path below the database's documents; None if there is none."""


class LimitExceeded(Exception):
    """The request needs more than the service gives to rules; nothing absorbs it."""


def _nothing(path: tuple[str, ...]) -> Resource | None:
    return None


class Documents:
    """What the rules of one request have read."""

    __slots__ = ("_cache", "_in_operation", "_read", "_read_after")

    def __init__(self, read: Reader = _nothing, read_after: Reader | None = None) -> None:
        self._read = read
        self._read_after = read_after or read
        self._cache: dict[tuple[bool, tuple[str, ...]], Resource | None] = {}
        self._in_operation = 0

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """The documents that were read, found or not: one billed read each, however often rules asked for them."""
        return frozenset(path for _, path in self._cache)

    def begin_operation(self) -> None:
        """Start counting for the next operation of the request."""
        self._in_operation = 0

    def fetch(self, path: tuple[str, ...], *, after: bool) -> Resource | None:
        """The document as it is, or as it will be when the request has succeeded."""
        key = (after, path)
        if key not in self._cache:
            self._in_operation += 1
            if self._in_operation > OPERATION_LIMIT or len(self._cache) >= REQUEST_LIMIT:
                raise LimitExceeded("Too many document access calls.")
            self._cache[key] = (self._read_after if after else self._read)(path)
        return self._cache[key]
