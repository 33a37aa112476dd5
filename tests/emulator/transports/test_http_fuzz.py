"""Random requests to every HTTP path: each gets a reply, and none leaves anything behind."""

import http.client
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulator.process import Emulator, named_target, started
from tests.emulator.transports.noise import METHODS, Noise
from tests.emulator.waiting import until

pytestmark = pytest.mark.skipif(
    named_target() is not None, reason="about our process, not the one TARGET names"
)

CHANNEL = "/google.firestore.v1.Firestore/{}/channel"


@pytest.fixture(scope="module")
def own() -> Iterator[Emulator]:
    """An emulator for these tests alone."""
    with started("--lock-seconds", "0") as emulator:
        yield emulator


REST_PARAMETERS = [
    "mask.fieldPaths",
    "pageSize",
    "pageToken",
    "orderBy",
    "transaction",
    "readTime",
    "mask",
    "x.y.z",
]
CHANNEL_PARAMETERS = ["SID", "RID", "AID", "CI", "TO", "TYPE", "VER", "database"]
ANSWERS = {200, 400, 404, 405, 409, 501}


def request(address: str, method: str, target: str, body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request(method, target, body)
        response = connection.getresponse()
        # A back channel would go on for a while.
        return response.status, b"" if response.chunked and "channel" in target else response.read()
    finally:
        connection.close()


def descriptors(emulator: Emulator) -> Callable[[], int]:
    assert emulator.process is not None
    folder = Path(f"/proc/{emulator.process.pid}/fd")
    return lambda: len(os.listdir(folder))


@pytest.mark.parametrize("seed", range(4))
def test_rest_requests_are_answered_and_never_fail_inside(own: Emulator, seed: int) -> None:
    noise, open_files = Noise(seed), descriptors(own)
    request(own.address, "GET", "/", b"")
    before = open_files()

    for _ in range(150):
        method, path, body = noise.call()
        target = f"{path}?{noise.query(REST_PARAMETERS, 2)}"
        status, reply = request(own.address, method, target, body)
        assert status in ANSWERS, (method, target, body, reply)

    assert request(own.address, "GET", "/", b"") == (200, b"Ok\n")
    until(lambda: open_files() <= before + 1)


@pytest.mark.parametrize("seed", range(4))
def test_channel_requests_are_answered_and_never_fail_inside(own: Emulator, seed: int) -> None:
    noise, open_files = Noise(seed), descriptors(own)
    request(own.address, "GET", "/", b"")
    before = open_files()
    sessions: list[str] = []

    for _ in range(100):
        target = CHANNEL.format(noise.random.choice(["Listen", "Write"]))
        target += "?" + noise.query(CHANNEL_PARAMETERS, 2)
        if sessions and noise.chance(0.7):
            more = noise.random.choice(["", "&RID=rpc", "&CI=1&TO=1&RID=rpc"])
            target += f"&SID={noise.random.choice(sessions)}{more}"
        method = noise.random.choice(["POST", "POST", "GET", *METHODS])
        status, reply = request(own.address, method, target, noise.form())
        assert status in (200, 400), (target, reply)
        if b'["c"' in reply:
            sessions.append(reply.split(b'"')[3].decode())

    assert sessions
    for session in sessions:
        request(own.address, "POST", CHANNEL.format("Listen") + f"?SID={session}&TYPE=terminate", b"")
    assert request(own.address, "GET", "/", b"") == (200, b"Ok\n")
    until(lambda: open_files() <= before + 1)
