"""`health/reconcile`: what the last reconciliation found, for admins."""

from typing import Any

from courtside.relay.reconcile.store import Run
from courtside.relay.reconcile.verdicts import Kind

SERVICE = "reconcile"


def report_of(run: Run) -> dict[str, Any]:
    """A run as its report: counts by kind, and some paths; times as ISO text."""
    return {
        "started_at": run.started_at.isoformat(),
        "seen_at": run.seen_at.isoformat(),
        "finished_at": None if run.finished_at is None else run.finished_at.isoformat(),
        "repairs": run.repairs,
        "seen": run.seen,
        "in_flight": run.in_flight,
        "drift": {kind.value: run.drift.get(kind.value, 0) for kind in Kind},
        "found": run.found,
        "repaired": run.repaired,
        "examples": list(run.examples),
    }
