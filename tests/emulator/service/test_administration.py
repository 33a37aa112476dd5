"""Faults and meter through the client library, on an emulator of the module's own."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from tests.emulator.process import Emulator, started
from tests.emulator.service.administration import arm, call

FAULTS, METER = "/emulator/v1/faults", "/emulator/v1/meter"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with started() as ours, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", ours.address)
        yield ours


@pytest.fixture
def address(emulator: Emulator) -> Iterator[str]:
    """The emulator's address, without faults and with an empty meter."""
    call(emulator.address, "DELETE", METER)
    yield emulator.address
    call(emulator.address, "DELETE", FAULTS)


@pytest.fixture
def client(emulator: Emulator) -> Iterator[firestore.Client]:
    made = firestore.Client(project=f"demo-{uuid4().hex[:8]}", credentials=AnonymousCredentials())
    yield made
    made.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"


class TestFaults:
    def test_the_next_commits_are_unavailable_and_nothing_is_applied(
        self, address: str, client: firestore.Client
    ) -> None:
        arm(address, {"rpc": "Commit", "status": "UNAVAILABLE", "times": 3})
        room = client.document("rooms/a")

        for _ in range(3):
            with pytest.raises(exceptions.ServiceUnavailable, match="injected by a fault rule"):
                room.set({"x": 1}, retry=None)
            assert not room.get().exists
        room.set({"x": 1}, retry=None)

        assert room.get().exists

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            ("DEADLINE_EXCEEDED", exceptions.DeadlineExceeded),
            ("RESOURCE_EXHAUSTED", exceptions.ResourceExhausted),
            ("ABORTED", exceptions.Aborted),
            ("INTERNAL", exceptions.InternalServerError),
        ],
    )
    def test_a_reply_is_lost_after_the_write_took_effect(
        self, address: str, client: firestore.Client, status: str, error: type[Exception]
    ) -> None:
        arm(address, {"rpc": "Commit", "status": status, "applied": True, "times": 1})
        room = client.document("rooms/a")

        with pytest.raises(error):
            room.set({"x": 1}, retry=None)

        assert room.get().to_dict() == {"x": 1}

    def test_the_client_retries_what_it_may(self, address: str, client: firestore.Client) -> None:
        arm(address, {"rpc": "Commit", "status": "UNAVAILABLE", "times": 1})

        client.document("rooms/a").set({"x": 1})

        assert call(address, "GET", FAULTS)[1]["rules"][0]["matched"] == 2

    def test_calls_are_slow(self, address: str, client: firestore.Client) -> None:
        client.document("rooms/a").get()
        arm(address, {"rpc": "BatchGetDocuments", "latency_ms": 150})

        begun = time.perf_counter()
        client.document("rooms/a").get()

        assert time.perf_counter() - begun >= 0.15

    def test_a_dropped_listener_comes_back(self, address: str, client: firestore.Client) -> None:
        arm(address, {"rpc": "Listen", "drop_after_ms": 50, "times": 2})
        seen: list[Any] = []
        room = client.document("rooms/a")
        watch = room.on_snapshot(lambda rooms, *_: seen.extend(one.to_dict() for one in rooms))

        until(lambda: call(address, "GET", FAULTS)[1]["rules"][0]["matched"] >= 3)
        room.set({"x": 1})

        until(lambda: {"x": 1} in seen)
        watch.unsubscribe()

    def test_rest_calls_pass_the_same_rules(self, address: str) -> None:
        arm(address, {"rpc": "GetDocument", "status": "UNAVAILABLE", "message": "out for lunch"})

        status, content = call(address, "GET", "/v1/projects/p/databases/(default)/documents/rooms/a")

        assert (status, content["error"]["message"]) == (503, "out for lunch")

    def test_what_makes_no_sense_is_refused_and_changes_nothing(self, address: str) -> None:
        arm(address, {"status": "ABORTED", "times": 0})

        status, content = call(address, "PUT", FAULTS, {"rules": [{"status": "BROKEN"}]})

        assert (status, content["error"]["status"]) == (400, "INVALID_ARGUMENT")
        assert call(address, "GET", FAULTS)[1]["rules"][0]["status"] == "ABORTED"
        assert call(address, "POST", FAULTS)[0] == 405

    def test_a_body_that_is_not_json_is_refused(self, address: str) -> None:
        connection = http.client.HTTPConnection(address, timeout=5)
        connection.request("PUT", FAULTS, "{")
        response = connection.getresponse()

        assert response.status == 400
        assert "not JSON" in json.loads(response.read())["error"]["message"]
        connection.close()


