"""The process: its start, its port, its HTTP face, its end, and what it makes of garbage."""

import http.client
import os
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from google.cloud import firestore

from tests.emulator.process import ROOT, Emulator, named_target, started

START_SECONDS = 1.0

ours = pytest.mark.skipif(
    named_target() is not None, reason="about our process, not the one that TARGET names"
)


def get(address: str, method: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"


@pytest.fixture
def own() -> Iterator[Emulator]:
    """An emulator for this test alone."""
    with started() as emulator:
        yield emulator


def processor_seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@ours
def test_is_ready_within_a_second() -> None:
    # The processor's time, as the clock on the wall also counts whatever else the machine is doing.
    before = processor_seconds_of_children()

    with started() as emulator:
        assert get(emulator.address, "GET", "/")[0] == 200

    assert processor_seconds_of_children() - before < START_SECONDS


@ours
def test_says_in_one_line_where_it_is(own: Emulator) -> None:
    assert re.fullmatch(r"Firestore emulator ready on 127\.0\.0\.1:\d+ after \d+ ms\n", own.first_line)


@ours
def test_a_taken_port_is_named_in_the_error(own: Emulator) -> None:
    port = own.address.rpartition(":")[2]

    second = subprocess.run(
        [sys.executable, "-m", "emulator", "--port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert second.returncode == 1
    assert second.stderr == f"error: 127.0.0.1:{port} is already in use; choose another with --port\n"
    assert get(own.address, "GET", "/") == (200, b"Ok\n")


@ours
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_with_listeners_connected(own: Emulator, number: signal.Signals) -> None:
    assert own.process is not None
    with grpc.insecure_channel(own.address) as channel:
        grpc.channel_ready_future(channel).result(5)

        own.process.send_signal(number)

        assert own.process.wait(5) == 0


def test_answers_ok_at_the_root(host: str) -> None:
    assert get(host, "GET", "/") == (200, b"Ok\n")


def test_clears_one_database_and_its_transactions(client: firestore.Client, project: str, host: str) -> None:
    room = client.document("rooms/a")
    room.set({"x": 1})
    transaction = client.transaction()
    transaction._begin()
    room.get(transaction=transaction)

    path = f"/emulator/v1/projects/{project}/databases/(default)/documents"
    assert get(host, "DELETE", path)[0] == 200

    assert not room.get().exists
    room.set({"x": 2})


def test_clearing_is_seen_by_listeners(client: firestore.Client, project: str, host: str) -> None:
    client.document("rooms/a").set({"x": 1})
    seen: list[int] = []
    watch = client.collection("rooms").on_snapshot(lambda documents, *_: seen.append(len(documents)))
    until(lambda: seen == [1])

    get(host, "DELETE", f"/emulator/v1/projects/{project}/databases/%28default%29/documents")

    until(lambda: seen == [1, 0])
    watch.unsubscribe()


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/projects/p"), ("POST", "/"), ("PUT", "/emulator/v1/x")]
)
def test_an_unsupported_http_call_is_named(host: str, method: str, path: str) -> None:
    status, body = get(host, method, path)

    assert status == 501
    assert f"{method} {path} is not supported".encode() in body


@pytest.mark.parametrize("method", ["ExecutePipeline", "NoSuchMethod"])
def test_an_unsupported_rpc_is_named(host: str, method: str) -> None:
    with grpc.insecure_channel(host) as channel:
        call = channel.unary_unary(f"/google.firestore.v1.Firestore/{method}")
        with pytest.raises(grpc.RpcError) as refused:
            call(b"", timeout=5)

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert method in refused.value.details()


def garbage(seed: int) -> bytes:
    generator = random.Random(seed)
    starts = [
        b"",
        b"PRI",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\n",
        b"POST /x HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    return generator.choice(starts) + generator.randbytes(generator.randrange(1, 4000))


@ours
def test_random_bytes_neither_stop_it_nor_leak_connections(own: Emulator) -> None:
    assert own.process is not None
    descriptors = Path(f"/proc/{own.process.pid}/fd")
    host, _, port = own.address.rpartition(":")
    get(own.address, "GET", "/")
    before = len(os.listdir(descriptors))

    for seed in range(60):
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(garbage(seed))

    assert get(own.address, "GET", "/") == (200, b"Ok\n")
    until(lambda: len(os.listdir(descriptors)) <= before + 1)


@ours
def test_random_requests_get_a_status_and_leave_no_stream_behind(own: Emulator) -> None:
    generator = random.Random(1)
    names = [
        "Commit",
        "BatchGetDocuments",
        "RunQuery",
        "ListDocuments",
        "BeginTransaction",
        "RunAggregationQuery",
    ]
    with grpc.insecure_channel(own.address) as channel:
        for _ in range(100):
            call = channel.unary_stream(f"/google.firestore.v1.Firestore/{generator.choice(names)}")
            with pytest.raises(grpc.RpcError) as refused:
                list(call(generator.randbytes(generator.randrange(1, 60)), timeout=5))
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        listen = channel.stream_stream("/google.firestore.v1.Firestore/Listen")
        for _ in range(30):
            with pytest.raises(grpc.RpcError) as refused:
                list(listen(iter([generator.randbytes(20)]), timeout=5))
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT

    assert get(own.address, "GET", "/") == (200, b"Ok\n")


@ours
def test_a_half_sent_request_does_not_hold_up_others(own: Emulator) -> None:
    host, _, port = own.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as slow:
        slow.sendall(b"PR")
        assert get(own.address, "GET", "/") == (200, b"Ok\n")
        slow.sendall(b"X / HTTP/1.1\r\n\r\n")
        assert slow.recv(100).startswith(b"HTTP/1.1 400")
