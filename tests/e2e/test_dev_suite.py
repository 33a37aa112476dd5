"""`make dev` as a person meets it: the board, a booking, a restart that keeps it, an end that leaves nobody behind."""

import ast
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from local.auth import AuthServer
from local.documents import reading_documents
from local.environment import ROOT
from local.ports import free_ports
from local.processes import ChildProcess, spawn
from tests.e2e.ended import runs_on

PROJECT = "demo-courtside"
READY_SECONDS = 240  # a tenth of it on a machine with nothing else to do
PORTS = ("postgres", "firestore", "functions", "auth", "fcm", "smtp", "mail")
PARTS = (
    "Auth emulator",
    "Postgres",
    "FCM stand-in",
    "Mail server",
    "Functions",
    "Firestore emulator",
    "Relay worker",
)


@dataclass(frozen=True)
class RunningSuite:
    """A suite that showed its board, with the processes it had then."""

    process: ChildProcess
    children: dict[str, psutil.Process]
    environment: dict[str, str]

    @property
    def output(self) -> str:
        return "\n".join(self.process.last_lines(1000))

    @property
    def auth(self) -> AuthServer:
        return AuthServer(self.environment["FIREBASE_AUTH_EMULATOR_HOST"], PROJECT, self.process)

    def document(self, path: str) -> dict[str, Any] | None:
        with reading_documents(PROJECT, self.environment["FIRESTORE_EMULATOR_HOST"]) as client:
            fields: dict[str, Any] | None = client.document(path).get().to_dict()
            return fields


@dataclass(frozen=True)
class FirstRun:
    """What the first suite did and left."""

    output: str
    exit_status: int
    client_email: str
    booking: dict[str, Any]
    readme_answer: dict[str, Any]
    still_running: list[psutil.Process]
    refusal_of_second_suite: str
    visitor_sees: dict[str, int]
    unindexed_query: dict[str, Any]


@dataclass(frozen=True)
class SecondRun:
    """What the second suite, on the same data, found; then its emulator was killed."""

    uid_of_client: str
    booking_document: dict[str, Any] | None
    read_mark: dict[str, Any] | None
    output: str
    exit_status: int
    still_running: list[psutil.Process]


@contextmanager
def suite(data: Path, log: Path, *options: str) -> Iterator[RunningSuite]:
    arguments = [f"--port-{part}={port}" for part, port in zip(PORTS, free_ports(len(PORTS)), strict=True)]
    command = [sys.executable, "-m", "local", "--data", str(data), *arguments, *options]
    process = spawn("Suite", command, log=log, env={"DATABASE_URL": ""}, cwd=ROOT, stop_signal=signal.SIGINT)
    try:
        process.wait_until(
            lambda: "Ctrl-C stops everything" in "\n".join(process.last_lines(5)), READY_SECONDS
        )
        children = psutil.Process(process.pid).children(recursive=True)
        environment = read_environment(data / "suite.env")
        yield RunningSuite(process, {describe(child): child for child in children}, environment)
    finally:
        process.stop(grace=30)


def read_environment(path: Path) -> dict[str, str]:
    pairs = (line.removeprefix("export ").split("=", 1) for line in path.read_text().splitlines())
    return {name: value.strip("'") for name, value in pairs}


def describe(process: psutil.Process) -> str:
    return f"{process.pid} {' '.join(process.cmdline())}"


def running(children: dict[str, psutil.Process]) -> list[psutil.Process]:
    return [child for child in children.values() if runs_on(child)]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true within 60 s"
        time.sleep(0.05)


def follow_example(board: str) -> tuple[str, dict[str, Any]]:
    """Do what the commands on the board do; the address of the client and the result of the booking."""
    example = board.partition("Book a session")[2].partition("· Logs")[0]
    words = shlex.split(example.replace("$(curl", " curl").replace("\\\n", " "))
    urls = [word for word in words if word.startswith("http")]
    sign_in, booking = (json.loads(body) for option, body in pairwise(words) if option == "-d")
    token = httpx.post(urls[0], json=sign_in, timeout=20, trust_env=False).json()["idToken"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(urls[1], json=booking, headers=headers, timeout=20, trust_env=False)
    assert answer.status_code == 200, answer.text
    return sign_in["email"], answer.json()["result"]


def run_readme_example(environment: dict[str, str]) -> dict[str, Any]:
    """What the README's Python prints, on this suite's ports."""
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition("```python\n")
    functions = httpx.URL(environment["FUNCTIONS_URL"])
    code = rest.partition("```")[0].replace("127.0.0.1:9099", environment["FIREBASE_AUTH_EMULATOR_HOST"])
    code = code.replace("127.0.0.1:5001", functions.netloc.decode())
    firestore = {"FIRESTORE_EMULATOR_HOST": environment["FIRESTORE_EMULATOR_HOST"]}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **firestore},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = ast.literal_eval(done.stdout)
    return printed


def documents_url(environment: dict[str, str]) -> str:
    host = environment["FIRESTORE_EMULATOR_HOST"]
    return f"http://{host}/v1/projects/{PROJECT}/databases/(default)/documents"


def read_as_visitor(environment: dict[str, str], *paths: str) -> dict[str, int]:
    """Path → HTTP status, for somebody without a token."""
    url = documents_url(environment)
    return {path: httpx.get(f"{url}/{path}", trust_env=False).status_code for path in paths}


