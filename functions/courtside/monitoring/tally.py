"""What one process has counted, by minute: rounds of the relay in, rows to be saved out."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from courtside.monitoring.histogram import Histogram
from courtside.monitoring.model import DatabaseClock, Step, steps_of
from courtside.observer import Round

# A minute that ended is still added to by what is noted late.
_KEEP = timedelta(minutes=2)


class Timed(NamedTuple):
    """The durations of one step of one kind, in a minute."""

    minute: datetime
    kind: str
    step: Step


class Tally:
    """Absolute counts, so that saving the same minute again, whatever became of the last time, counts nothing twice."""

    def __init__(self) -> None:
        self._histograms: dict[Timed, Histogram] = {}
        self._retries: Counter[tuple[datetime, str]] = Counter()

    def add(self, rounds: Iterable[Round], clock: DatabaseClock) -> None:
        """Count rounds, and forget minutes that are long saved."""
        for round_ in rounds:
            minute = clock.time_of(round_.written).replace(second=0, microsecond=0)
            for landing in round_.landed:
                for step, seconds in zip(Step, steps_of(landing, round_, clock), strict=True):
                    self._histogram(Timed(minute, landing.kind, step)).record(seconds)
            for kind in round_.failed:
                self._retries[minute, kind] += 1
        self._forget(clock.at - _KEEP)

    def latencies(self) -> list[dict[str, Any]]:
        """A JSON row for each step of each kind, `{minute, kind, step, buckets, counts}`."""
        rows = []
        for timed, histogram in self._histograms.items():
            buckets, counts = zip(*histogram.buckets(), strict=True)
            row = {"kind": timed.kind, "step": timed.step, "buckets": buckets, "counts": counts}
            rows.append({"minute": timed.minute.isoformat(), **row})
        return rows

    def retries(self) -> list[dict[str, Any]]:
        """A JSON row for each kind, `{minute, kind, count}`."""
        return [
            {"minute": minute.isoformat(), "kind": kind, "count": count}
            for (minute, kind), count in self._retries.items()
        ]

    def _histogram(self, timed: Timed) -> Histogram:
        return self._histograms.setdefault(timed, Histogram())

    def _forget(self, before: datetime) -> None:
        self._histograms = {timed: h for timed, h in self._histograms.items() if timed.minute >= before}
        self._retries = Counter({key: n for key, n in self._retries.items() if key[0] >= before})
