"""`main.py` is the table of contents: importing it, as deployment does, opens nothing and needs nothing."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.architecture.source import FUNCTIONS

# Runs in a process of its own: what it imports and opens is what a deployment would.
PROBE = """
import json, sys, threading

calls = []
def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.fork"}:
        calls.append(event)
sys.addaudithook(watch)

import main
import psutil

sockets = [(c.status, c.raddr) for c in psutil.Process().net_connections()]
functions = {
    name: getattr(value, "__firebase_endpoint__").entryPoint
    for name, value in vars(main).items() if hasattr(value, "__firebase_endpoint__")
}
print(json.dumps({
    "calls": calls, "sockets": sockets, "functions": functions,
    "threads": [thread.name for thread in threading.enumerate()],
    "runtime": sorted(vars(main.runtime)),
}))
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, Any]:
    """What importing `main` did, without a single setting in the environment."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "-W", "error", "-c", PROBE]
    shown = subprocess.run(
        command, cwd=FUNCTIONS, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert shown.returncode == 0, shown.stderr
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def test_import_opens_no_connection_and_starts_no_process(imported: dict[str, Any]) -> None:
    assert (imported["calls"], imported["sockets"]) == ([], [])


def test_import_starts_no_thread_that_a_fork_would_lose(imported: dict[str, Any]) -> None:
    assert imported["threads"] == ["MainThread"]


def test_import_builds_nothing_of_the_runtime_yet(imported: dict[str, Any]) -> None:
    assert imported["runtime"] == ["backends_factory", "carry_out", "react"]


def test_every_function_is_deployed_under_the_name_it_has_in_main(imported: dict[str, Any]) -> None:
    functions = imported["functions"]

    assert {"account", "trainers", "availability", "bookings", "health", "relay_sweep", "nightly"} <= set(
        functions
    )
    assert [name for name, deployed in functions.items() if name != deployed] == []
