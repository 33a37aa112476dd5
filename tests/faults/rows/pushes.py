"""Pushes: FCM in trouble, and workers that die between claiming, sending and marking."""

from collections.abc import Iterator
from contextlib import contextmanager

from courtside import crash_points
from local.fcm.answers import Answer
from local.fcm.client import ALL, FcmStandIn
from local.fcm.process import running_fcm
from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.notified import expect_each_told_once, forget_how_often, install_phones, settle

_NO_WORKERS = Setup(workers=0)
_LEASE_SECONDS = "2"
_TROUBLE = (
    Answer("UNAVAILABLE", times=4),
    Answer(drop="after", times=4),
    Answer("QUOTA_EXCEEDED", times=2, retry_after=1),
    Answer("BAD_GATEWAY", times=4, accepted=True),
    Answer(latency_seconds=1.0, times=6),
)
_ROUNDS = 6


@row(
    35,
    "FCM refuses, is slow, or loses replies",
    injected="UNAVAILABLE, connections that end after FCM took the message, a quota, 502 for what was taken, slowness",
    expected="each push is accepted in the end or says why not; what was sent twice is seen once",
    invariants="I3 I8",
    setup=_NO_WORKERS,
)
def fcm_is_in_trouble(arena: Arena) -> int:
    """Trouble of every kind, one after the other, while people book."""
    with _phones(arena) as fcm:
        arena.start_worker(FCM_URL=fcm.url, DELIVERY_LEASE_SECONDS=_LEASE_SECONDS)
        fcm.script(ALL, *_TROUBLE)
        for _ in range(_ROUNDS):
            arena.act(20)
            forget_how_often(arena)
        settle(arena)
        expect_each_told_once(arena, fcm)
        return sum(attempt.status != 200 for attempt in fcm.attempts())


@row(
    35,
    "kill -9 of a worker while it sends pushes",
    injected="a worker kills itself once it has claimed, sent, or marked, in turn",
    expected="another sends when the lease ends: each is taken or says why not; what was sent twice is seen once",
    invariants="I3",
    setup=_NO_WORKERS,
)
def senders_are_killed(arena: Arena) -> int:
    """Worker after worker dies, each a step later than the one before."""
    with _phones(arena) as fcm:
        for point in crash_points.OF_DELIVERIES:
            forget_how_often(arena)
            victim = arena.start_worker(
                CRASH_AT=point, FCM_URL=fcm.url, DELIVERY_LEASE_SECONDS=_LEASE_SECONDS
            )
            victim.wait_until_killed()
        arena.start_worker(FCM_URL=fcm.url, DELIVERY_LEASE_SECONDS=_LEASE_SECONDS)
        arena.act(20)
        settle(arena)
        expect_each_told_once(arena, fcm)
    return len(crash_points.OF_DELIVERIES)


@contextmanager
def _phones(arena: Arena) -> Iterator[FcmStandIn]:
    with running_fcm() as fcm:
        install_phones(arena)
        yield fcm
