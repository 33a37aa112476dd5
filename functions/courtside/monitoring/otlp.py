"""OpenTelemetry by OTLP over HTTP: the relay's measurements as metrics, commands and their writes as traces."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import uuid4

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from courtside.errors import Refusal
from courtside.monitoring.model import DatabaseClock, Step, steps_of
from courtside.observer import Attribute, Round

NAME = "courtside"
_EXPORT_SECONDS = 15.0
_CALL_TIMEOUT_SECONDS = 3.0
# A backlog that was counted longer ago is not told any more: another process counts it now, or none.
_BACKLOG_HOLDS_SECONDS = 60.0
# From what the edge needs to what the relay may take to come back from an outage.
_BOUNDS_SECONDS = (
    *(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0),
)


class Otlp:
    """Sends in batches, from threads of its own; an endpoint out of reach costs nothing but what was to be sent."""

    def __init__(self, endpoint: str, *, export_seconds: float = _EXPORT_SECONDS) -> None:
        base = endpoint.rstrip("/")
        resource = Resource.create({"service.name": NAME, "service.instance.id": str(uuid4())})
        spans = OTLPSpanExporter(f"{base}/v1/traces", timeout=_CALL_TIMEOUT_SECONDS)
        self._traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._traces.add_span_processor(BatchSpanProcessor(spans))
        self._tracer = self._traces.get_tracer(NAME)
        metrics = OTLPMetricExporter(f"{base}/v1/metrics", timeout=_CALL_TIMEOUT_SECONDS)
        reader = PeriodicExportingMetricReader(metrics, export_interval_millis=export_seconds * 1000)
        self._metrics = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        self._backlog: tuple[float, Mapping[str, float | None]] | None = None
        self._instrument()

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, Attribute]) -> Iterator[None]:
        """A span of a trace. Of an error its type alone is told: texts quote what they choke on."""
        named = {f"{NAME}.{key}": value for key, value in attributes.items()}
        with self._tracer.start_as_current_span(
            name, attributes=named, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Refusal as refusal:
                span.set_attribute(f"{NAME}.refusal", refusal.reason)
                raise
            except BaseException as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    def answered(self, command: str, code: str, seconds: float) -> None:
        """Take in that a call was answered."""
        self._calls.record(seconds, {"command": command, "code": code})

    def carried_out(self, rounds: Sequence[Round], clock: DatabaseClock) -> None:
        """Take in how long items took, and what failed."""
        for round_ in rounds:
            written_at, held = clock.time_of(round_.written), round_.written - round_.leased
            for kind, committed_at in round_.landed:
                for step, seconds in zip(Step, steps_of(committed_at, written_at, held), strict=True):
                    self._latency.record(seconds, {"kind": kind, "step": step.value})
            for kind in round_.failed:
                self._retries.add(1, {"kind": kind})

    def found(self, backlog: Mapping[str, float | None]) -> None:
        """Take in how far behind the relay is now."""
        self._backlog = time.monotonic(), backlog

    def close(self) -> None:
        """Send what is left, for no longer than a call may take."""
        self._traces.shutdown()
        self._metrics.shutdown(timeout_millis=_CALL_TIMEOUT_SECONDS * 1000)

    def _instrument(self) -> None:
        meter = self._metrics.get_meter(NAME)
        self._latency = meter.create_histogram(
            f"{NAME}.relay.latency",
            unit="s",
            description="How long items took for each step from their commit to where they belong.",
            explicit_bucket_boundaries_advisory=_BOUNDS_SECONDS,
        )
        self._calls = meter.create_histogram(
            f"{NAME}.calls",
            unit="s",
            description="How long callers waited for the answers of commands and queries.",
            explicit_bucket_boundaries_advisory=_BOUNDS_SECONDS,
        )
        self._retries = meter.create_counter(
            f"{NAME}.relay.retries", unit="{attempt}", description="Attempts that failed and are made again."
        )
        meter.create_observable_gauge(
            f"{NAME}.relay.backlog",
            [self._observe_backlog],
            unit="{item}",
            description="Items that are due, and items that were given up.",
        )
        meter.create_observable_gauge(
            f"{NAME}.relay.oldest",
            [self._observe_oldest],
            unit="s",
            description="How long the oldest item that is due has waited.",
        )

    def _observe_backlog(self, options: CallbackOptions) -> Iterator[Observation]:
        if backlog := self._fresh_backlog():
            for state in ("documents", "entries", "dead"):
                yield Observation(backlog[state] or 0, {"state": state})

    def _observe_oldest(self, options: CallbackOptions) -> Iterator[Observation]:
        if backlog := self._fresh_backlog():
            yield Observation(backlog["oldest_seconds"] or 0.0)

    def _fresh_backlog(self) -> Mapping[str, float | None] | None:
        if self._backlog is None or time.monotonic() - self._backlog[0] > _BACKLOG_HOLDS_SECONDS:
            return None
        return self._backlog[1]
