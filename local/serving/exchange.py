"""What both protocols share: a route is called, and its outcome is delivered now or when it is there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from local.serving.messages import HangUp, Outcome, Reply, Request, Route

_LOG = logging.getLogger(__name__)
Deliver = Callable[[Outcome], None]


def serve(route: Route, request: Request, deliver: Deliver) -> asyncio.Task[None] | None:
    """Answer a request; the task that does so later, when the route is not done at once.

    A route that fails is answered with 500 and logged: the failure is the stand-in's, not the caller's.
    """
    try:
        outcome = route(request)
    except Exception:
        deliver(_failed(request))
        return None
    if isinstance(outcome, Reply | HangUp):
        deliver(outcome)
        return None
    return asyncio.get_running_loop().create_task(_later(outcome, request, deliver))


async def _later(outcome: Awaitable[Outcome], request: Request, deliver: Deliver) -> None:
    try:
        found = await outcome
    except Exception:
        found = _failed(request)
    deliver(found)


def _failed(request: Request) -> Reply:
    _LOG.exception("unexpected failure while serving %s %s", request.method, request.path)
    return Reply(500, b"unexpected failure of the stand-in; its log has the trace")
