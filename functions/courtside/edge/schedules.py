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


class JobFailed(RuntimeError):
    """A scheduled job failed; what went wrong is in the log alone."""


def scheduled_function(name: str, job: Job, runtime: Runtime, *, schedule: str, **options: Any) -> Any:
    """A deployable function that runs `job` on a schedule; the job returns how many items it handled.

    A job that fails is answered with 500 and without its error, which the SDK would log and send verbatim;
    Cloud Scheduler then tries again if it is configured to.
    """

    def run(event: scheduler_fn.ScheduledEvent) -> None:
        started = time.monotonic()
        try:
            handled = job(runtime.backends)
        # SystemExit counts, as for callables: code 3 would end the server.
        except (Exception, SystemExit):
            log.exception("schedule failed", extra={"fields": {"job": name}})
            raise JobFailed(name) from None
        duration_ms = round((time.monotonic() - started) * 1000, 2)
        log.info("schedule", extra={"fields": {"job": name, "handled": handled, "duration_ms": duration_ms}})

    run.__name__ = run.__qualname__ = name
    return scheduler_fn.on_schedule(schedule=schedule, **options)(run)
