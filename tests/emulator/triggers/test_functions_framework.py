"""The way to a real function: firebase_functions served by functions-framework, registered as a host does it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from local.ports import accepts_connections, free_port
from local.processes import spawn
from tests.emulator.process import started
from tests.emulator.waiting import until

PROJECT = "demo-functions"
SOURCE = Path(__file__).parent / "function_source" / "main.py"


class Function:
    """The running function and the emulator that tells it of changes."""

    def __init__(self, client: firestore.Client, told: Path) -> None:
        self.client = client
        self._told = told

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        until(lambda: self._told.exists() and len(self._told.read_text().splitlines()) >= count, 30)
        return [json.loads(line) for line in self._told.read_text().splitlines()]


@pytest.fixture
def function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    port, told = free_port(), tmp_path / "told.jsonl"
    with started("--functions", f"127.0.0.1:{port}") as emulator:
        environment = {
            "TOLD": str(told),
            "FIRESTORE_EMULATOR_HOST": emulator.address,
            "GCLOUD_PROJECT": PROJECT,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
        }
        command = [
            str(Path(sys.executable).with_name("functions-framework")),
            "--source",
            str(SOURCE),
            "--target",
            "on_post",
        ]
        command += ["--signature-type", "cloudevent", "--host", "127.0.0.1", "--port", str(port)]
        process = spawn("function", command, log=tmp_path / "function.log", env=environment)
        try:
            register(emulator.address)
            process.wait_until(lambda: accepts_connections(port), 30)
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator.address)
            client = firestore.Client(project=PROJECT, credentials=AnonymousCredentials())
            yield Function(client, told)
            client.close()
        finally:
            process.stop()


def register(address: str) -> None:
    content = {
        "eventType": "google.cloud.firestore.document.v1.written.withAuthContext",
        "database": "(default)",
        "namespace": "(default)",
        "document": {"value": "users/{uid}/posts/{post_id}", "matchType": "PATH_PATTERN"},
    }
    url = f"http://{address}/emulator/v1/projects/{PROJECT}/eventarcTrigger"
    params = {"eventarcTriggerId": "us-central1-on_post-0"}
    httpx.post(url, params=params, json=content, trust_env=False).raise_for_status()


def test_function_is_told_of_every_change_of_a_document_in_order(function: Function) -> None:
    post = function.client.document("users/ana/posts/p1")
    function.client.document("users/ana").set({"not": "told"})
    post.set({"title": "one", "tags": ["x"], "at": {"city": "Berlin"}})
    post.update({"title": "two"})
    post.delete()
    created, updated, deleted = function.wait_for(3)

    assert created["before"] is None
    assert created["after"] == {"title": "one", "tags": ["x"], "at": {"city": "Berlin"}}
    assert created["params"] == {"uid": "ana", "post_id": "p1"}
    assert created["auth_type"] == "service_account"
    assert (updated["before"]["title"], updated["after"]["title"]) == ("one", "two")
    assert deleted["before"]["title"] == "two"
    assert deleted["after"] is None
