"""What a denied client is told: each statement that applied, with its line and its reason."""

import pytest

from emulator.rules.requests import Request
from tests.unit.rules.builders import request, rules

BODY = """match /rooms/{room} {
  allow get: if false;
  allow list, get: if resource.data.public == true;
  allow create: if request.resource.data.n
    > 5;
}
match /{document=**} {
  allow get: if request.auth.uid == 'admin';
}"""


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            request("get", "rooms/r1", data={}),
            "false for 'get' @ L5, Property public is undefined on object. for 'get' @ L6, "
            "Null value error. for 'get' @ L11",
        ),
        (request("get", "rooms/r1", uid="u1", data={"public": False}), "false for 'get' @ L5, false for 'get' @ L6, "
         "false for 'get' @ L11"),
        (request("list", "rooms/r1"), "Null value error. for 'list' @ L6"),
        (request("create", "rooms/r1", new={"n": 1}), "false for 'create' @ L7"),
        (request("delete", "rooms/r1"), "No matching allow statements"),
    ],
)  # fmt: skip
def test_a_denial_names_every_statement_that_applied(asked: Request, message: str) -> None:
    assert rules(BODY).evaluate(asked).message == message


def test_a_condition_that_is_no_boolean_denies() -> None:
    answer = rules("match /{document=**} { allow get: if 'yes'; }").evaluate(request())
    assert answer.message == "Type error. Received: [string] Expected: [bool]. for 'get' @ L4"


def test_an_allowed_request_has_no_refusals() -> None:
    answer = rules("match /{document=**} { allow get: if false; allow get; }").evaluate(request())
    assert (answer.allowed, answer.refusals) == (True, ())
