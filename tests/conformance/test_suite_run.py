"""The harness on small made-up suites: every way in which a test, pytest or the emulator can end."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.pytest_process import RunOptions
from tests.conformance.results import CannotRun, Outcome, SuiteResult
from tests.conformance.suite_files import MODULES, SuiteFiles
from tests.conformance.suite_run import run_suite
from tests.conformance.target import Target

NOWHERE = Target("127.0.0.1:1")
DEFAULTS = RunOptions()
HEADER = "import os, threading, pytest\n"


def run_made_up(
    directory: Path, source: str, target: Target = NOWHERE, options: RunOptions = DEFAULTS
) -> SuiteResult:
    """Run a suite whose sync module has this source."""
    (directory / MODULES["sync"]).write_text(HEADER + source)
    return run_suite("sync", SuiteFiles(directory, directory), target, options, directory / "pytest.log")


def statuses(result: SuiteResult) -> dict[str, str]:
    return {name: outcome.status for name, outcome in result.outcomes.items()}


def test_outcomes_are_those_of_the_tests(tmp_path: Path) -> None:
    result = run_made_up(
        tmp_path,
        """
@pytest.fixture
def broken_cleanup():
    yield
    raise OSError("left over")

def test_good(): pass
def test_bad(): assert 1 == 2, "one is not two"
def test_gives_up(): pytest.skip("no luck")
def test_untidy(broken_cleanup): pass
@pytest.mark.skipif(True, reason="not here")
def test_spared(): raise RuntimeError
@pytest.mark.skipif(False, reason="never")
def test_not_spared(): pass
""",
    )
    assert statuses(result) == {
        "test_good": "passed",
        "test_bad": "failed",
        "test_gives_up": "skipped",
        "test_untidy": "failed",
        "test_spared": "skipped",
        "test_not_spared": "passed",
    }
    assert [test.skip_reason for test in result.collected if not test.applies] == ["not here"]
    assert "one is not two" in result.outcomes["test_bad"].message
    assert result.outcomes["test_untidy"].message == "teardown: OSError: left over"
    assert result.aborted is None


def test_skipped_subtest_leaves_a_pass_and_failed_subtest_does_not(tmp_path: Path) -> None:
    result = run_made_up(
        tmp_path,
        """
def test_half(subtests):
    with subtests.test("other half"): pytest.skip("not on an emulator")

def test_broken(subtests):
    with subtests.test("part"): assert False, "part broke"
""",
    )
    assert statuses(result) == {"test_half": "passed", "test_broken": "failed"}
    assert "part broke" in result.outcomes["test_broken"].message


def test_beyond_runs_what_is_spared_but_not_what_is_skipped_everywhere(tmp_path: Path) -> None:
    source = """
@pytest.mark.skipif(True, reason="not here")
def test_spared(): pass
@pytest.mark.skip(reason="nowhere")
def test_dropped(): raise RuntimeError
"""
    result = run_made_up(tmp_path, source, options=RunOptions(beyond=True))
    assert result.applicable == []
    assert result.beyond == ["test_spared"]
    assert statuses(result) == {"test_spared": "passed", "test_dropped": "skipped"}


def test_run_goes_on_after_a_test_that_hangs_and_one_that_kills_pytest(tmp_path: Path) -> None:
    source = """
def test_first(): pass
def test_hangs(): threading.Event().wait()
def test_dies(): os._exit(7)
def test_last(): pass
"""
    result = run_made_up(tmp_path, source, options=RunOptions(test_seconds=2))
    assert statuses(result) == {
        "test_first": "passed",
        "test_hangs": "failed",
        "test_dies": "failed",
        "test_last": "passed",
    }
    assert result.applicable == ["test_first", "test_hangs", "test_dies", "test_last"]
    assert "no end after 2 s" in result.outcomes["test_hangs"].message
    assert "status 7" in result.outcomes["test_dies"].message
    assert "in test_hangs" in (tmp_path / "pytest.log").read_text()


def test_expression_selects_and_may_select_nothing(tmp_path: Path) -> None:
    source = "def test_one(): pass\ndef test_two(): pass\n"
    result = run_made_up(tmp_path, source, options=RunOptions(expression="two"))
    assert result.applicable == ["test_two"]
    assert run_made_up(tmp_path, source, options=RunOptions(expression="three")).collected == []


def test_module_that_cannot_be_imported_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="no_such_module"):
        run_made_up(tmp_path, "import no_such_module\n")


def test_emulator_that_dies_ends_the_run_with_its_stderr(tmp_path: Path) -> None:
    stderr = tmp_path / "emulator.log"
    with stderr.open("wb") as stream:
        emulator = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit('out of luck')"],
            stdin=subprocess.PIPE,
            stderr=stream,
        )
    target = Target("127.0.0.1:1", emulator, stderr)
    source = "def test_first(): pass\ndef test_waits(): threading.Event().wait()\n"
    (tmp_path / MODULES["sync"]).write_text(HEADER + source)

    def end_emulator(_: Outcome) -> None:
        emulator.communicate()

    files = SuiteFiles(tmp_path, tmp_path)
    result = run_suite("sync", files, target, RunOptions(), tmp_path / "pytest.log", on_finished=end_emulator)
    assert statuses(result) == {"test_first": "passed"}
    assert result.aborted is not None
    assert "status 1" in result.aborted
    assert "out of luck" in result.aborted
    assert "test_waits" in result.aborted