def run_unindexed_query(environment: dict[str, str]) -> dict[str, Any]:
    """The refusal of a query that no index of the product serves."""
    field = {
        "fieldFilter": {"field": {"fieldPath": "status"}, "op": "EQUAL", "value": {"stringValue": "open"}}
    }
    query = {
        "from": [{"collectionId": "sessions"}],
        "where": field,
        "orderBy": [{"field": {"fieldPath": "created_at"}}],
    }
    answer = httpx.post(
        f"{documents_url(environment)}:runQuery",
        json={"structuredQuery": query},
        headers={"Authorization": "Bearer owner"},
        trust_env=False,
    )
    ((refusal,)) = answer.json()
    return dict(refusal["error"])


def leave_a_read_mark(environment: dict[str, str]) -> None:
    """Something that no projection makes, so only Firestore's own data can bring it back."""
    answer = httpx.patch(
        f"{documents_url(environment)}/users/somebody/marks/inbox",
        json={"fields": {"note": {"stringValue": "kept"}}},
        headers={"Authorization": "Bearer owner"},
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


def refusal_of_second_suite(first: RunningSuite, directory: Path) -> str:
    port = httpx.URL(first.environment["FUNCTIONS_URL"]).port
    others = [f"--port-{part}=0" for part in PORTS if part != "functions"]
    command = [sys.executable, "-m", "local", "--data", str(directory / "second"), *others]
    command += [f"--port-functions={port}"]
    second = spawn("Second suite", command, log=directory / "refused.log", env={"DATABASE_URL": ""}, cwd=ROOT)
    wait_for(second.has_ended)
    assert second.stop() == 1
    return "\n".join(second.last_lines())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("suite") / "data"


@pytest.fixture(scope="module")
def first_run(data: Path) -> FirstRun:
    with suite(data, data.parent / "first.log", "--seed-size=small") as running_suite:
        email, booking = follow_example(running_suite.output)
        readme = run_readme_example(running_suite.environment)
        refusal = refusal_of_second_suite(running_suite, data.parent)
        private = f"bookings/{booking['booking_id']}"
        public = f"trainers/{booking['trainer_id']}"
        sees = read_as_visitor(running_suite.environment, private, public)
        unindexed = run_unindexed_query(running_suite.environment)
        leave_a_read_mark(running_suite.environment)
        output = running_suite.output
        children = running_suite.children
        exit_status = running_suite.process.stop(grace=30)
    return FirstRun(output, exit_status, email, booking, readme, running(children), refusal, sees, unindexed)


@pytest.fixture(scope="module")
def second_run(data: Path, first_run: FirstRun) -> SecondRun:
    with suite(data, data.parent / "second.log", "--no-seed") as running_suite:
        accounts = {account.email: account.uid for account in running_suite.auth.accounts()}
        path = f"bookings/{first_run.booking['booking_id']}"
        wait_for(lambda: running_suite.document(path) is not None)
        document = running_suite.document(path)
        mark = running_suite.document("users/somebody/marks/inbox")
        children = running_suite.children
        emulator = next(child for name, child in children.items() if "-m emulator" in name)
        emulator.kill()
        wait_for(running_suite.process.has_ended)
        exit_status = running_suite.process.stop()
        output = running_suite.output
    return SecondRun(accounts[first_run.client_email], document, mark, output, exit_status, running(children))


def test_board_names_every_part_with_its_address(first_run: FirstRun) -> None:
    board = first_run.output.partition("Courtside is ready")[2]

    for part in PARTS:
        assert part in board
    assert "/demo-courtside/us-central1" in board


def test_example_on_the_board_books_a_session(first_run: FirstRun) -> None:
    assert first_run.booking["status"] == "confirmed"


def test_example_of_the_readme_books_a_session(first_run: FirstRun) -> None:
    assert first_run.readme_answer["result"]["trainer_id"] == "ananya-rao"
    assert first_run.readme_answer["result"]["status"] == "confirmed"


def test_interrupt_ends_the_suite_in_order_and_every_process_of_it(first_run: FirstRun) -> None:
    assert first_run.exit_status == 0
    assert first_run.still_running == []


def test_taken_port_is_named_with_its_part_and_option(first_run: FirstRun) -> None:
    assert "Functions needs port" in first_run.refusal_of_second_suite
    assert "--port-functions" in first_run.refusal_of_second_suite
    assert "Traceback" not in first_run.refusal_of_second_suite


def test_bookings_and_accounts_survive_a_restart(first_run: FirstRun, second_run: SecondRun) -> None:
    assert second_run.booking_document is not None
    assert second_run.booking_document["client_id"] == second_run.uid_of_client
    assert second_run.booking_document["status"] == "confirmed"


def test_firestores_own_data_survives_a_restart(second_run: SecondRun) -> None:
    assert second_run.read_mark == {"note": "kept"}


def test_the_products_rules_hold(first_run: FirstRun) -> None:
    assert sorted(first_run.visitor_sees.values()) == [200, 403]
    assert {path.split("/")[0]: status for path, status in first_run.visitor_sees.items()} == {
        "bookings": 403,
        "trainers": 200,
    }


def test_a_query_without_an_index_is_refused_as_in_production(first_run: FirstRun) -> None:
    assert first_run.unindexed_query["status"] == "FAILED_PRECONDITION"
    assert "created_at" in first_run.unindexed_query["message"]


def test_part_that_dies_is_named_and_takes_the_suite_with_it(second_run: SecondRun) -> None:
    assert second_run.exit_status == 1
    assert "✗ Firestore emulator ended" in second_run.output
    assert second_run.still_running == []
