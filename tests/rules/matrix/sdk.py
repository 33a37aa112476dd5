"""The matrix asked of an emulator through the JavaScript SDK, in one process of Node."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.environment import ROOT
from tests.rules.matrix.actors import ACTORS
from tests.rules.matrix.documents import DOCUMENTS
from tests.rules.matrix.moments import FromNow, Moment, ServerTime
from tests.rules.matrix.table import Case

_RUNNER = Path(__file__).parents[1] / "node" / "matrix.mjs"
_TIMEOUT_SECONDS = 240


def ask_through_sdk(
    cases: Sequence[Case], *, host: str, project: str, rules: Path, scratch: Path
) -> list[str]:
    """What became of each case: `allowed`, `denied`, or another error. Puts the rules in force for the project.

    Raises:
        AssertionError: the run itself failed; the message is what it wrote.
    """
    asked = scratch / "cases.json"
    asked.write_text(json.dumps(_content(cases)))
    environment = {
        **os.environ,
        "FIRESTORE_EMULATOR_HOST": host,
        "PROJECT": project,
        "RULES_FILE": str(rules),
        "CASES": str(asked),
    }
    run = subprocess.run(
        ["node", str(_RUNNER)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    outcomes: list[str] = json.loads(run.stdout)
    return outcomes


def _content(cases: Sequence[Case]) -> dict[str, Any]:
    return {
        "documents": {path: _fields(fields) for path, fields in DOCUMENTS.items()},
        "actors": {actor.name: actor.claims for actor in ACTORS},
        "cases": [_case(case) for case in cases],
    }


def _case(case: Case) -> dict[str, Any]:
    row = case.row
    return {
        "actor": case.actor.name,
        "operation": row.operation,
        "where": row.where,
        "fields": None if row.written is None else _fields(row.written),
        "query": None if row.query is None else vars(row.query),
    }


def _fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in fields.items()}


def _value(value: Any) -> Any:
    match value:
        case Moment(seconds=seconds):
            return {"moment": "fixed", "seconds": seconds}
        case FromNow(minutes=minutes):
            return {"moment": "from now", "minutes": minutes}
        case ServerTime():
            return {"moment": "server time"}
    return value