class TestMeter:
    """The price list: https://firebase.google.com/docs/firestore/pricing."""

    def billed(self, address: str) -> tuple[int, int, int]:
        counts = call(address, "DELETE", METER)[1]
        return counts["reads"], counts["writes"], counts["deletes"]

    def test_documents_read_written_and_deleted(self, address: str, client: firestore.Client) -> None:
        rooms = client.collection("rooms")
        batch = client.batch()
        for number in range(5):
            batch.set(rooms.document(f"r{number}"), {"x": number})
        batch.commit()
        assert self.billed(address) == (0, 5, 0)

        rooms.document("r0").set({"x": 0})
        rooms.document("r4").delete()
        rooms.document("never").delete()
        assert self.billed(address) == (0, 1, 2)

        rooms.document("r0").get()
        rooms.document("missing").get()
        assert self.billed(address) == (2, 0, 0)

        assert len(rooms.get()) == 4
        assert self.billed(address) == (4, 0, 0)

        assert len(rooms.offset(1).limit(2).get()) == 2
        assert self.billed(address) == (3, 0, 0)

        assert not client.collection("empty").get()
        assert self.billed(address) == (1, 0, 0)

        rooms.count().get()
        list(client.collections())
        assert self.billed(address) == (2, 0, 0)

    def test_a_refused_write_costs_nothing(self, address: str, client: firestore.Client) -> None:
        with pytest.raises(exceptions.NotFound):
            client.document("rooms/missing").update({"x": 1})

        assert self.billed(address) == (0, 0, 0)

    def test_listeners_pay_for_what_they_are_sent(self, address: str, client: firestore.Client) -> None:
        rooms = client.collection("rooms")
        for number in range(3):
            rooms.document(f"r{number}").set({"x": number})
        call(address, "DELETE", METER)
        seen = threading.Event()
        sizes: list[int] = []

        def callback(documents: Any, *_: Any) -> None:
            sizes.append(len(documents))
            seen.set()

        watch = rooms.where(filter=firestore.FieldFilter("x", "<", 10)).on_snapshot(callback)
        until(lambda: sizes == [3])
        assert self.billed(address) == (3, 0, 0)

        rooms.document("r0").set({"x": 5})
        rooms.document("r1").set({"x": 50})
        rooms.document("r2").delete()
        until(lambda: sizes[-1] == 1)
        watch.unsubscribe()

        assert self.billed(address) == (2, 2, 1)

    def test_a_listener_without_results_pays_for_its_query(
        self, address: str, client: firestore.Client
    ) -> None:
        seen = threading.Event()
        watch = client.collection("empty").on_snapshot(lambda *_: seen.set())

        assert seen.wait(10)
        watch.unsubscribe()

        assert self.billed(address) == (1, 0, 0)

    def test_callers_are_told_apart_by_their_label(self, address: str, client: firestore.Client) -> None:
        path = "/v1/projects/p/databases/(default)/documents/rooms/a"
        connection = http.client.HTTPConnection(address, timeout=5)
        connection.request("GET", path, headers={"x-emulator-label": "page"})
        connection.getresponse().read()
        connection.close()
        client._firestore_api.batch_write(
            {"database": client._database_string, "writes": []}, metadata=[("x-emulator-label", "relay")]
        )
        client.document("rooms/a").set({"x": 1})

        counts = call(address, "GET", METER)[1]

        assert counts["labels"] == {
            "": {"reads": 0, "writes": 1, "deletes": 0, "calls": {"Commit": 1}},
            "page": {"reads": 1, "writes": 0, "deletes": 0, "calls": {"GetDocument": 1}},
            "relay": {"reads": 0, "writes": 0, "deletes": 0, "calls": {"BatchWrite": 1}},
        }
        assert counts["calls"] == {"BatchWrite": 1, "Commit": 1, "GetDocument": 1}


def test_requests_above_10_mib_are_refused(address: str, client: firestore.Client) -> None:
    batch = client.batch()
    for number in range(12):
        batch.set(client.document(f"rooms/r{number}"), {"x": "y" * 1_000_000})

    with pytest.raises(exceptions.InvalidArgument, match="Request payload size exceeds the limit"):
        batch.commit()

    assert not client.document("rooms/r0").get().exists
