"""What a run of a suite yields: the tests collected, their outcomes, and the reason when it could not run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

SuiteName = Literal["sync", "async"]
Status = Literal["passed", "failed", "skipped"]

SUITES: tuple[SuiteName, ...] = get_args(SuiteName)


class CannotRun(Exception):
    """The harness cannot do its work: nothing is said about the emulator's conformance."""


@dataclass(frozen=True)
class CollectedTest:
    """One collected test, with the reason for which the suite itself skips it on an emulator."""

    name: str
    skip_reason: str | None = None

    @property
    def applies(self) -> bool:
        return self.skip_reason is None


@dataclass(frozen=True)
class Outcome:
    """How one test ended; `message` is the first line of the failure, `trace` all of it."""

    name: str
    status: Status
    seconds: float = 0.0
    message: str = ""
    trace: str = ""


@dataclass(frozen=True)
class SuiteResult:
    """Everything known about one suite after its run; `aborted` says why a run ended early."""

    suite: SuiteName
    collected: Sequence[CollectedTest]
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    aborted: str | None = None

    @property
    def applicable(self) -> list[str]:
        return [test.name for test in self.collected if test.applies]

    @property
    def beyond(self) -> list[str]:
        """Tests that ran although the suite spares emulators from them."""
        spared = [test.name for test in self.collected if not test.applies]
        return [name for name in spared if self.outcome_of(name).status != "skipped"]

    @property
    def failures(self) -> list[Outcome]:
        """The applicable tests that did not pass, those skipped at run time or never reached included."""
        return self._not_passed_among(self.applicable)

    @property
    def beyond_failures(self) -> list[Outcome]:
        return self._not_passed_among(self.beyond)

    def outcome_of(self, name: str) -> Outcome:
        return self.outcomes.get(name, Outcome(name, "skipped", message="not run"))

    def passed_among(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if self.outcome_of(name).status == "passed"]

    def _not_passed_among(self, names: Sequence[str]) -> list[Outcome]:
        outcomes = [self.outcome_of(name) for name in names]
        return [outcome for outcome in outcomes if outcome.status != "passed"]


def outcome_from_event(event: Mapping[str, object]) -> Outcome:
    """Read the recorder's `finished` event."""
    return Outcome(
        name=str(event["name"]),
        status=cast(Status, event["status"]),
        seconds=float(cast(float, event["seconds"])),
        message=str(event["message"]),
        trace=str(event["trace"]),
    )
