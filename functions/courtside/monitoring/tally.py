"""What one process has counted, by minute: rounds of the relay in, rows to be saved out."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from courtside.histogram import Histogram
from courtside.monitoring.model import DatabaseClock, Step, steps_of
from courtside.observer import Round

# A minute that ended is still added to by what is noted late.
_KEEP = timedelta(minutes=2)


class Tally:
    """Absolute counts, so that saving the same minute again, whatever became of the last time, counts nothing twice."""

    def __init__(self) -> None:
        # Minute and kind → a histogram for each step, in their order.
        self._histograms: dict[tuple[datetime, str], tuple[Histogram, ...]] = {}
        self._retries: Counter[tuple[datetime, str]] = Counter()

    def add(self, rounds: Iterable[Round], clock: DatabaseClock) -> None:
        """Count rounds, and forget minutes that are long saved."""
        for round_ in rounds:
            written_at, held = clock.time_of(round_.written), round_.written - round_.leased
            minute = written_at.replace(second=0, microsecond=0)
            for kind, committed_at in round_.landed:
                first, second, whole = steps_of(committed_at, written_at, held)
                waited, worked, took = self._of(minute, kind)
                waited.record(first)
                worked.record(second)
                took.record(whole)
            for kind in round_.failed:
                self._retries[minute, kind] += 1
        self._forget(clock.at - _KEEP)

    def latencies(self) -> list[dict[str, Any]]:
        """A JSON row for each step of each kind, `{minute, kind, step, buckets, counts}`."""
        rows = []
        for (minute, kind), histograms in self._histograms.items():
            for step, histogram in zip(Step, histograms, strict=True):
                buckets, counts = zip(*histogram.buckets(), strict=True)
                row = {"kind": kind, "step": step, "buckets": buckets, "counts": counts}
                rows.append({"minute": minute.isoformat(), **row})
        return rows

    def retries(self) -> list[dict[str, Any]]:
        """A JSON row for each kind, `{minute, kind, count}`."""
        return [
            {"minute": minute.isoformat(), "kind": kind, "count": count}
            for (minute, kind), count in self._retries.items()
        ]

    def _of(self, minute: datetime, kind: str) -> tuple[Histogram, ...]:
        found = self._histograms.get((minute, kind))
        if found is None:
            found = self._histograms[minute, kind] = tuple(Histogram() for _ in Step)
        return found

    def _forget(self, before: datetime) -> None:
        self._histograms = {key: found for key, found in self._histograms.items() if key[0] >= before}
        self._retries = Counter({key: count for key, count in self._retries.items() if key[0] >= before})
