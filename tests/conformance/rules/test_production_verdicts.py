"""The rules engine gives the verdicts that production gave; see NOTICE for where the cases come from."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path as File
from typing import Any

import pytest

from emulator.rules.access import Documents
from emulator.rules.issues import RulesRefused
from emulator.rules.requests import Request, Resource, Verdict, resource
from emulator.rules.ruleset import Ruleset, compile_rules
from emulator.rules.values.types import EvaluationError, Path, Timestamp

Case = Mapping[str, Any]

RULESETS: list[dict[str, Any]] = json.loads(File(__file__).with_name("production_verdicts.json").read_text())
NOW = Timestamp(1_790_000_000_000_000_000)


@cache
def ruleset(text: str) -> Ruleset | None:
    """The compiled rules, None where the source is refused and therefore denies everything."""
    try:
        return compile_rules(text)
    except RulesRefused:
        return None


def stored(case: Case, key: str) -> Resource | None:
    """The document that a case gives under a key."""
    name = Path(("databases", "(default)", "documents", *case["path"].split("/")))
    return resource(case[key], name) if case.get(key) is not None else None


def _absent() -> None:
    raise EvaluationError("Null value error.")


def existing(case: Case) -> Resource | None:
    """The document before the operation; the Test API fails where rules use one that a case does not give."""
    found = stored(case, "resource")
    return Resource(_absent) if found is None and case["method"] in ("get", "update", "delete") else found


def request_of(case: Case) -> Request:
    """The operation of a case."""
    auth = case.get("auth")
    return Request(
        case["method"],
        tuple(case["path"].split("/")),
        NOW,
        auth=None if auth is None else {"token": {}, **auth},
        resource=existing(case),
        new_resource=stored(case, "data") if case["method"] in ("create", "update") else None,
    )


def documents_of(case: Case) -> Documents:
    """What the mocked functions of a case find: documents without a name."""
    found: dict[tuple[str, ...], Resource] = {}
    for mock in case.get("functionMocks", ()):
        if mock["result"]:
            data = mock["result"] if mock["function"] == "get" else {}
            found[tuple(mock["path"].split("/"))] = resource(data)
    return Documents(found.get)


@pytest.mark.parametrize(
    ("text", "case"),
    [
        pytest.param(item["rules"], case, id=f"{item['id']}: {case['description']}")
        for item in RULESETS
        for case in item["cases"]
    ],
)
def test_gives_the_verdict_of_production(text: str, case: Case) -> None:
    compiled = ruleset(text)
    answer = compiled.evaluate(request_of(case), documents_of(case)) if compiled else Verdict(False)
    assert ("ALLOW" if answer.allowed else "DENY") == case["verdict"], answer.message


def test_the_cases_hold_both_verdicts_of_every_operation() -> None:
    verdicts = {case["verdict"] for item in RULESETS for case in item["cases"]}
    assert verdicts == {"ALLOW", "DENY"}
    assert sum(len(item["cases"]) for item in RULESETS) == 115
