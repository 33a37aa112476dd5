"""A Firestore function under the official functions emulator, told of changes by our Firestore emulator."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.auth import private_environment
from local.documents import reading_documents
from local.environment import ROOT
from local.official.stand_in import write_stand_in
from local.ports import free_ports
from local.processes import ChildProcess, spawn

PROJECT = "demo-triggers"
SOURCE = ROOT / "tests" / "emulator" / "triggers" / "function_source" / "main.py"
READY_SECONDS = 120


class Running:
    """The two emulators, and what the function notes."""

    def __init__(self, host: str, told: Path) -> None:
        self.host = host
        self._told = told

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        until(lambda: self._told.exists() and len(self._told.read_text().splitlines()) >= count)
        return [json.loads(line) for line in self._told.read_text().splitlines()]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


def lay_out(directory: Path, firestore: int, functions: int) -> None:
    emulators = {
        "firestore": {"host": "127.0.0.1", "port": firestore},
        "functions": {"host": "127.0.0.1", "port": functions},
        "ui": {"enabled": False},
    }
    source = {"source": "functions", "runtime": f"python3{sys.version_info.minor}", "ignore": ["venv"]}
    configuration = {"firestore": {"rules": "firestore.rules"}, "functions": [source], "emulators": emulators}
    (directory / "functions").mkdir(parents=True)
    (directory / "firebase.json").write_text(json.dumps(configuration))
    (directory / "firestore.rules").symlink_to(ROOT / "firestore.rules")
    (directory / "functions" / "main.py").symlink_to(SOURCE)
    (directory / "functions" / "requirements.txt").write_text("firebase-functions\n")
    (directory / "functions" / "venv").symlink_to(Path(sys.prefix))


def is_ready(process: ChildProcess) -> bool:
    return any("All emulators ready" in line for line in process.last_lines(100))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    firestore, functions = free_ports(2)
    project, told = tmp_path / "project", tmp_path / "told.jsonl"
    lay_out(project, firestore, functions)
    environment = {
        **private_environment(tmp_path),
        **write_stand_in(tmp_path / "bin", os.environ["PATH"]),
        "TOLD": str(told),
    }
    command = [str(ROOT / "node_modules/.bin/firebase"), "emulators:start", "--project", PROJECT]
    log = tmp_path / "firebase.log"
    process = spawn("Firebase", command, log=log, env=environment, cwd=project, stop_signal=signal.SIGINT)
    try:
        process.wait_until(lambda: is_ready(process), READY_SECONDS)
        yield Running(f"127.0.0.1:{firestore}", told)
    finally:
        process.stop(grace=30)


def test_function_is_told_of_changes_in_order(running: Running) -> None:
    with reading_documents(PROJECT, running.host) as client:
        post = client.document("users/ana/posts/p1")
        post.set({"title": "one"})
        post.update({"title": "two"})
        post.delete()

    told = running.wait_for(3)

    titles = [
        tuple(version and version["title"] for version in (one["before"], one["after"])) for one in told
    ]
    assert titles == [(None, "one"), ("one", "two"), ("two", None)]
    assert told[0]["params"] == {"uid": "ana", "post_id": "p1"}
