"""From the return of a booking's COMMIT to its document, to the trainer's inbox, and to FCM, all of the same bookings.

The edge drains its own commit; one worker beside it decides and sends. Documents are seen by bare Listen streams in
other processes, pushes by the stand-in, which says when it took them, and by Postgres, when they were marked.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from benches.relay.workers import running_workers
from benches.report import Latency
from benches.streams import Streams, Version, streaming
from benches.studio import PROJECT, Studio, slot
from courtside.notifications.limits import PUSHES
from courtside.relay.edge_drain import drain_commit
from local.fcm.client import FcmStandIn

BOOKINGS_PER_SECOND = 50.0
PAIRS = 100
_CALLERS = 4
_PUSHED_SECONDS = 30.0

_INSERT_PHONES = """
INSERT INTO installations (id, user_id, platform, token, created_at, refreshed_at)
SELECT 'phone-' || n, 'trainer' || n, 'android', 'phone:' || n, now(), now() FROM generate_series(0, %s - 1) AS n
"""
# As if days had passed: caps and groups begin anew.
_FORGET = "UPDATE deliveries SET created_at = created_at - interval '3 days'"
_OPEN = (
    "SELECT (SELECT count(*) FROM notifications WHERE planned_at IS NULL)"
    " + (SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'sending'))"
)
_MARKED = (
    "SELECT notification_id::text, (extract(epoch FROM accepted_at) * 1000)::float8"
    " FROM deliveries WHERE accepted_at IS NOT NULL"
)


@dataclass
class Told:
    """Milliseconds from a commit, by what was reached, and bookings a second that were reached."""

    bookings: list[float] = field(default_factory=list)
    inboxes: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    marked: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    committed: int = 0

    def latencies(self) -> dict[str, Latency]:
        """Percentiles, by what they are of."""
        return {
            "commit → booking document": Latency.of(self.bookings),
            "commit → inbox document": Latency.of(self.inboxes),
            "commit → push taken by the stand-in": Latency.of(self.taken),
            "commit → push marked as accepted": Latency.of(self.marked),
        }


def open_pairs(studio: Studio) -> list[str]:
    """Trainers with a phone, and a client for each; a service of each trainer, which has to be asked for."""
    studio.open(PAIRS, PAIRS, horizon_days=14)
    with psycopg.connect(studio.backends.settings.database_url, autocommit=True) as connection:
        connection.execute(_INSERT_PHONES, [PAIRS])
        # Nobody is told of how it began.
        connection.execute("UPDATE notifications SET planned_at = now()")
    asked = {"name": "Asked for", "requires_confirmation": True}
    return [studio.add_service(f"trainer{n}", **asked) for n in range(PAIRS)]


def measure_telling(studio: Studio, fcm: FcmStandIn, services: Sequence[str], rounds: int) -> Told:
    """Rounds of as many bookings as may be pushed to everybody, of services as `open_pairs` gave them."""
    told = Told()
    url = studio.backends.settings.database_url
    with (
        psycopg.connect(url, autocommit=True) as connection,
        running_workers(studio, 1, FCM_URL=fcm.url),
    ):
        for number in range(rounds + 1):
            connection.execute(_FORGET)
            # The first opens connections and plans statements.
            into = told if number else Told()
            _round(studio, fcm, connection, services, number * PUSHES, into)
    return told


def _round(
    studio: Studio,
    fcm: FcmStandIn,
    connection: psycopg.Connection[tuple[object, ...]],
    services: Sequence[str],
    first_hour: int,
    told: Told,
) -> None:
    fcm.clear()
    with _listening(studio) as (bookings, inboxes):
        committed, rate = _book(studio, services, first_hour)
        _wait_until_sent(connection)
    told.rates.append(rate)
    told.committed += len(services) * PUSHES
    told.bookings += bookings.milliseconds_since(committed)
    told.inboxes += inboxes.milliseconds_since(committed)
    at = {path.rsplit("/", 1)[1]: ns / 1e6 for (path, _), ns in committed.items() if "/inbox/" in path}
    for sent in fcm.messages():
        told.taken.append(sent.at * 1e3 - at[sent.message["data"]["notification_id"]])
    for notification_id, moment in connection.execute(_MARKED).fetchall():
        if notification_id in at:
            assert isinstance(moment, float)
            told.marked.append(moment - at[str(notification_id)])


@contextmanager
def _listening(studio: Studio) -> Iterator[tuple[Streams, Streams]]:
    host = str(studio.backends.settings.firestore_emulator)
    with (
        streaming(host, PROJECT, "bookings", 1) as bookings,
        streaming(host, PROJECT, "*/inbox", 1) as inboxes,
    ):
        yield bookings, inboxes


def _book(studio: Studio, services: Sequence[str], first_hour: int) -> tuple[dict[Version, int], float]:
    """Book at the pace; when each COMMIT returned, by the document and version that it wants, and the rate."""
    committed: dict[Version, int] = {}

    def book(index: int) -> None:
        pair, hour = index % PAIRS, first_hour + index // PAIRS
        outcome = studio.run(
            f"client{pair}",
            "bookings.book_session",
            service_id=services[pair],
            starts_at=slot(10 + hour).isoformat(),
        )
        at = time.time_ns()
        assert outcome.work is not None
        committed.update({(lease.path, lease.have + 1): at for lease in outcome.work.documents})
        drain_commit(studio.backends, outcome.work)

    count, began = PAIRS * PUSHES, time.monotonic()
    with ThreadPoolExecutor(_CALLERS) as callers:
        running = []
        for index in range(count):
            time.sleep(max(0.0, began + index / BOOKINGS_PER_SECOND - time.monotonic()))
            running.append(callers.submit(book, index))
        for each in running:
            each.result()
    return committed, count / (time.monotonic() - began)


def _wait_until_sent(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    until = time.monotonic() + _PUSHED_SECONDS
    while connection.execute(_OPEN).fetchone() != (0,):
        if time.monotonic() > until:
            raise RuntimeError("pushes are not sent in time")
        time.sleep(0.1)
