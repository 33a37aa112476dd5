"""The release day of a studio, run through the deployment that serves it: traffic, the hottest day, waits, fan-out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benches.scale import measured
from benches.scale.load import Call, Scale, busiest, calls_of_day, popularity
from benches.scale.measured import COSTS, Command
from benches.scale.pacing import Pace, Written, write_paced
from benches.scale.queues import instances_over_time, percentile, ramped_waits, waits

# Assumptions: at the release half of all clients have the app open, each with a listener for the day that they are
# after, one for their bookings, one for the inbox and one for the profile; trainers listen to four things, too.
LOOKING = 0.5
LISTENERS_EACH = 4
# Besides the day, a commit is read once each by the booking's client, its trainer twice, an admin and an inbox.
OWN_READS = 5
PACE = Pace(measured.BURST, measured.PAUSE_SECONDS, measured.POLL_SECONDS, measured.WRITE_SECONDS)
# What "a second" means for a rate that must be sustained.
WINDOW_SECONDS = 10.0
_A_DAY = 86_400.0

# A trainer's day, and the session: written at the same times, for the same reason.
_SHARED = 2

# Numbers of trainers' days, with when they changed.
Changes = Mapping[int, Sequence[float]]


@dataclass(frozen=True)
class Deployment:
    """What serves a studio: instances that are kept warm, a Cloud SQL machine, relay workers."""

    warm: int
    database_vcpus: int
    database_gib: float
    workers: int


@dataclass(frozen=True)
class Traffic:
    """Counts of the day; rates of its busiest ten seconds. A change is a document or an entry that a commit leaves."""

    calls: int
    bookings: int
    commits: int
    changes: int
    writes: int
    calls_per_second: float
    bookings_per_second: float
    commits_per_second: float
    changes_per_second: float
    writes_per_second: float

    @property
    def mean_commits_per_second(self) -> float:
        return self.commits / _A_DAY


@dataclass(frozen=True)
class HottestDay:
    """The trainer's day that changes most often: rates of its busiest ten seconds, and from commit to screen.

    `calls_per_second` is that of the day that is asked for most often, mostly in vain.
    """

    calls_per_second: float
    changes: int
    writes: int
    changes_per_second: float
    writes_per_second: float
    p50_seconds: float
    p99_seconds: float


@dataclass(frozen=True)
class Serving:
    """What the deployment grew to; how long calls waited for an instance, and writes if the ramp held them to it."""

    instances: int
    connections: int
    call_wait_p99_seconds: float
    ramp_wait_p99_seconds: float


@dataclass(frozen=True)
class FanOut:
    """Open apps and their listeners at the release; what is sent to them, and billed as reads."""

    apps: int
    listeners: int
    on_one_day: int
    deliveries_per_second: float
    reads: int


@dataclass(frozen=True)
class Day:
    """One release day."""

    scale: Scale
    deployment: Deployment
    traffic: Traffic
    hottest: HottestDay
    serving: Serving
    fan_out: FanOut


def simulate(scale: Scale, deployment: Deployment, seed: int = 1) -> Day:
    """The day; the same for the same arguments."""
    calls = calls_of_day(scale, seed)
    commits = [call for call in calls if COSTS[call.command].writes]
    changes = _changes(commits)
    written = {day: write_paced(times, PACE) for day, times in changes.items()}
    shared = (at for day in written.values() for at in day.times for _ in range(_SHARED))
    writes = sorted([*_own_writes(commits), *shared])
    return Day(
        scale=scale,
        deployment=deployment,
        traffic=_traffic(calls, commits, writes),
        hottest=_hottest(calls, changes, written),
        serving=_serve([call.at for call in calls], writes, deployment),
        fan_out=_fan_out(scale, commits, written),
    )


def _changes(commits: Iterable[Call]) -> Changes:
    changes: dict[int, list[float]] = defaultdict(list)
    for call in commits:
        changes[call.day].append(call.at)
    return changes


def _own_writes(commits: Iterable[Call]) -> list[float]:
    """When documents are written that only one commit changes: everything but days and sessions."""
    return [
        call.at + measured.WRITE_SECONDS
        for call in commits
        for _ in range(COSTS[call.command].writes - COSTS[call.command].shared)
    ]


def _traffic(calls: Sequence[Call], commits: Sequence[Call], writes: Sequence[float]) -> Traffic:
    bookings = [call.at for call in commits if call.command in (Command.BOOK, Command.JOIN)]
    changes = [call.at for call in commits for _ in range(COSTS[call.command].writes)]
    rates = [[call.at for call in calls], bookings, [call.at for call in commits], changes, writes]
    return Traffic(
        *(len(times) for times in rates),
        *(busiest(times, WINDOW_SECONDS) for times in rates),
    )


def _hottest(calls: Iterable[Call], changes: Changes, written: Mapping[int, Written]) -> HottestDay:
    asked: dict[int, list[float]] = defaultdict(list)
    for call in calls:
        asked[call.day].append(call.at)
    rates = {day: busiest(times, WINDOW_SECONDS) for day, times in changes.items()}
    hottest = max(rates, key=lambda day: rates[day])
    writes = written[hottest]
    return HottestDay(
        calls_per_second=max(busiest(times, WINDOW_SECONDS) for times in asked.values()),
        changes=len(changes[hottest]),
        writes=len(writes.times),
        changes_per_second=rates[hottest],
        writes_per_second=busiest(writes.times, WINDOW_SECONDS),
        p50_seconds=percentile(writes.delays, 0.5),
        p99_seconds=percentile(writes.delays, 0.99),
    )


def _serve(arrivals: Sequence[float], writes: Sequence[float], deployment: Deployment) -> Serving:
    ready = instances_over_time(
        arrivals,
        warm=deployment.warm,
        per_instance=measured.CALLABLES_PER_VCPU,
        cold_start_seconds=measured.COLD_START_SECONDS,
    )
    return Serving(
        instances=len(ready),
        connections=len(ready) * measured.CONNECTIONS_PER_INSTANCE
        + deployment.workers * measured.CONNECTIONS_PER_WORKER,
        call_wait_p99_seconds=percentile(waits(arrivals, ready, 1 / measured.CALLABLES_PER_VCPU), 0.99),
        ramp_wait_p99_seconds=percentile(ramped_waits(writes), 0.99),
    )


def _fan_out(scale: Scale, commits: Sequence[Call], written: Mapping[int, Written]) -> FanOut:
    looking = scale.clients * LOOKING
    shares = popularity(scale.classes)
    viewers = [
        round(looking * (share - before)) for before, share in zip([0.0, *shares], shares, strict=False)
    ]
    sent: Counter[int] = Counter()
    for day, writes in written.items():
        for at in writes.times:
            # Who looks at a day without a class looks at it alone.
            sent[int(at // WINDOW_SECONDS)] += max(1, viewers[day]) if day < len(viewers) else 1
    for call in commits:
        sent[int(call.at // WINDOW_SECONDS)] += OWN_READS
    apps = round(looking + scale.trainers)
    return FanOut(
        apps=apps,
        listeners=apps * LISTENERS_EACH,
        on_one_day=viewers[0],
        deliveries_per_second=max(sent.values()) / WINDOW_SECONDS,
        reads=sent.total(),
    )
