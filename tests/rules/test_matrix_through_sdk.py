"""The declared verdicts as the JavaScript SDK meets them, and which conditions of the rules that run has decided."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from local.environment import ROOT
from tests.rules.matrix.coverage import one_sided
from tests.rules.matrix.sdk import ask_through_sdk
from tests.rules.matrix.table import cases

RULES = ROOT / "firestore.rules"


class Run(NamedTuple):
    """What became of every case, and the emulator's report of coverage afterwards."""

    outcomes: list[str]
    coverage: Mapping[str, Any]


@pytest.fixture(scope="module")
def run(emulator_host: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    project = f"demo-{uuid4().hex[:12]}"
    scratch: Path = tmp_path_factory.mktemp("matrix")
    outcomes = ask_through_sdk(cases(), host=emulator_host, project=project, rules=RULES, scratch=scratch)
    report = httpx.get(f"http://{emulator_host}/emulator/v1/projects/{project}:ruleCoverage", trust_env=False)
    return Run(outcomes, report.raise_for_status().json())


def test_every_verdict_is_what_the_sdk_meets(run: Run) -> None:
    met = zip(cases(), run.outcomes, strict=True)
    wrong = [f"{case}: {got}" for case, got in met if got != ("allowed" if case.allowed else "denied")]

    assert wrong == []


def test_every_condition_was_true_and_was_false(run: Run) -> None:
    assert one_sided(run.coverage) == []
