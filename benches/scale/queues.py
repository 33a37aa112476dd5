"""Waiting: calls for instances that start when they are needed, and writes for a service that warms up slowly."""

import heapq
from collections import Counter
from collections.abc import Sequence
from math import ceil

from benches.scale import measured


def instances_over_time(
    arrivals: Sequence[float], *, warm: int, per_instance: float, cold_start_seconds: float
) -> list[float]:
    """From when each instance answers: the warm ones always, others once a second needed more than there were."""
    ready = [float("-inf")] * warm
    for second, calls in sorted(Counter(int(at) for at in arrivals).items()):
        missing = ceil(calls / per_instance) - len(ready)
        ready += [second + 1 + cold_start_seconds] * missing
    return ready


def waits(arrivals: Sequence[float], ready: Sequence[float], service_seconds: float) -> list[float]:
    """How long each arrival waits until one of the servers begins with it, first come, first served."""
    free = list(ready)
    heapq.heapify(free)
    waited = []
    for at in arrivals:
        starts = max(at, free[0])
        heapq.heapreplace(free, starts + service_seconds)
        waited.append(starts - at)
    return waited


def ramped_waits(arrivals: Sequence[float]) -> list[float]:
    """How long writes wait if Firestore took no more than its 500/50/5 rule says.

    The rate that is taken grows by half in every five minutes in which at least that much was wanted, and falls back
    when less was.
    """
    waited: list[float] = []
    allowed, free = measured.RAMP_START_PER_SECOND, float("-inf")
    window, written = 0.0, 0
    for at in arrivals:
        starts = max(at, free)
        while starts >= window + measured.RAMP_EVERY_SECONDS:
            full = written >= 0.9 * allowed * measured.RAMP_EVERY_SECONDS
            allowed = allowed * measured.RAMP_FACTOR if full else measured.RAMP_START_PER_SECOND
            window, written = window + measured.RAMP_EVERY_SECONDS, 0
        free = starts + 1 / allowed
        written += 1
        waited.append(starts - at)
    return waited


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed; 0 of none."""
    return sorted(values)[min(len(values) - 1, ceil(share * len(values)) - 1)] if values else 0.0
