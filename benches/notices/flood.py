"""A flood of pushes that are all due: how fast a worker sends them beside a bare client, and in how much memory."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from statistics import mean, median
from uuid import uuid4

import psutil
import psycopg
from psycopg.types.json import Jsonb

from benches.relay.workers import running_workers
from benches.studio import PROJECT, Studio, slot
from courtside.notifications.fcm import CONCURRENT, CONNECTIONS
from local.environment import ROOT
from local.fcm.client import FcmStandIn

_ROUNDS = 2
_PHONES = 1_000
_SAMPLE_SECONDS = 0.25
# At a quarter of what is expected a round is given up.
_LEAST_PER_SECOND = 250

_INSERT_PHONES = """
INSERT INTO installations (id, user_id, platform, token, created_at, refreshed_at)
SELECT 'flood-' || n, %s || n %% %s, 'android', 'flood:' || n, now(), now() FROM generate_series(0, %s - 1) AS n
ON CONFLICT DO NOTHING
"""
_INSERT_PUSHES = """
WITH told AS (
    INSERT INTO notifications (id, user_id, type, priority, payload, dedupe_key, created_at, planned_at)
    SELECT gen_random_uuid(), i.user_id, 'session.requested', 'high', %s, %s || n, now(), now()
    FROM generate_series(1, %s) AS n JOIN installations AS i ON i.id = 'flood-' || n %% %s
    RETURNING id, user_id, dedupe_key
)
INSERT INTO deliveries (id, notification_id, user_id, channel, target, state, created_at, next_at)
SELECT gen_random_uuid(), told.id, told.user_id, 'push',
       'flood-' || replace(told.dedupe_key, %s, '')::int %% %s, 'waiting', now(), now()
FROM told
"""
_PROGRESS = """
SELECT count(*) FILTER (WHERE accepted_at IS NOT NULL), count(*) FILTER (WHERE attempts > 1),
       extract(epoch FROM max(accepted_at) - min(first_sent_at))::float8
FROM deliveries WHERE channel = 'push' AND created_at >= %s
"""


@dataclass
class Flood:
    """Sends a second by round, of the worker and of the bare client; the worker's resident memory in megabytes."""

    pushes: int
    worker: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    again: int = 0

    @property
    def ratio(self) -> float:
        """The worker's rate by that of the bare client beside it."""
        return median(w / b for w, b in zip(self.worker, self.bare, strict=True))

    @property
    def growth(self) -> float:
        """Memory in the last third by memory in the first."""
        third = max(1, len(self.resident) // 3)
        return mean(self.resident[-third:]) / mean(self.resident[:third])


def measure_flood(studio: Studio, fcm: FcmStandIn, *, pushes: int, people: int) -> Flood:
    """Send so many by a worker of its own, and as many by a bare client, by turns."""
    flood, each = Flood(pushes), pushes // _ROUNDS
    url = studio.backends.settings.database_url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_INSERT_PHONES, ["trainer", people, _PHONES])
        with running_workers(studio, 1, FCM_URL=fcm.url) as (worker,):
            process = psutil.Process(worker.pid)
            # Its first batches open connections and compile texts.
            _send(connection, fcm, process, 1_000)
            for _ in range(_ROUNDS):
                rate, resident, again = _send(connection, fcm, process, each)
                flood.worker.append(rate)
                flood.resident += resident
                flood.again += again
                flood.bare.append(_send_bare(fcm, each))
    return flood


def _send(
    connection: psycopg.Connection[tuple[object, ...]], fcm: FcmStandIn, process: psutil.Process, count: int
) -> tuple[float, list[float], int]:
    """Pushes a second, resident megabytes meanwhile, and how many were sent more than once."""
    fcm.clear()
    key = f"{uuid4()}:"
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = '60s'")
        connection.execute(_INSERT_PUSHES, [Jsonb(_payload()), key, count, _PHONES, key, _PHONES])
    resident, until = list[float](), time.monotonic() + 30 + count / _LEAST_PER_SECOND
    while fcm.counts()["accepted"] < count:
        if time.monotonic() > until:
            raise RuntimeError(f"{fcm.counts()} of {count} pushes in time")
        resident.append(process.memory_info().rss / 1e6)
        time.sleep(_SAMPLE_SECONDS)
    while True:
        found = connection.execute(_PROGRESS, row).fetchone()
        assert found is not None
        accepted, again, seconds = found
        if accepted == count:
            assert isinstance(seconds, float)
            assert isinstance(again, int)
            return count / seconds, resident, again
        if time.monotonic() > until:
            raise RuntimeError(f"{accepted} of {count} pushes marked in time")
        time.sleep(_SAMPLE_SECONDS)


def _send_bare(fcm: FcmStandIn, count: int) -> float:
    """Pushes a second of a bare client, with the newest requests that the worker sent."""
    bodies = [json.dumps(sent.request, separators=(",", ":")) for sent in fcm.attempts()]
    fcm.clear()
    url = f"{fcm.url}/v1/projects/{PROJECT}/messages:send"
    arguments = [url, str(count), str(2 * CONCURRENT), str(2 * CONNECTIONS)]
    done = subprocess.run(
        [sys.executable, "-m", "benches.notices.bare_process", *arguments],
        input="\n".join(bodies),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=30 + count / _LEAST_PER_SECOND,
    )
    told = json.loads(done.stdout)
    if told["refused"]:
        raise RuntimeError(f"{told['refused']} of the bare client's pushes were refused")
    return float(count / told["seconds"])


def _payload() -> dict[str, str]:
    start, end = slot(240), slot(241)
    ids = {"booking_id": str(uuid4()), "session_id": str(uuid4())}
    times = {"starts_at": start.isoformat(), "ends_at": end.isoformat()}
    return {"role": "trainer", "service_name": "Bench", **ids, **times}
