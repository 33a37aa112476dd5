"""Who sends what, and when: the day on which next week's classes are released at 18:00, second by second."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from random import Random
from typing import NamedTuple

from benches.scale.measured import Command

HOUR = 3600.0
RELEASE_AT = 18 * HOUR

# The demo studio, as the seed plans it.
TRAINERS, CLIENTS = 12, 60
CLASSES_PER_WEEK, SEATS_PER_CLASS = 35, 12
CLASS_SEATS_PER_WEEK, ONE_TO_ONE_PER_WEEK = 170, 130
CANCELLED, MOVED = 0.10, 0.02

# Assumptions: half of a week's seats in classes are wanted at the moment of the release, most of them within a
# minute or two; whoever finds a class full tries two others; one call in fifty is sent twice.
RUSH_SHARE = 0.5
RUSH_SECONDS = 60.0
TRIES, TRY_AGAIN_SECONDS = 3, 3.0
REPEATED = 0.02
# How much more popular than the tenth the first is: 10 ** 0.7, five times.
POPULARITY = 0.7
# Share of a day's calls by hour: early birds, lunch, and the evening.
_HOURS = (1, 1, 1, 1, 1, 2, 6, 9, 8, 5, 4, 5, 8, 7, 4, 4, 6, 9, 10, 10, 9, 6, 4, 2)
_DATES_IN_REACH = 14


class Call(NamedTuple):
    """One command at a second of the day; `day` names the trainer's day that it is about."""

    at: float
    command: Command
    day: int


@dataclass(frozen=True)
class Scale:
    """How many demo studios there are, and over how long their releases are spread; 0: all at once."""

    times: int
    stagger_seconds: float = 0.0

    @property
    def trainers(self) -> int:
        return TRAINERS * self.times

    @property
    def clients(self) -> int:
        return CLIENTS * self.times

    @property
    def classes(self) -> int:
        """Classes of a week."""
        return CLASSES_PER_WEEK * self.times

    @property
    def rush(self) -> int:
        """Clients who want a seat when classes are released."""
        return round(CLASS_SEATS_PER_WEEK * self.times * RUSH_SHARE)

    @property
    def steady(self) -> int:
        """Bookings of the day besides."""
        rest = ONE_TO_ONE_PER_WEEK + CLASS_SEATS_PER_WEEK * (1 - RUSH_SHARE)
        return round(rest * self.times / 7)


def calls_of_day(scale: Scale, seed: int) -> list[Call]:
    """Every call of the day, in order; the same for the same scale and seed."""
    random = Random(f"{scale.times} {seed}")
    calls = [*_steady_calls(scale, random), *_rush_calls(scale, random)]
    repeated = [call._replace(command=Command.REPEATED) for call in calls if random.random() < REPEATED]
    return sorted((*calls, *repeated), key=lambda call: call.at)


def arrivals(per_second: float, seconds: float, seed: int) -> list[float]:
    """A Poisson stream for so long, from 0 on."""
    random = Random(f"{per_second} {seed}")
    times = accumulate(random.expovariate(per_second) for _ in iter(int, 1))
    return list(takewhile(lambda at: at < seconds, times))


def popularity(count: int) -> list[float]:
    """Cumulative shares of `count` classes or trainers, the most popular first, up to 1."""
    sums = list(accumulate(rank**-POPULARITY for rank in range(1, count + 1)))
    return [value / sums[-1] for value in sums]


def _steady_calls(scale: Scale, random: Random) -> Iterator[Call]:
    """One-to-one sessions and late deciders, over the day; days are numbered after those of the classes."""
    trainers = random.choices(range(scale.trainers), cum_weights=popularity(scale.trainers), k=scale.steady)
    hours = random.choices(range(24), weights=_HOURS, k=scale.steady)
    for trainer, hour in zip(trainers, hours, strict=True):
        day = scale.classes + trainer * _DATES_IN_REACH + random.randrange(_DATES_IN_REACH)
        at = (hour + random.random()) * HOUR
        yield Call(at, Command.BOOK, day)
        dice = random.random()
        if dice < CANCELLED + MOVED:
            later = min(at + random.expovariate(1 / HOUR), 24 * HOUR - 1)
            yield Call(later, Command.CANCEL if dice < CANCELLED else Command.MOVE, day)


def _rush_calls(scale: Scale, random: Random) -> Iterator[Call]:
    """Clients at the release, each after a class; who finds it full tries another one."""
    weights, classes = popularity(scale.classes), range(scale.classes)
    releases = [RELEASE_AT + random.uniform(0, scale.stagger_seconds) for _ in classes]
    seats = [0] * scale.classes
    arriving: list[tuple[float, int, int]] = []
    for wanted in random.choices(classes, cum_weights=weights, k=scale.rush):
        heapq.heappush(arriving, (releases[wanted] + random.expovariate(1 / RUSH_SECONDS), 1, wanted))
    while arriving:
        at, tries, wanted = heapq.heappop(arriving)
        if seats[wanted] < SEATS_PER_CLASS:
            seats[wanted] += 1
            yield Call(at, Command.JOIN if seats[wanted] > 1 else Command.BOOK, wanted)
            continue
        yield Call(at, Command.REFUSED, wanted)
        if tries < TRIES:
            [other] = random.choices(classes, cum_weights=weights)
            heapq.heappush(arriving, (max(at, releases[other]) + TRY_AGAIN_SECONDS, tries + 1, other))


def busiest(times: Sequence[float], window_seconds: float) -> float:
    """The highest rate per second over any stretch of that length; `times` in order."""
    most, first = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - window_seconds:
            first += 1
        most = max(most, last - first + 1)
    return most / window_seconds
