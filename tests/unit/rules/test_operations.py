"""Operations on stored documents become the requests that rules expect."""

from datetime import UTC, datetime

import pytest

from emulator.rules.operations import auth_of, read_request, write_request
from emulator.rules.values.types import Timestamp
from emulator.rules.wire_values import timestamp_of
from emulator.wire import Document
from tests.emulator.values import document, value
from tests.unit.rules.builders import outcome

NAME = "projects/demo/databases/other/documents/rooms/r1"
TIME = Timestamp(0)


def room(**fields: object) -> Document:
    made = document("rooms/r1", fields)
    made.name = NAME
    return made


@pytest.mark.parametrize(
    ("before", "after", "method"),
    [
        (None, room(a=1), "create"),
        (room(a=1), room(a=2), "update"),
        (room(a=1), None, "delete"),
        (None, None, "delete"),
    ],
)
def test_the_kind_of_a_write_follows_from_what_is_there(
    before: Document | None, after: Document | None, method: str
) -> None:
    assert write_request(NAME, before, after, TIME, None).method == method


def test_a_write_shows_both_states_of_the_document() -> None:
    asked = write_request(NAME, room(a=1), room(a=2), TIME, None)
    assert (
        outcome("resource.data.a == 1 && request.resource.data.a == 2 && resource.id == 'r1'", asked) is True
    )


def test_a_read_shows_the_document_and_its_path_in_its_database() -> None:
    path = "/databases/other/documents/rooms/r1"
    assert (
        outcome(f"resource.data.a == 1 && request.path == {path}", read_request(NAME, room(a=1), TIME, None))
        is True
    )
    assert outcome("resource == null", read_request(NAME, None, TIME, None)) is True


def test_the_time_of_a_server_timestamp_equals_that_of_the_request() -> None:
    stamp = value(datetime(2026, 9, 21, 1, 2, 3, 456789, tzinfo=UTC)).timestamp_value
    after = room()
    after.fields["at"].timestamp_value.CopyFrom(stamp)
    asked = write_request(NAME, None, after, timestamp_of(stamp), None)
    assert outcome("request.resource.data.at == request.time", asked) is True


@pytest.mark.parametrize("claims", [{"sub": "u1"}, {"user_id": "u1"}, {"user_id": "u1", "sub": "other"}])
def test_auth_holds_the_uid_and_all_claims(claims: dict[str, str]) -> None:
    auth = auth_of({**claims, "role": "admin"})
    condition = "request.auth.uid == 'u1' && request.auth.token.role == 'admin'"
    assert outcome(condition, read_request(NAME, None, TIME, auth)) is True


def test_there_is_no_auth_without_a_token() -> None:
    assert auth_of(None) is None
