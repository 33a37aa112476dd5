"""Reports: what counted buckets say, and the document that is made of a report."""

from datetime import UTC, datetime

import pytest

from courtside.histogram import WORST_ERROR, bucket_of
from courtside.monitoring.model import Counted, HealthReport
from courtside.monitoring.projection import project_health
from courtside.monitoring.service import summarize

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def counted(kind: str, step: str, seconds: float, count: int) -> Counted:
    return Counted(kind, step, bucket_of(seconds), count)


def test_quantiles_are_told_by_kind_and_step_in_milliseconds() -> None:
    summary = summarize(
        [
            counted("days", "commit_to_written", 0.004, 90),
            counted("days", "commit_to_written", 0.030, 8),
            counted("days", "commit_to_written", 2.0, 2),
            counted("feed", "commit_to_lease", 0.001, 1),
        ]
    )

    # Rounded to three digits.
    near = WORST_ERROR + 0.005
    assert summary["days"]["commit_to_written"] == {
        "count": 100,
        "p50_ms": pytest.approx(4, rel=near),
        "p95_ms": pytest.approx(30, rel=near),
        "p99_ms": pytest.approx(2000, rel=near),
    }
    assert set(summary["feed"]) == {"commit_to_lease"}


def test_nothing_counted_says_nothing() -> None:
    assert summarize([]) == {}


def test_times_of_a_report_are_times_in_its_document_at_any_depth() -> None:
    report = {
        "rested_at": NOON.isoformat(),
        "workers": [{"name": "host:1", "seen_at": NOON.isoformat()}],
        "backlog": {"oldest_seconds": None, "note": "2026-05-04"},
    }

    fields = project_health(HealthReport("relay", NOON, report))

    assert fields == {
        "rested_at": NOON,
        "workers": [{"name": "host:1", "seen_at": NOON}],
        "backlog": {"oldest_seconds": None, "note": "2026-05-04"},
        "measured_at": NOON,
    }
