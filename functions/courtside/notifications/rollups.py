"""Counts by the hour of how people were told: made again from the rows whenever an hour has changed, in bounded steps.

An hour is that in which its notifications were written. Counting it replaces what was counted before, so it may be
done at any time and any number of times; nobody who tells or acknowledges waits for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from courtside.db.reader import Reader
from courtside.db.sql import Queries
from courtside.histogram import BUCKETS_PER_DOUBLING

_QUERIES = Queries(__package__, "rollups.sql")

# Of the present hour and those before it, how many are counted every time.
_OPEN_HOURS = 3
# An hour is counted again for so long; later acknowledgements are not in it.
COUNTED_FOR = timedelta(days=7)
# Of one run: with two of them, each hour of a week is looked at about every 80 minutes, whatever was noted.
_MOST_TOLD, _MOST_AGED = 4, 2
# For so many times as long as counting an hour took, it is not counted again: at most a twentieth of one's time.
_REST = 20
KEPT_DAYS = 400

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class _Claim:
    is_ours: bool
    statement_timeout: str


@dataclass(frozen=True)
class _Hour:
    hour: datetime


def list_hours(reader: Reader) -> list[datetime]:
    """The beginnings of the hours to be counted now, the newest first: a handful."""
    rows = reader.list(
        _QUERIES["list_hours"],
        _Hour,
        open=_OPEN_HOURS,
        rest=_REST,
        hours=COUNTED_FOR // _HOUR,
        most_told=_MOST_TOLD,
        most_aged=_MOST_AGED,
    )
    return [row.hour for row in rows]


def count_hour(reader: Reader, hour: datetime) -> bool:
    """Count the hour that begins then; whether nobody else was counting.

    What is noted of the hour is forgotten before the rows are read: who notes something after that is counted next.
    """
    claim = reader.find(_QUERIES["claim_counting"], _Claim)
    if claim is None or not claim.is_ours:
        return False
    for query in ("forget_recounts", "begin_hour", "clear_hour"):
        reader.execute(_QUERIES[query], hour=hour)
    reader.execute(_QUERIES["count_hour"], hour=hour, per_doubling=BUCKETS_PER_DOUBLING)
    reader.execute(_QUERIES["end_hour"], hour=hour)
    return True


def note_changed(reader: Reader, written: Iterable[datetime], now: datetime) -> None:
    """Have the hours counted again of notifications that were written then, where that does not happen anyway."""
    # One hour less than is always counted: the next run may come after this hour has ended.
    settled = hour_of(now) - (_OPEN_HOURS - 2) * _HOUR
    hours = {hour for at in written if now - COUNTED_FOR < (hour := hour_of(at)) < settled}
    if hours:
        reader.execute(_QUERIES["note_hours"], hours=sorted(hours))


def prune(reader: Reader) -> int:
    """Forget hours of more than KEPT_DAYS ago; how many."""
    return reader.execute(_QUERIES["prune_hours"], days=KEPT_DAYS)


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour, in UTC's hours."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
