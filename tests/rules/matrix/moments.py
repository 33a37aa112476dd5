"""Times in documents and payloads, which each way of asking writes in its own form."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """A fixed time, in seconds since 1970."""

    seconds: int


@dataclass(frozen=True)
class FromNow:
    """A time so many minutes after the request, by the clock of the client."""

    minutes: int


@dataclass(frozen=True)
class ServerTime:
    """The time of the request, as the server sets it."""
