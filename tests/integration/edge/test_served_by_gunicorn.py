"""Functions served as in production: functions-framework imports the source, then gunicorn forks two workers."""

import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from psycopg.conninfo import conninfo_to_dict

from local.ports import LOOPBACK, accepts_connections, free_port
from local.processes import ChildProcess, spawn
from tests.http_calls import body_of, unsigned_token
from tests.world import World

ROOT = Path(__file__).parents[3]
MAIN = ROOT / "functions" / "main.py"
PLANTED = Path(__file__).with_name("planted.py")
WORKERS = 2
PROJECT = "demo-served"


@dataclass
class Server:
    """One deployed function; `http` may be used from many threads."""

    process: ChildProcess
    http: httpx.Client

    def call(self, uid: str, command: str, **content: Any) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {unsigned_token(uid, PROJECT)}",
            "Content-Type": "application/json",
        }
        return self.http.post("/", content=body_of(command, **content), headers=headers)

    def result(self, uid: str, command: str, **content: Any) -> dict[str, Any]:
        reply = self.call(uid, command, **content)
        assert reply.status_code == 200, reply.text
        result: dict[str, Any] = reply.json()["result"]
        return result

    @property
    def workers(self) -> list[psutil.Process]:
        """gunicorn's children, which the master forks after it has imported the source."""
        return psutil.Process(self.process.pid).children()


@contextmanager
def served(
    source: Path, target: str, *, database_url: str, emulator_host: str, log: Path, **settings: str
) -> Iterator[Server]:
    port = free_port()
    process = spawn(
        "functions",
        [sys.executable, "-m", "functions_framework", "--source", str(source), "--target", target],
        log=log,
        env={
            "HOST": LOOPBACK,
            "PORT": str(port),
            "WORKERS": str(WORKERS),
            "THREADS": "4",
            "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}",
            "GCLOUD_PROJECT": PROJECT,
            "DATABASE_URL": database_url,
            "FIRESTORE_EMULATOR_HOST": emulator_host,
            "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",
            "RATE_LIMITS": "off",
            **settings,
        },
    )
    with httpx.Client(
        base_url=f"http://{LOOPBACK}:{port}", timeout=30, trust_env=False, verify=False
    ) as http:
        try:
            process.wait_until(lambda: accepts_connections(port), timeout=60)
            yield Server(process, http)
        finally:
            process.stop()


@pytest.fixture
def trainers(empty_database: str, emulator_host: str, tmp_path: Path) -> Iterator[Server]:
    """The real `trainers` callable of the real `main.py`."""
    log = tmp_path / "functions.log"
    with served(
        MAIN, "trainers", database_url=empty_database, emulator_host=emulator_host, log=log
    ) as server:
        wait_for(lambda: len(server.workers) == WORKERS)
        yield server


@pytest.fixture(scope="module")
def planted(
    database_url: str, emulator_host: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A callable with planted bugs."""
    log = tmp_path_factory.mktemp("planted") / "functions.log"
    with served(
        PLANTED, "planted", database_url=database_url, emulator_host=emulator_host, log=log
    ) as server:
        wait_for(lambda: len(server.workers) == WORKERS)
        yield server


def test_every_caller_gets_the_own_row_from_forked_workers(trainers: Server, world: World) -> None:
    # Nothing is opened at import: the one socket that the master has is the one it listens on.
    master = psutil.Process(trainers.process.pid)
    assert {connection.status for connection in master.net_connections("inet")} == {psutil.CONN_LISTEN}
    rounds = 0

    def use(uid: str) -> set[str]:
        applied = trainers.result(uid, "apply", display_name=uid, time_zone="UTC")
        changed = trainers.result(uid, "update_profile", headline=uid)
        service = trainers.result(
            uid, "add_service", name=uid, duration_minutes=60, price_minor=1, currency="EUR"
        )
        return {applied["trainer_id"], changed["trainer_id"], service["trainer_id"]}

    with ThreadPoolExecutor(8) as threads:
        while rounds < 2 or not all(holds_a_connection(worker, world) for worker in trainers.workers):
            rounds += 1
            assert rounds <= 20, "one worker served every call"
            uids = [f"trainer-{rounds}-{n}" for n in range(16)]
            assert list(threads.map(use, uids)) == [{uid} for uid in uids]

    # An id made by one worker and a text sent to another would not match.
    mixed = "SELECT count(*) FROM trainers AS t JOIN services AS s ON s.trainer_id = t.id WHERE {} <> t.id"
    for column in ("t.headline", "t.display_name", "s.name"):
        assert world.rows(mixed.format(column)) == [(0,)]
    assert trainers.process.stop() == 0


def test_exit_in_a_handler_does_not_end_the_server(planted: Server) -> None:
    workers = {worker.pid for worker in planted.workers}

    for uid in ("ada", "bob", "eve"):
        reply = planted.call(uid, "exit_server")
        assert (reply.status_code, reply.json()["error"]["status"]) == (500, "INTERNAL")

    assert planted.result("ada", "do_nothing") == {}
    assert {worker.pid for worker in planted.workers} == workers


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "MALFORMED_REQUEST"),
        (b"[" * 100_000, "REQUEST_TOO_LARGE"),
        (b" " * 12_000_000, "REQUEST_TOO_LARGE"),
    ],
)
def test_malformed_body_is_a_typed_400_through_the_whole_server(
    planted: Server, body: bytes, reason: str
) -> None:
    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = {"Content-Type": "application/json"}
    for content in (body, chunks()):
        reply = planted.http.post("/", content=content, headers=headers)

        assert (reply.status_code, reply.json()["error"]["details"]["reason"]) == (400, reason)


def test_broken_chunks_are_no_error_of_ours(planted: Server) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    with socket.create_connection((planted.http.base_url.host, planted.http.base_url.port or 0), 10) as raw:
        raw.sendall(head + b"\r\nZZ\r\n")
        raw.shutdown(socket.SHUT_WR)
        reply = raw.makefile("rb").read()

    assert reply.startswith(b"HTTP/1.1 400"), reply


def holds_a_connection(worker: psutil.Process, world: World) -> bool:
    """Whether a worker has opened Postgres, so that it answered a call."""
    port = int(str(conninfo_to_dict(world.backends.settings.database_url)["port"]))
    return any(c.raddr and c.raddr.port == port for c in worker.net_connections("inet"))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true within 30 s"
        time.sleep(0.02)
