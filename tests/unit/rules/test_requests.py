"""What `request` and `resource` hold for each kind of operation."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from emulator.rules.requests import Method, Resource
from emulator.rules.values.types import LatLng, Path, Timestamp
from emulator.rules.wire_values import stored_resource, timestamp_of
from emulator.wire import LatLng as StoredPoint
from tests.emulator.values import Reference, document, value
from tests.unit.rules.builders import NOW, outcome, request

UNDEFINED = "Property {} is undefined on object."


def test_auth_is_null_when_nobody_is_signed_in() -> None:
    assert outcome("request.auth == null") is True
    assert outcome("request.auth.uid == null") == "Null value error."


def test_auth_holds_uid_and_claims() -> None:
    asked = request(uid="u1", token={"role": "admin", "firebase": {"sign_in_provider": "password"}})
    assert outcome("request.auth.uid == 'u1' && request.auth.token.role == 'admin'", asked) is True
    assert outcome("request.auth.token.firebase.sign_in_provider == 'password'", asked) is True
    assert outcome("request.auth.token.email == null", asked) == UNDEFINED.format("email")


@pytest.mark.parametrize("method", ["get", "list", "create", "update", "delete"])
def test_method_time_and_path(method: Method) -> None:
    asked = request(method, "rooms/r1", new={})
    path = "/databases/(default)/documents/rooms/r1"
    assert outcome(f"request.method == '{method}' && request.path == {path}", asked) is True
    assert (
        outcome(
            f"request.time == timestamp.value({NOW.nanos // 10**6}) + duration.value(456000, 'ns')", asked
        )
        is True
    )


def test_the_new_resource_is_there_for_writes_only() -> None:
    new = {"a": 1}
    assert outcome("request.resource.data.a == 1 && resource == null", request("create", new=new)) is True
    updated = request("update", data={"a": 0}, new=new)
    assert outcome("request.resource.data.a == 1 && resource.data.a == 0", updated) is True
    assert (
        outcome("request.resource == null && resource.data.a == 0", request("delete", data={"a": 0})) is True
    )
    assert outcome("request.resource == null", request("get", data={})) == UNDEFINED.format("resource")
    assert outcome("request.resource == null", request("list", data={})) == UNDEFINED.format("resource")


def test_a_document_has_id_and_name() -> None:
    asked = request("update", "rooms/r1", data={}, new={})
    assert outcome("resource.id == 'r1' && request.resource.id == 'r1'", asked) is True
    assert outcome("resource.__name__ == request.path", asked) is True


def test_a_missing_document_is_null() -> None:
    assert outcome("resource == null", request("get")) is True
    assert outcome("resource.data.a == 1", request("get")) == "Null value error."


def test_the_query_is_there_for_lists_only() -> None:
    asked = request("list", query={"limit": 5, "offset": 0, "orderBy": {"name": "ASC"}})
    assert outcome("request.query.limit <= 5 && request.query.orderBy.name == 'ASC'", asked) is True
    assert outcome("request.query.limit == 5", request("get")) == UNDEFINED.format("query")


def test_stored_values_become_values_of_the_language() -> None:
    fields = {
        "n": None,
        "b": True,
        "i": 7,
        "f": 7.5,
        "s": "é",
        "y": b"\x00",
        "l": [1, {"m": 2}],
        "z": {"k": 1},
        "a": {},
    }
    read = stored_resource(document("rooms/r1", fields)).value
    assert read["data"] == fields
    assert list(read["data"]) == sorted(fields)
    assert read["id"] == "r1"
    assert read["__name__"] == Path(("databases", "(default)", "documents", "rooms", "r1"))


def test_stored_times_points_and_references_have_their_own_types() -> None:
    fields = {
        "t": datetime(2026, 9, 21, tzinfo=UTC),
        "p": StoredPoint(latitude=1, longitude=2),
        "r": Reference("a/b"),
    }
    data = stored_resource(document("rooms/r1", fields)).value["data"]
    assert data == {
        "t": Timestamp(1789948800 * 10**9),
        "p": LatLng(1.0, 2.0),
        "r": Path(("databases", "(default)", "documents", "a", "b")),
    }


def test_a_server_timestamp_equals_the_time_of_the_request() -> None:
    moment = datetime(2026, 9, 21, 1, 2, 3, 456789, tzinfo=UTC)
    time = timestamp_of(value(moment).timestamp_value)
    written = stored_resource(document("rooms/r1", {"at": moment}))
    asked = replace(request("create"), time=time, new_resource=written)
    assert outcome("request.resource.data.at == request.time", asked) is True
    later = replace(asked, time=Timestamp(time.nanos + 1000))
    assert outcome("request.resource.data.at == request.time", later) is False


def test_a_document_that_no_rule_looks_at_is_not_read() -> None:
    def refuse() -> None:
        raise AssertionError("read")

    assert outcome("true", replace(request("get"), resource=Resource(refuse))) is True
