"""Durations counted in buckets that grow by a constant factor: small, each quantile within 2.2 %.

Histograms of processes and minutes are merged by adding up what is in each bucket, which the database does.
Bucket `n` holds durations from 2^(n/16) µs up to 2^((n+1)/16) µs, and is read as the geometric mean of the two; all
below 1 µs are in bucket 0. It is the idea of HDR histograms with a logarithm in place of their linear sub-buckets.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import ceil, log2

BUCKETS_PER_DOUBLING = 16
# A quantile may be off by this share of itself.
WORST_ERROR = 2 ** (0.5 / BUCKETS_PER_DOUBLING) - 1


def bucket_of(seconds: float) -> int:
    """The bucket of a duration; what a clock that was set back makes negative counts as nothing."""
    microseconds = seconds * 1e6
    return int(log2(microseconds) * BUCKETS_PER_DOUBLING) if microseconds > 1 else 0


def seconds_of(bucket: int) -> float:
    """The duration that stands for all of a bucket."""
    return float(2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING) / 1e6)


class Histogram:
    """How often a duration fell into each bucket."""

    def __init__(self, counts: Mapping[int, int] | Iterable[tuple[int, int]] = ()) -> None:
        self._counts: defaultdict[int, int] = defaultdict(int, counts)

    def record(self, seconds: float) -> None:
        """Count one duration."""
        self._counts[bucket_of(seconds)] += 1

    def quantile(self, share: float) -> float | None:
        """The duration in seconds that this share (over 0, up to 1) does not exceed; None of nothing."""
        rank = ceil(share * len(self))
        for bucket, count in self.buckets():
            rank -= count
            if rank <= 0:
                return seconds_of(bucket)
        return None

    def buckets(self) -> list[tuple[int, int]]:
        """Bucket and count, shortest durations first, without those that are empty."""
        return sorted(self._counts.items())

    def __len__(self) -> int:
        return sum(self._counts.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self._counts == other._counts
