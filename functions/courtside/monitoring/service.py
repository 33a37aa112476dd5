"""Reports: what processes counted and the database holds, made into the documents that admins watch."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from courtside.db.outbox import Backlog, count_backlog, mark_documents
from courtside.db.reader import Reader
from courtside.histogram import Histogram
from courtside.monitoring import store
from courtside.monitoring.model import Counted, WorkerSeen

RELAY = "relay"
WINDOW_SECONDS = 300
# However many workers and sweeps there are, the document is written about so often.
_FRESH_SECONDS = 15.0
_QUANTILES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}


def publish_relay(reader: Reader, *, fresh_seconds: float = _FRESH_SECONDS) -> Backlog | None:
    """Measure the relay and have `health/relay` written again; None when somebody did a moment ago.

    The document is left to the relay like any other: where nothing is carried out, its `measured_at` stands still.
    """
    if not store.claim_report(reader, RELAY, fresh_seconds=fresh_seconds):
        return None
    backlog = count_backlog(reader)
    publish(reader, RELAY, _measure(reader, backlog))
    store.prune(reader)
    return backlog


def publish(reader: Reader, service: str, report: dict[str, Any]) -> None:
    """Have `health/{service}` show a report; times in it as ISO text under names that end in `_at`."""
    store.save_report(reader, service, report)
    mark_documents(reader, [f"health/{service}"])


def publish_statistics(
    reader: Reader, name: str, measure: Callable[[], dict[str, Any]], *, fresh_seconds: float
) -> bool:
    """Have `stats/{name}` written again; False when somebody did a moment ago."""
    path = f"stats/{name}"
    if not store.claim_report(reader, path, fresh_seconds=fresh_seconds):
        return False
    store.save_report(reader, path, measure())
    mark_documents(reader, [path])
    return True


def _measure(reader: Reader, backlog: Backlog) -> dict[str, Any]:
    counted = store.list_counted(reader, window_seconds=WINDOW_SECONDS)
    retries = store.list_retries(reader, window_seconds=WINDOW_SECONDS)
    return {
        "backlog": {
            **asdict(backlog),
            "webhooks": store.count_webhooks(reader),
            **asdict(store.count_due(reader)),
            "quarantined": store.count_quarantined(reader),
        },
        "window_seconds": WINDOW_SECONDS,
        "latency": summarize(counted),
        "retries": {row.kind: row.count for row in retries},
        "workers": [_worker(worker) for worker in store.list_workers(reader)],
    }


def summarize(counted: Iterable[Counted]) -> dict[str, dict[str, dict[str, float]]]:
    """Kind → step → `{count, p50_ms, p95_ms, p99_ms}`."""
    buckets: dict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for row in counted:
        buckets[row.kind][row.step].append((row.bucket, row.count))
    return {
        kind: {step: _summary(Histogram(of_step)) for step, of_step in steps.items()}
        for kind, steps in buckets.items()
    }


def _summary(histogram: Histogram) -> dict[str, float]:
    quantiles = {name: histogram.quantile(share) or 0.0 for name, share in _QUANTILES.items()}
    return {"count": len(histogram), **{name: _in_ms(seconds) for name, seconds in quantiles.items()}}


def _in_ms(seconds: float) -> float:
    """Three digits say all that a bucket knows."""
    return float(f"{seconds * 1000:.3g}")


def _worker(worker: WorkerSeen) -> dict[str, str]:
    started_at, seen_at = worker.started_at.isoformat(), worker.seen_at.isoformat()
    return {"name": worker.name, "started_at": started_at, "seen_at": seen_at}
