"""Scheduled functions: HTTP handlers that Cloud Scheduler calls, declared through firebase_functions."""

import logging
import time
from collections.abc import Callable
from typing import Any

from firebase_functions import scheduler_fn

from courtside.backends import Backends
from courtside.edge.callables import Runtime

log = logging.getLogger(__name__)

Job = Callable[[Backends], int]


def scheduled_function(name: str, job: Job, runtime: Runtime, *, schedule: str, **options: Any) -> Any:
    """A deployable function that runs `job` on a schedule; the job returns how many items it handled."""

    def run(event: scheduler_fn.ScheduledEvent) -> None:
        started = time.monotonic()
        handled = job(runtime.backends)
        duration_ms = round((time.monotonic() - started) * 1000, 2)
        log.info("schedule", extra={"fields": {"job": name, "handled": handled, "duration_ms": duration_ms}})

    run.__name__ = run.__qualname__ = name
    return scheduler_fn.on_schedule(schedule=schedule, **options)(run)
