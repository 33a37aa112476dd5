"""How long a reconciliation takes, beside merely reading the same documents with the same client.

The documents are a studio's after a year: mostly sessions and bookings that are over, inboxes, clients, open days.
"""

import gc
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg

from benches.report import print_json, print_table
from benches.studio import Studio, running_studio
from courtside.firestore.stored import read_stored
from courtside.relay.reconcile.run import PAGE, Plan, reconcile
from courtside.relay.worker import sweep

DOCUMENTS = 100_000
BOUND = 2.0
_DOCUMENTS_PER_TRAINER = 2000
_READ_TIMEOUT_SECONDS = 20.0
# Of the documents, how many in a thousand are sessions, and as many bookings; the rest are notifications.
_SESSIONS_PER_MILLE = 350
_SWEEP_SECONDS = 600.0
_ROUNDS = 3
# As many as a reconciliation has.
_THREADS = 2

_HISTORY = """
    INSERT INTO users (id, role, display_name, created_at)
    SELECT 'guest' || n, 'client', 'Guest ' || n, now() FROM generate_series(0, %(sessions)s / 40) AS n;

    INSERT INTO sessions (id, trainer_id, service_id, starts_at, ends_at, busy, capacity, seats_taken, status,
                          created_at)
    SELECT gen_random_uuid(), service.trainer_id, service.id, start, start + interval '1 hour',
           tstzrange(start, start + interval '1 hour'), 1, 1, 'completed', start - interval '1 week'
    FROM services AS service, generate_series(1, %(sessions)s / %(trainers)s) AS n,
         LATERAL (SELECT date_trunc('hour', now()) - make_interval(hours => 48 + n) AS start) AS at;

    INSERT INTO bookings (id, session_id, client_id, status, price_minor, currency, created_at)
    SELECT gen_random_uuid(), id, 'guest' || row_number() OVER () %% (%(sessions)s / 40), 'completed', 5000, 'EUR',
           created_at
    FROM sessions WHERE status = 'completed';

    INSERT INTO notifications (id, user_id, type, payload, dedupe_key, created_at)
    SELECT gen_random_uuid(), client_id, 'booking_confirmed', jsonb_build_object('booking_id', id, 'title', 'Training'),
           id::text, created_at FROM bookings LIMIT %(notifications)s;

    INSERT INTO projection (path, want, wanted_at, next_at)
    SELECT path, 1, now(), now() FROM (
        SELECT kind || id AS path FROM users, unnest(ARRAY['clients/', 'access/']) AS kind
        UNION ALL SELECT 'sessions/' || id FROM sessions
        UNION ALL SELECT 'bookings/' || id FROM bookings
        UNION ALL SELECT 'users/' || user_id || '/inbox/' || id FROM notifications
    ) AS document ON CONFLICT DO NOTHING
"""


def run(*, quick: bool = False) -> None:
    """Measure and print."""
    documents = DOCUMENTS // 10 if quick else DOCUMENTS
    with running_studio() as studio:
        paths = _fill(studio, documents)
        gc.freeze()  # as the command line does
        # In turns, the best of each: what else the machine does must not decide.
        rounds = [(_read(studio, paths), _reconcile(studio, len(paths))) for _ in range(_ROUNDS)]
    reading, reconciling = (min(seconds) for seconds in zip(*rounds, strict=True))
    ratio = reconciling / reading
    timed = (("reading every document", reading), ("reconciling", reconciling))
    rows = [(name, f"{seconds:.1f}", f"{len(paths) / seconds:,.0f}") for name, seconds in timed]
    verdict = f"{ratio:.2f} times as long, bound {BOUND:g}: {'within' if ratio <= BOUND else 'ABOVE'} it"
    print_table(f"Reconciling {len(paths):,} documents", ("", "seconds", "documents/s"), rows, [verdict])
    print_json(
        "reconcile",
        {"documents": len(paths), "reading_s": reading, "reconciling_s": reconciling, "ratio": ratio},
    )


def _fill(studio: Studio, documents: int) -> list[str]:
    trainers = documents // _DOCUMENTS_PER_TRAINER
    studio.open(trainers, 0)
    sessions = documents * _SESSIONS_PER_MILLE // 1000
    url = studio.backends.settings.database_url
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as connection:
        left = documents - 2 * sessions - 2 * (sessions // 40) - _paths(connection)
        connection.execute(
            _HISTORY,
            {"sessions": sessions, "trainers": trainers, "notifications": left},
        )
        connection.commit()
        sweep(studio.backends, limit_seconds=_SWEEP_SECONDS)
        return [
            path
            for (path,) in connection.execute("SELECT path FROM projection WHERE update_time IS NOT NULL")
        ]


def _paths(connection: "psycopg.Connection[tuple[int]]") -> int:
    row = connection.execute("SELECT count(*) FROM projection WHERE update_time IS NOT NULL").fetchone()
    assert row is not None
    return row[0]


def _read(studio: Studio, paths: Sequence[str]) -> float:
    """Seconds for reading all documents."""
    pages = [paths[start : start + PAGE] for start in range(0, len(paths), PAGE)]

    def read(page: Sequence[str]) -> int:
        return len(read_stored(studio.backends.firestore, page, timeout_seconds=_READ_TIMEOUT_SECONDS))

    started = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as threads:
        assert sum(threads.map(read, pages)) == len(paths)
    return time.perf_counter() - started


def _reconcile(studio: Studio, documents: int) -> float:
    """Seconds for a reconciliation, which finds nothing."""
    started = time.perf_counter()
    result = reconcile(studio.backends, Plan())
    took = time.perf_counter() - started
    # Its own report is on its way.
    if result.found or result.in_flight > 1 or result.seen < documents:
        raise RuntimeError(f"{result.seen} seen, {result.in_flight} in flight: {result.examples}")
    return took
