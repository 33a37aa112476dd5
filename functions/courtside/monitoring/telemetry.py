"""Telemetry: where measurements and traces go beside Postgres; nowhere, unless an OTLP endpoint is configured."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from courtside.config import Settings
from courtside.monitoring.model import DatabaseClock
from courtside.observer import Attribute, Round


class Telemetry(Protocol):
    """A receiver of measurements and traces; slow or absent, it holds up nothing and raises nothing."""

    def span(self, name: str, attributes: Mapping[str, Attribute]) -> AbstractContextManager[None]:
        """A part of the work, below the one that this thread is in."""
        ...

    def answered(self, command: str, code: str, seconds: float) -> None:
        """Take in that a call was answered."""
        ...

    def carried_out(self, rounds: Sequence[Round], clock: DatabaseClock) -> None:
        """Take in rounds of the relay."""
        ...

    def found(self, backlog: Mapping[str, float | None]) -> None:
        """Take in how far behind the relay is now, by the fields of `db.outbox.Backlog`."""
        ...

    def close(self) -> None:
        """Send what is left."""
        ...


class Silent:
    """Tells nobody."""

    _NOTHING = nullcontext()

    def span(self, name: str, attributes: Mapping[str, Attribute]) -> AbstractContextManager[None]:
        """Nothing."""
        return self._NOTHING

    def answered(self, command: str, code: str, seconds: float) -> None:
        """Nothing."""

    def carried_out(self, rounds: Sequence[Round], clock: DatabaseClock) -> None:
        """Nothing."""

    def found(self, backlog: Mapping[str, float | None]) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


SILENT: Telemetry = Silent()


def open_telemetry(settings: Settings) -> Telemetry:
    """OTLP over HTTP to the configured endpoint; without one nothing of OpenTelemetry is even imported."""
    if settings.otlp_endpoint is None:
        return SILENT
    # Importing it takes long enough to be felt in a cold start.
    from courtside.monitoring.otlp import Otlp

    return Otlp(settings.otlp_endpoint)
