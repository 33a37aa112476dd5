"""What the people of a fault run take for an answer."""

from typing import Any

import pytest

from tests.faults.load import reason_of


def _refusal(status: str, reason: str) -> dict[str, Any]:
    return {"error": {"status": status, "message": "", "details": {"reason": reason}}}


@pytest.mark.parametrize(
    ("status", "reason"), [("FAILED_PRECONDITION", "SLOT_TAKEN"), ("INVALID_ARGUMENT", "INVALID_INPUT")]
)
def test_a_published_reason_is_an_answer(status: str, reason: str) -> None:
    assert reason_of(_refusal(status, reason)) == reason


@pytest.mark.parametrize(
    "body",
    [
        _refusal("INTERNAL", "INTERNAL"),
        _refusal("INTERNAL", "SLOT_TAKEN"),
        _refusal("FAILED_PRECONDITION", "NEVER_PUBLISHED"),
        {"error": {"status": "FAILED_PRECONDITION", "message": "", "details": {}}},
        {"error": "502 Bad Gateway"},
        {},
    ],
    ids=["a bug", "a bug with a reason", "an unknown reason", "no reason", "no error object", "nothing"],
)
def test_anything_else_is_none(body: dict[str, Any]) -> None:
    assert reason_of(body) is None
