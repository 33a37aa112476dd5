"""What the conformance harness counts, demands and records, on made-up results."""

import json

import pytest

from tests.conformance import report
from tests.conformance.applicability import APPLICABLE, COLLECTED, EXCLUSIONS, check_census, count_exclusions
from tests.conformance.passing import parse_record, update_record
from tests.conformance.results import CannotRun, CollectedTest, Outcome, Status, SuiteResult
from tests.conformance.target import named_address

PROFILE = "Query profile not supported in emulator."


def make_result(*, spared: tuple[str, ...] = (), **statuses: Status) -> SuiteResult:
    """A sync result with one applicable test per keyword, and `spared` ones that the suite skipped."""
    collected = [CollectedTest(name) for name in statuses] + [CollectedTest(name, PROFILE) for name in spared]
    outcomes = {name: Outcome(name, status, message=f"{name} broke") for name, status in statuses.items()}
    outcomes |= {name: Outcome(name, "skipped", message=PROFILE) for name in spared}
    return SuiteResult("sync", collected, outcomes)


def make_passing_result(passed: int, failed: int = 0) -> SuiteResult:
    outcomes = [Outcome(f"good_{number}", "passed") for number in range(passed)]
    outcomes += [Outcome(f"bad_{number}", "failed") for number in range(failed)]
    collected = [CollectedTest(outcome.name) for outcome in outcomes]
    return SuiteResult("sync", collected, {outcome.name: outcome for outcome in outcomes})


def test_spared_tests_are_neither_applicable_nor_failures() -> None:
    result = make_result(one="passed", spared=("explain",))
    assert result.applicable == ["one"]
    assert result.failures == []


def test_test_skipped_at_run_time_is_not_a_pass() -> None:
    result = make_result(one="passed", two="skipped")
    assert [outcome.name for outcome in result.failures] == ["two"]
    assert result.passed_among(result.applicable) == ["one"]


def test_test_never_reached_is_a_failure() -> None:
    result = SuiteResult("sync", [CollectedTest("late")], {}, aborted="the emulator ended")
    assert [(outcome.name, outcome.message) for outcome in result.failures] == [("late", "not run")]


def test_spared_test_that_ran_counts_beyond_and_never_as_applicable() -> None:
    collected = [CollectedTest("one"), CollectedTest("explain", PROFILE)]
    outcomes = {name: Outcome(name, "passed") for name in ("one", "explain")}
    result = SuiteResult("sync", collected, outcomes)
    assert result.beyond == ["explain"]
    assert result.beyond_failures == []
    assert report.format_table([result], partial=False).splitlines()[1].split() == [
        *("sync", "1", "1", "2", str(report.MINIMUM["sync"]), "1/1")
    ]


def test_table_gives_passed_applicable_and_total() -> None:
    result = make_result(one="passed", two="failed", spared=("explain",))
    row = report.format_table([result], partial=True).splitlines()[1]
    assert row.split() == ["sync", "1", "2", "3", "-", "-"]


def test_failures_are_grouped_by_message_and_mark_what_passed_before() -> None:
    outcomes = [Outcome("one", "failed", message="rare"), Outcome("two", "failed", message="frequent")]
    outcomes += [Outcome("three", "skipped", message="frequent"), Outcome("four", "passed")]
    collected = [CollectedTest(outcome.name) for outcome in outcomes]
    result = SuiteResult("sync", collected, {outcome.name: outcome for outcome in outcomes})
    recorded = frozenset({("sync", "two"), ("async", "one")})
    assert report.format_failures("sync", result.failures, recorded).splitlines() == [
        "  2x frequent",
        "      failed  two  (passed before)",
        "      skipped three",
        "  1x rare",
        "      failed  one",
    ]


def test_long_message_is_cut() -> None:
    assert report.shorten("x" * 1000) == "x" * report.MESSAGE_WIDTH + "…"
    assert report.shorten("x" * report.MESSAGE_WIDTH) == "x" * report.MESSAGE_WIDTH


