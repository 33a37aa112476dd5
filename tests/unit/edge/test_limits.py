"""What one process lets pass, over a bucket that several share; time moves when the test says so."""

import re
from collections import Counter
from dataclasses import dataclass, field

import pytest

from courtside.db.rate_limits import Taken
from courtside.edge import limits
from courtside.edge.limits import Limit, Meter
from courtside.errors import RateLimited, Unavailable
from local.environment import ROOT

LIMIT = Limit(burst=16, per_minute=60)
REFILL = LIMIT.refill_seconds


@dataclass
class Clock:
    """A time that stands still."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bucket:
    """One bucket for all, which fills as the clock goes on; `asked` holds each question's calls and debts."""

    clock: Clock
    level: float = LIMIT.burst
    filled_at: float = 1000.0
    away: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list)

    def take(self, key: str, limit: Limit, *, calls: int, owed: int) -> Taken:
        self.asked.append((calls, owed))
        if self.away:
            raise Unavailable
        gained = (self.clock.now - self.filled_at) * limit.per_minute / 60
        self.level = min(limit.burst, self.level + gained) - owed
        self.filled_at = self.clock.now
        given = max(0, min(calls, int(self.level)))
        self.level -= given
        return Taken(given, 0 if given else (1 - self.level) * 60 / limit.per_minute)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bucket(clock: Clock) -> Bucket:
    return Bucket(clock)


def passes(meter: Meter, calls: int, key: str = "user:ada", limit: Limit = LIMIT) -> int:
    """How many of so many calls pass."""
    passed = 0
    for _ in range(calls):
        try:
            meter.admit(key, limit)
        except RateLimited:
            continue
        passed += 1
    return passed


def test_the_first_calls_ask_nobody(clock: Clock, bucket: Bucket) -> None:
    assert passes(Meter(bucket.take, clock), LIMIT.batch) == LIMIT.batch
    assert bucket.asked == []


def test_one_process_lets_exactly_the_burst_pass(clock: Clock, bucket: Bucket) -> None:
    assert passes(Meter(bucket.take, clock), 100) == LIMIT.burst


def test_what_passed_unasked_is_told_once(clock: Clock, bucket: Bucket) -> None:
    passes(Meter(bucket.take, clock), LIMIT.batch * 3)

    assert bucket.asked == [(LIMIT.batch, LIMIT.batch), (LIMIT.batch, 0)]


@pytest.mark.parametrize("processes", [2, 5, 20])
def test_many_processes_let_no_more_pass_than_the_burst_and_a_batch_each(
    clock: Clock, bucket: Bucket, processes: int
) -> None:
    meters = [Meter(bucket.take, clock) for _ in range(processes)]

    passed = sum(passes(meter, 1) for _ in range(100) for meter in meters)

    assert passed <= LIMIT.burst + processes * LIMIT.batch


def test_who_is_refused_is_told_when_to_come_back_and_then_let_in(clock: Clock, bucket: Bucket) -> None:
    meter = Meter(bucket.take, clock)
    passes(meter, LIMIT.burst)

    with pytest.raises(RateLimited) as refused:
        meter.admit("user:ada", LIMIT)
    clock.now += refused.value.details["retry_after_seconds"]

    assert refused.value.details == {"retry_after_seconds": 1}
    assert passes(meter, 1) == 1


def test_refusing_costs_nothing_until_then(clock: Clock, bucket: Bucket) -> None:
    meter = Meter(bucket.take, clock)
    passes(meter, LIMIT.burst + 1)
    asked = len(bucket.asked)

    assert passes(meter, 1000) == 0
    assert len(bucket.asked) == asked


def test_calls_go_on_at_the_rate_of_the_limit(clock: Clock, bucket: Bucket) -> None:
    meter = Meter(bucket.take, clock)
    passes(meter, 100)

    passed = 0
    for _ in range(60):
        clock.now += 1
        passed += passes(meter, 5)

    assert 58 <= passed <= 62


def test_who_has_rested_is_new_again(clock: Clock, bucket: Bucket) -> None:
    meter = Meter(bucket.take, clock)
    passes(meter, 100)
    asked = len(bucket.asked)
    clock.now += REFILL

    assert passes(meter, LIMIT.batch) == LIMIT.batch
    assert len(bucket.asked) == asked


def test_everybody_has_a_bucket_of_their_own(clock: Clock) -> None:
    buckets: dict[str, Bucket] = {}

    def take(key: str, limit: Limit, *, calls: int, owed: int) -> Taken:
        return buckets.setdefault(key, Bucket(clock)).take(key, limit, calls=calls, owed=owed)

    meter = Meter(take, clock)
    passes(meter, 100, "user:ada")

    assert passes(meter, 100, "user:bob") == LIMIT.burst


def test_a_bucket_out_of_reach_lets_nobody_pass_and_forgets_no_debt(clock: Clock, bucket: Bucket) -> None:
    meter = Meter(bucket.take, clock)
    passes(meter, LIMIT.batch)
    bucket.away = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            meter.admit("user:ada", LIMIT)
    bucket.away = False

    assert passes(meter, 100) == LIMIT.burst - LIMIT.batch
    assert bucket.asked[3] == (LIMIT.batch, LIMIT.batch)


def test_a_limit_of_one_call_lets_one_pass(clock: Clock) -> None:
    once = Limit(burst=1, per_minute=1)
    bucket = Bucket(clock, level=1)

    assert passes(Meter(bucket.take, clock), 10, limit=once) == 1


def test_a_process_remembers_no_more_callers_than_it_has_room_for(
    clock: Clock, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courtside.edge.limits._MOST_KEYS", 10)
    meter = Meter(bucket.take, clock)
    for number in range(1000):
        passes(meter, 1, f"address:{number}")

    assert len(meter._accounts) == 10


def test_the_limits_that_operators_read_of_are_those_that_hold() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").replace(",", "")
    rows = re.findall(r"^\| [^|]+ \| (\d+) \| (\d+) \|$", text, re.MULTILINE)

    held = [value for value in vars(limits).values() if isinstance(value, Limit)]
    assert Counter(Limit(int(burst), int(rate)) for burst, rate in rows) == Counter(held)
