"""Turns the results of the suites into a table, a verdict and one JSON line, without any I/O."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from tests.conformance.applicability import EXCLUSIONS, count_exclusions
from tests.conformance.results import CollectedTest, Outcome, SuiteName, SuiteResult

MINIMUM: Mapping[SuiteName, int] = {"sync": 127, "async": 100}
MESSAGE_WIDTH = 160

Recorded = AbstractSet[tuple[str, str]]


def format_table(results: Sequence[SuiteResult], partial: bool) -> str:
    """One line per suite: passed / applicable / total, what is required, and passes beyond the applicable."""
    rows = [("suite", "passed", "applicable", "total", "required", "beyond")]
    for result in results:
        beyond = result.beyond
        rows.append(
            (
                result.suite,
                str(len(result.passed_among(result.applicable))),
                str(len(result.applicable)),
                str(len(result.collected)),
                "-" if partial else str(MINIMUM[result.suite]),
                f"{len(result.passed_among(beyond))}/{len(beyond)}" if beyond else "-",
            )
        )
    return "\n".join(f"{row[0]:<6}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in rows)


def format_failures(suite: SuiteName, failures: Sequence[Outcome], recorded: Recorded) -> str:
    """Tests that did not pass, by message, the most frequent first; those that passed before are marked."""
    by_message: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in failures:
        by_message[shorten(outcome.message)].append(outcome)
    lines = []
    for message, outcomes in sorted(by_message.items(), key=lambda group: -len(group[1])):
        lines.append(f"  {len(outcomes)}x {message}")
        for outcome in outcomes:
            mark = "  (passed before)" if (suite, outcome.name) in recorded else ""
            lines.append(f"      {outcome.status:<7} {outcome.name}{mark}")
    return "\n".join(lines)


def shorten(message: str) -> str:
    return message if len(message) <= MESSAGE_WIDTH else message[:MESSAGE_WIDTH] + "…"


def format_exclusions(collected: Sequence[CollectedTest]) -> str:
    """The groups of tests that do not apply to an emulator, with their sizes and reasons."""
    counts = count_exclusions(collected)
    return "\n".join(f"  {count:>3}  {EXCLUSIONS[reason]}" for reason, count in counts.most_common())


def find_shortfalls(results: Sequence[SuiteResult], recorded: Recorded, partial: bool) -> list[str]:
    """Say why the run is not good enough; an empty list means that it is.

    A whole run needs the minimum and must not lose a test that passed before; a partial run (`-k`) needs
    every selected applicable test.
    """
    shortfalls = [f"{result.suite}: {result.aborted}" for result in results if result.aborted]
    for result in results:
        passed = len(result.passed_among(result.applicable))
        if partial:
            if result.failures:
                shortfalls.append(
                    f"{result.suite}: {len(result.failures)} of the selected tests did not pass"
                )
            continue
        if passed < MINIMUM[result.suite]:
            shortfalls.append(f"{result.suite}: {passed} passed, {MINIMUM[result.suite]} required")
        lost = [outcome.name for outcome in result.failures if (result.suite, outcome.name) in recorded]
        if lost:
            shortfalls.append(
                f"{result.suite}: {len(lost)} that passed before did not pass: {', '.join(lost)}"
            )
    return shortfalls


def format_json_line(results: Sequence[SuiteResult], version: str, target: str, seconds: float) -> str:
    """The run as one line of JSON, for machines."""
    suites = {
        result.suite: {
            "passed": len(result.passed_among(result.applicable)),
            "applicable": len(result.applicable),
            "total": len(result.collected),
            "beyond_passed": len(result.passed_among(result.beyond)),
            "failed": [outcome.name for outcome in result.failures],
            "aborted": result.aborted,
        }
        for result in results
    }
    line = {"conformance": suites, "suite_version": version, "target": target, "seconds": round(seconds, 1)}
    return json.dumps(line)
