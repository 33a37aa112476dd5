"""The buckets of the rate limits, where all processes meet."""

from dataclasses import dataclass

from courtside.db.reader import Reader
from courtside.db.sql import Queries

_QUERIES = Queries(__package__, "rate_limits.sql")


@dataclass(frozen=True)
class Taken:
    """How many calls a bucket gave, and in how many seconds it will have one where it gave none."""

    calls: int
    wait_seconds: float


def take_calls(
    reader: Reader, key: str, *, burst: int, per_minute: float, calls: int, owed: int = 0
) -> Taken:
    """Take up to `calls` from a bucket of `burst` that refills with `per_minute`, after `owed` that passed already."""
    taken = reader.find(
        _QUERIES["take_calls"],
        Taken,
        key=key,
        burst=burst,
        spacing=60 / per_minute,
        calls=calls,
        owed=owed,
        first=max(0, min(calls, burst - owed)),
    )
    assert taken is not None  # the statement always gives one row
    return taken


def prune_full(reader: Reader) -> int:
    """Forget full buckets; how many."""
    return reader.execute(_QUERIES["prune_full"])
