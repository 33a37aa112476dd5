"""Single commands beside the load, timed: how long people wait while something is broken, and what they are told."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx

from tests.faults.arena import Arena
from tests.faults.load import reason_of
from tests.integration.bookings.callers import unsigned_token

# Longer than anybody may have to wait: what takes so long hangs.
_PATIENCE_SECONDS = 40.0
OK = "OK"


@dataclass(frozen=True)
class Probe:
    """One answer, after so many seconds; `reason` is OK, that of the refusal, or what came instead of an answer."""

    seconds: float
    reason: str


def probe(arena: Arena) -> Probe:
    """Register somebody new, whom nobody else's commands can keep waiting."""
    project = arena.world.backends.settings.project
    uid, command_id = f"probe-{uuid4().hex[:12]}", str(uuid4())
    person = {"display_name": "Probe", "time_zone": "UTC"}
    started = time.monotonic()
    try:
        reply = httpx.post(
            f"{arena.functions.url}/account",
            headers={"Authorization": f"Bearer {unsigned_token(uid, project)}"},
            json={"data": {"command": "register_client", "command_id": command_id, **person}},
            timeout=_PATIENCE_SECONDS,
            trust_env=False,
        )
        body = reply.json()
        reason = OK if "result" in body else reason_of(body) or f"{reply.status_code} {reply.text[:200]}"
    except (httpx.TransportError, ValueError) as error:
        reason = type(error).__name__
    return Probe(time.monotonic() - started, reason)


def probe_together(arena: Arena, count: int) -> list[Probe]:
    """So many at once."""
    with ThreadPoolExecutor(count) as threads:
        return [done.result() for done in [threads.submit(probe, arena) for _ in range(count)]]


@contextmanager
def probing(arena: Arena, count: int) -> Iterator[list[Probe]]:
    """So many people who ask without pause while the block runs; whatever happens in it meets each at some step."""
    answers: list[Probe] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answers.append(probe(arena))

    with ThreadPoolExecutor(count) as threads:
        for _ in range(count):
            threads.submit(ask)
        try:
            yield answers
        finally:
            done.set()


def expect_quick_refusals(arena: Arena, probes: list[Probe], *, seconds: float) -> int:
    """Nobody waited for longer than that, and was told anything but to try again; how many were refused."""
    for answer in probes:
        arena.expect(
            answer.seconds <= seconds, f"an answer took {answer.seconds:.1f} s, {seconds:g} s are allowed"
        )
        arena.expect(answer.reason in {OK, *_TRY_AGAIN}, f"a caller was told {answer.reason}")
    return sum(answer.reason != OK for answer in probes)


_TRY_AGAIN = ("TRY_AGAIN", "OUTCOME_UNKNOWN", "CONTENDED")
