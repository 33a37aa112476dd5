"""Who calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

LABEL_HEADER = "x-emulator-label"
"""The gRPC metadata or HTTP header by which a caller names itself to the meter and to fault rules."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a transport knows of the sender of a call; `authorization` as it was sent."""

    label: str = ""
    authorization: str = ""


NOBODY = Caller()

_current: ContextVar[Caller] = ContextVar("caller", default=NOBODY)


def current_caller() -> Caller:
    """Whose call is being served."""
    return _current.get()


@contextmanager
def calling(caller: Caller) -> Iterator[None]:
    """Serve a call of this caller while the context lasts."""
    token = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(token)
