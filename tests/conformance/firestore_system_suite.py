"""Runs google-cloud-firestore's own system suite against the emulator and says how much of it passes.

Exit status: 0 good enough, 1 below the required minimum or a test lost that passed before, 2 could not run.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)  # instead of this directory: the harness is imported as tests.conformance

from tests.conformance import passing, report  # noqa: E402
from tests.conformance.applicability import check_census  # noqa: E402
from tests.conformance.progress import Progress  # noqa: E402
from tests.conformance.pytest_process import RunOptions  # noqa: E402
from tests.conformance.results import SUITES, CannotRun, CollectedTest, SuiteName, SuiteResult  # noqa: E402
from tests.conformance.suite_files import VERSION, SuiteFiles, fetch_suite  # noqa: E402
from tests.conformance.suite_run import run_suite  # noqa: E402
from tests.conformance.target import Target, open_target  # noqa: E402

CACHE = ROOT / ".cache" / "conformance"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for and return the exit status."""
    options = parse_arguments(arguments)
    # A terminated run, too, must end the processes that it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    suites: tuple[SuiteName, ...] = (options.only,) if options.only else SUITES
    try:
        files = fetch_suite(CACHE)
        if options.list:
            return list_tests(suites, files, RunOptions(options.k, collect_only=True))
        return judge(suites, files, options)
    except CannotRun as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nconformance: interrupted", file=sys.stderr)
        return 2


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=SUITES, help="run one of the two suites")
    parser.add_argument("-k", metavar="EXPR", default="", help="run the tests that match, as pytest's -k")
    parser.add_argument(
        "--list", action="store_true", help="list the tests and why some do not apply; run none"
    )
    parser.add_argument("--verbose", action="store_true", help="print the traceback of each failure")
    parser.add_argument(
        "--beyond", action="store_true", help="also run the tests that spare emulators, uncounted"
    )
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=int, default=30, help="limit per test (default 30)"
    )
    parser.add_argument("--record", action="store_true", help="write the tests that pass now to passing.txt")
    return parser.parse_args(arguments)


def list_tests(suites: tuple[SuiteName, ...], files: SuiteFiles, options: RunOptions) -> int:
    """Print every test, `-` before those that do not apply, and the groups of the latter."""
    nowhere = Target("127.0.0.1:1")
    for suite in suites:
        result = run_suite(suite, files, nowhere, options, CACHE / f"{suite}.log")
        for test in result.collected:
            print(f"{suite} {' ' if test.applies else '-'} {test.name}")
        print(
            f"{suite}: {len(result.applicable)} of {len(result.collected)} tests apply to an emulator; not:"
        )
        print(report.format_exclusions(result.collected))
    return 0


def judge(suites: tuple[SuiteName, ...], files: SuiteFiles, options: argparse.Namespace) -> int:
    """Run the suites, print the report, and compare it with the minimum and the record."""
    started_at = time.monotonic()
    partial = bool(options.k)
    recorded = passing.read_record()
    run_options = RunOptions(options.k, options.beyond, options.timeout)
    with open_target(ROOT, CACHE) as target:
        results = [run_and_show(suite, files, target, run_options) for suite in suites]
    seconds = time.monotonic() - started_at
    if not any(result.collected for result in results):
        raise CannotRun(f"no test matches -k {options.k!r}")
    for result in results:
        print_result(result, recorded, options.verbose)
    print(f"\n{report.format_table(results, partial)}\n")
    shortfalls = report.find_shortfalls(results, recorded, partial)
    for shortfall in shortfalls:
        print(f"NOT ENOUGH  {shortfall}")
    print(report.format_json_line(results, VERSION, target.address, seconds))
    if options.record and not any(result.aborted for result in results):
        passing.write_record(passing.update_record(recorded, results))
    return 1 if shortfalls else 0


def run_and_show(suite: SuiteName, files: SuiteFiles, target: Target, options: RunOptions) -> SuiteResult:
    """Run one suite with its progress on stderr, after checking that the whole of it was collected."""
    progress: list[Progress] = []

    def begin(collected: list[CollectedTest]) -> None:
        if not options.expression:
            check_census(suite, collected)
        progress.append(Progress(suite, len(collected), sys.stderr))

    result = run_suite(
        suite,
        files,
        target,
        options,
        CACHE / f"{suite}.log",
        on_collected=begin,
        on_finished=lambda outcome: progress[0].advance(outcome),
    )
    for shown in progress:
        shown.close()
    return result


def print_result(result: SuiteResult, recorded: report.Recorded, verbose: bool) -> None:
    """Print the failures of a suite, or say that there are none, and where all of pytest's output is."""
    log = os.path.relpath(CACHE / f"{result.suite}.log")
    print(f"\n{result.suite}: {len(result.failures)} applicable tests did not pass; pytest's output: {log}")
    if result.failures:
        print(report.format_failures(result.suite, result.failures, recorded))
    if result.beyond_failures:
        print(f"{result.suite}: {len(result.beyond_failures)} tests beyond the applicable did not pass")
        print(report.format_failures(result.suite, result.beyond_failures, recorded))
    if verbose:
        for outcome in [*result.failures, *result.beyond_failures]:
            print(f"\n--- {result.suite} {outcome.name}\n{outcome.trace or outcome.message}")


if __name__ == "__main__":
    sys.exit(main())
