"""Carries out every attack and prints what became of each: `python -m tests.attacks`, with pytest's own options."""

import sys
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent


class Verdicts:
    """Notes how each attempt ended, by family."""

    def __init__(self) -> None:
        self.ended: dict[str, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """An attempt ends with its call, or before it if its studio could not be opened."""
        if report.when == "call" or report.outcome != "passed":
            path, _, name = report.nodeid.partition("::")
            family = Path(path).stem.removeprefix("test_").replace("_", " ")
            self.ended[family][name] = report.outcome

    def table(self) -> str:
        """Every attempt with its outcome, then how many there were of each family."""
        lines = []
        for family, attempts in self.ended.items():
            lines += ["", family]
            lines += [f"  {_WORDS[outcome]:<8} {_sentence(name)}" for name, outcome in attempts.items()]
        lines += ["", f"{'family':<20} attempts  refused as declared"]
        for family, attempts in self.ended.items():
            held = sum(outcome == "passed" for outcome in attempts.values())
            lines.append(f"{family:<20} {len(attempts):>8}  {held:>19}")
        everything = [outcome for attempts in self.ended.values() for outcome in attempts.values()]
        held = sum(outcome == "passed" for outcome in everything)
        return "\n".join([*lines, f"{'all':<20} {len(everything):>8}  {held:>19}"])


_WORDS = {"passed": "refused", "failed": "FAILED", "skipped": "skipped"}


def _sentence(name: str) -> str:
    """`test_what_happens[attempt]` as words."""
    test, _, attempt = name.partition("[")
    said = test.removeprefix("test_").replace("_", " ")
    return f"{said}: {attempt.removesuffix(']')}" if attempt else said


def main(options: list[str]) -> int:
    """Pytest's exit code."""
    verdicts = Verdicts()
    code = pytest.main([str(HERE), "-q", "--no-header", "--no-summary", *options], plugins=[verdicts])
    sys.stdout.write(verdicts.table() + "\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
