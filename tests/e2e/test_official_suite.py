"""`make suite`: the Firebase CLI starts our Firestore emulator in the place of Google's, and it all works together."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

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


@dataclass(frozen=True)
class Run:
    """What happened in one suite, and what it left."""

    output: str
    children: list[str]
    answer: httpx.Response
    client: dict[str, Any] | None
    written: dict[str, Any] | None
    denied: httpx.Response
    exit_status: int
    still_running: list[psutil.Process]


@contextmanager
def suite(notes: Path, log: Path) -> Iterator[ChildProcess]:
    ports = dict(zip(("postgres", "firestore", "functions", "auth"), free_ports(4), strict=True))
    command = [sys.executable, "-m", "local.official", "--notes", str(notes)]
    command += [f"--port-{part}={port}" for part, port in ports.items()]
    environment = {"DATABASE_URL": "", "FIRESTORE": ""}
    process = spawn("Suite", command, log=log, env=environment, cwd=ROOT, stop_signal=signal.SIGINT)
    try:
        process.wait_until(lambda: "Ctrl-C stops everything" in output_of(process), READY_SECONDS)
        yield process
    finally:
        process.stop(grace=40)


def output_of(process: ChildProcess) -> str:
    return "\n".join(process.last_lines(1000))


def read_environment(path: Path) -> dict[str, str]:
    pairs = (line.removeprefix("export ").split("=", 1) for line in path.read_text().splitlines())
    return {name: value.strip("'") for name, value in pairs}


def register_client(environment: dict[str, str], token: str) -> httpx.Response:
    command = {
        "command": "register_client",
        "command_id": str(uuid4()),
        "display_name": "Cleo",
        "time_zone": "Europe/Berlin",
    }
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{environment['FUNCTIONS_URL']}/account"
    return httpx.post(url, json={"data": command}, headers=headers, timeout=60, trust_env=False)


def wait_for_document(host: str, path: str) -> dict[str, Any] | None:
    deadline = time.monotonic() + 20
    with reading_documents(PROJECT, host) as client:
        while True:
            fields: dict[str, Any] | None = client.document(path).get().to_dict()
            if fields is not None or time.monotonic() > deadline:
                return fields


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("official")
    with suite(directory / "notes", directory / "suite.log") as process:
        children = psutil.Process(process.pid).children(recursive=True)
        environment = read_environment(directory / "notes" / "suite.env")
        host = environment["FIRESTORE_EMULATOR_HOST"]
        auth = AuthServer(environment["FIREBASE_AUTH_EMULATOR_HOST"], PROJECT, process)
        uid = auth.sign_up("cleo@example.com", "secret-1")
        answer = register_client(environment, auth.sign_in("cleo@example.com", "secret-1"))
        client = wait_for_document(host, f"clients/{uid}")
        with reading_documents(PROJECT, host) as documents:
            documents.document("trainers/ana").set({"name": "Ana"})
            written = documents.document("trainers/ana").get().to_dict()
        url = f"http://{host}/v1/projects/{PROJECT}/databases/(default)/documents/clients/{uid}"
        denied = httpx.get(url, trust_env=False)
        commands = [" ".join(child.cmdline()) for child in children]
        children += psutil.Process(process.pid).children(recursive=True)
        exit_status = process.stop(grace=40)
        output = output_of(process)
    left = [child for child in set(children) if runs_on(child)]
    return Run(output, commands, answer, client, written, denied, exit_status, left)


def test_cli_starts_our_emulator_and_no_java(run: Run) -> None:
    assert any("-m emulator" in command for command in run.children)
    assert not any(command.startswith("java") for command in run.children)
    assert "All emulators ready!" in run.output


def test_call_through_the_functions_emulator_reaches_firestore(run: Run) -> None:
    assert run.answer.status_code == 200, run.answer.text
    assert run.client is not None
    assert run.client["display_name"] == "Cleo"


def test_client_library_reads_what_it_wrote(run: Run) -> None:
    assert run.written == {"name": "Ana"}


def test_rules_of_the_repository_are_in_force(run: Run) -> None:
    assert run.denied.status_code == 403
    assert "for 'get' @ L" in run.denied.text


def test_interrupt_ends_everything_that_was_started(run: Run) -> None:
    assert run.exit_status == 0
    assert run.still_running == []
