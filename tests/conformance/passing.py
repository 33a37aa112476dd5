"""The record of tests that pass, kept in passing.txt: losing one of them fails the run."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.conformance.report import Recorded
from tests.conformance.results import SuiteResult

RECORD = Path(__file__).with_name("passing.txt")


def read_record(path: Path = RECORD) -> Recorded:
    """The recorded (suite, test name) pairs; an absent file records nothing."""
    return parse_record(path.read_text().splitlines() if path.exists() else ())


def parse_record(lines: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Read lines of `<suite> <test name>`."""
    pairs = (line.split(" ", 1) for line in lines if line.strip())
    return frozenset((suite, name) for suite, name in pairs)


def update_record(recorded: Recorded, results: Sequence[SuiteResult]) -> frozenset[tuple[str, str]]:
    """Replace what is recorded of the applicable tests in these results by how they ended now."""
    ran = {(result.suite, name) for result in results for name in result.applicable}
    passed = {(result.suite, name) for result in results for name in result.passed_among(result.applicable)}
    return frozenset((recorded - ran) | passed)


def write_record(recorded: Recorded, path: Path = RECORD) -> None:
    path.write_text("".join(f"{suite} {name}\n" for suite, name in sorted(recorded)))
