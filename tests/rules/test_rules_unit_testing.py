"""The repository's rules through @firebase/rules-unit-testing, unchanged from npm, against the emulator."""

import os
import re
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from local.environment import ROOT

SUITE = Path(__file__).parent / "node" / "firestore_rules.test.mjs"


def run_suite(host: str, rules: Path) -> subprocess.CompletedProcess[str]:
    """The suite's run, reported as TAP."""
    environment = {
        **os.environ,
        "FIRESTORE_EMULATOR_HOST": host,
        "RULES_FILE": str(rules),
        "PROJECT": f"demo-{uuid4().hex[:8]}",
    }
    command = ["node", "--test", "--test-reporter=tap", str(SUITE)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def count(report: str, what: str) -> int:
    found = re.search(rf"^# {what} (\d+)$", report, re.MULTILINE)
    assert found, report
    return int(found[1])


def test_rules_allow_and_deny_what_they_say(emulator_host: str) -> None:
    run = run_suite(emulator_host, ROOT / "firestore.rules")

    assert run.returncode == 0, run.stdout + run.stderr
    assert count(run.stdout, "fail") == 0
    assert count(run.stdout, "pass") > SUITE.read_text().count("\ntest(")


@pytest.mark.parametrize("verdict", ["true", "false"])
def test_suite_notices_rules_that_give_one_answer_to_everybody(
    emulator_host: str, tmp_path: Path, verdict: str
) -> None:
    rules = tmp_path / "firestore.rules"
    block = f"match /databases/{{d}}/documents/{{path=**}} {{ allow read, write: if {verdict}; }}"
    rules.write_text(f"rules_version = '2';\nservice cloud.firestore {{ {block} }}")

    run = run_suite(emulator_host, rules)

    # Broken rules are refused whatever the rules in force are.
    assert count(run.stdout, "pass") == 1