def test_run_at_the_minimum_is_enough() -> None:
    result = make_passing_result(report.MINIMUM["sync"], failed=5)
    assert report.find_shortfalls([result], frozenset(), partial=False) == []


def test_run_below_the_minimum_falls_short() -> None:
    result = make_passing_result(report.MINIMUM["sync"] - 1)
    [shortfall] = report.find_shortfalls([result], frozenset(), partial=False)
    assert "required" in shortfall


def test_losing_a_recorded_test_falls_short_even_above_the_minimum() -> None:
    result = make_passing_result(report.MINIMUM["sync"], failed=2)
    recorded = frozenset({("sync", "bad_1"), ("async", "bad_0")})
    [shortfall] = report.find_shortfalls([result], recorded, partial=False)
    assert shortfall.endswith("bad_1")


@pytest.mark.parametrize("partial", [True, False])
def test_aborted_run_falls_short(partial: bool) -> None:
    result = make_passing_result(report.MINIMUM["sync"])
    aborted = SuiteResult("sync", result.collected, result.outcomes, aborted="the emulator ended")
    assert report.find_shortfalls([aborted], frozenset(), partial) == ["sync: the emulator ended"]


def test_partial_run_needs_what_was_selected_and_no_minimum() -> None:
    assert report.find_shortfalls([make_passing_result(1)], frozenset(), partial=True) == []
    assert report.find_shortfalls([make_passing_result(1, failed=1)], frozenset(), partial=True) != []


def test_json_line_is_one_line_that_names_the_failures() -> None:
    result = make_result(one="passed", two="failed", spared=("explain",))
    text = report.format_json_line([result], "1.2.3", "127.0.0.1:1", 12.34)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["suite_version"], line["target"], line["seconds"]) == ("1.2.3", "127.0.0.1:1", 12.3)
    assert line["conformance"]["sync"] == {
        "passed": 1,
        "applicable": 2,
        "total": 3,
        "beyond_passed": 0,
        "failed": ["two"],
        "aborted": None,
    }


def test_exclusions_are_counted_by_reason() -> None:
    other = next(reason for reason in EXCLUSIONS if reason != PROFILE)
    tests = [
        CollectedTest("a", PROFILE),
        CollectedTest("b", PROFILE),
        CollectedTest("c", other),
        CollectedTest("d"),
    ]
    assert count_exclusions(tests) == {PROFILE: 2, other: 1}


def test_skip_for_an_unknown_reason_is_refused() -> None:
    with pytest.raises(CannotRun, match="raining"):
        count_exclusions([CollectedTest("a", "raining")])


def test_census_refuses_a_suite_of_other_size() -> None:
    spared = COLLECTED["async"] - APPLICABLE["async"]
    tests = [CollectedTest(f"a{number}") for number in range(APPLICABLE["async"])]
    tests += [CollectedTest(f"s{number}", PROFILE) for number in range(spared)]
    check_census("async", tests)
    with pytest.raises(CannotRun, match="collected 155 tests, 99 applicable"):
        check_census("async", tests[1:])


def test_record_keeps_other_tests_and_replaces_those_that_ran() -> None:
    recorded = parse_record(["sync two", "sync elsewhere[None]", "", "async one"])
    updated = update_record(recorded, [make_result(one="passed", two="failed", spared=("explain",))])
    assert updated == {("sync", "one"), ("sync", "elsewhere[None]"), ("async", "one")}


def test_named_address_prefers_target() -> None:
    named = {"TARGET": "localhost:1", "FIRESTORE_EMULATOR_HOST": "localhost:2"}
    assert named_address(named) == "localhost:1"
    assert named_address({"FIRESTORE_EMULATOR_HOST": "[::1]:2"}) == "[::1]:2"
    assert named_address({"TARGET": ""}) is None


@pytest.mark.parametrize("text", ["cloud", "localhost", ":8080", "localhost:", "localhost:http"])
def test_named_address_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(CannotRun, match="not host:port"):
        named_address({"TARGET": text})
