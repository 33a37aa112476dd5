"""Errors on the wire: statuses as the callable protocol has them, and reasons that clients can rely on."""

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from firebase_functions.https_fn import FunctionsErrorCode, HttpsError

import courtside
from courtside.edge.failures import error_body, http_status, internal_error_body
from courtside.errors import Code, CourtsideError, InvalidInput


def every_error() -> Iterator[type[CourtsideError]]:
    for module in pkgutil.walk_packages(courtside.__path__, "courtside."):
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(member, CourtsideError) and member.__module__ == module.name:
                yield member


@pytest.mark.parametrize("code", Code)
def test_status_is_that_of_the_firebase_sdk(code: Code) -> None:
    sdk = HttpsError(FunctionsErrorCode(code.value.lower().replace("_", "-")), "any")

    assert http_status({"status": code.value}) == sdk._http_error_code.status


def test_body_carries_reason_and_details() -> None:
    body = error_body(InvalidInput("No.", fields=[{"path": "a", "problem": "b"}]))

    assert body == {
        "status": "INVALID_ARGUMENT",
        "message": "No.",
        "details": {"reason": "INVALID_INPUT", "fields": [{"path": "a", "problem": "b"}]},
    }


def test_bug_shows_its_request_id_and_nothing_else() -> None:
    body = internal_error_body("r1")

    assert (body["status"], body["details"]) == ("INTERNAL", {"reason": "INTERNAL", "request_id": "r1"})


@pytest.mark.parametrize("error", list(every_error()), ids=lambda error: error.__name__)
def test_every_error_has_a_stable_reason_a_known_status_and_a_message(error: type[CourtsideError]) -> None:
    body = error_body(error())

    assert re.fullmatch(r"[A-Z][A-Z_]+[A-Z]", body["details"]["reason"])
    assert http_status(body) in range(400, 600)
    assert body["message"].endswith(".")


def test_no_two_errors_share_a_reason() -> None:
    reasons = Counter(error.reason for error in every_error())

    assert [reason for reason, count in reasons.items() if count > 1] == []
