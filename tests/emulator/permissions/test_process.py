"""Rules given to the running emulator: from a file that changes, and put over HTTP; errors with their place."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.ports import LOOPBACK, free_port
from local.processes import ChildProcess, spawn
from tests.emulator.permissions.rulesets import source_of
from tests.emulator.process import ROOT
from tests.emulator.waiting import until

OPEN = source_of("match /{path=**} { allow read: if true; }")
CLOSED = source_of("match /{path=**} { allow read: if request.auth != null; }")
BROKEN = source_of("match /{path=**} { allow read: if ; }")


class Held:
    """An emulator held to a rules file."""

    def __init__(self, address: str, rules: Path, process: ChildProcess) -> None:
        self.rules = rules
        self.process = process
        self._client = httpx.Client(base_url=f"http://{address}", trust_env=False)

    def status(self, project: str = "demo", headers: dict[str, str] | None = None) -> int:
        """What a read without a document answers: 404 where it is allowed."""
        path = f"/v1/projects/{project}/databases/(default)/documents/notes/a"
        return self._client.get(path, headers=headers).status_code

    def put(self, source: str, project: str = "demo", **options: Any) -> httpx.Response:
        content = {"rules": {"files": [{"name": "security.rules", "content": source}]}, **options}
        return self._client.put(f"/emulator/v1/projects/{project}:securityRules", json=content)

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path)

    @property
    def console(self) -> str:
        return "\n".join(self.process.last_lines(100))

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    rules, port = tmp_path / "firestore.rules", free_port()
    rules.write_text(OPEN)
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--rules", str(rules)]
    process = spawn("emulator", command, log=tmp_path / "emulator.log", cwd=ROOT)
    emulator = Held(f"{LOOPBACK}:{port}", rules, process)
    try:
        process.wait_until(lambda: "ready on" in emulator.console, 30)
        yield emulator
    finally:
        emulator.close()
        process.stop()


def test_changed_file_is_in_force_without_a_restart(held: Held) -> None:
    assert held.status() == 404

    held.rules.write_text(CLOSED)

    until(lambda: held.status() == 403)
    assert held.status(headers={"authorization": "Bearer owner"}) == 404


def test_broken_file_leaves_the_last_good_rules_and_names_the_place(held: Held) -> None:
    held.rules.write_text(BROKEN)

    until(lambda: f"{held.rules}:3:35 error: " in held.console)
    assert held.status() == 404


def test_rules_put_for_a_project_bind_that_project_only(held: Held) -> None:
    answer = held.put(CLOSED, "demo-one")

    assert (answer.status_code, answer.json()) == (200, {})
    assert (held.status("demo-one"), held.status("demo-two")) == (403, 404)


@pytest.mark.parametrize(("options", "status"), [({}, 400), ({"ignore_errors": True}, 200)])
def test_broken_rules_come_back_with_line_and_column(
    held: Held, options: dict[str, Any], status: int
) -> None:
    answer = held.put(BROKEN, **options)

    assert answer.status_code == status
    (issue,) = answer.json()["issues"]
    assert issue["severity"] == "ERROR"
    assert issue["sourcePosition"] == {"line": 3, "column": 35}
    assert held.status() == 404


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"rules": {"files": []}}', '{"rules": {"files": [{"content": 1}]}}']
)
def test_body_without_rules_is_refused(held: Held, body: str) -> None:
    answer = httpx.put(
        f"{held.get('/').request.url.copy_with(path='/emulator/v1/projects/demo:securityRules')}",
        content=body,
        trust_env=False,
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_coverage_counts_what_requests_evaluated(held: Held) -> None:
    held.put(CLOSED)
    held.status()
    held.status()

    report = held.get("/emulator/v1/projects/demo:ruleCoverage").json()
    page = held.get("/emulator/v1/projects/demo:ruleCoverage.html")

    assert report["report"][0]["values"] == [{"value": {"boolValue": False}, "count": 2}]
    assert page.headers["content-type"].startswith("text/html")
    assert "match /{path=**}" in page.text


def test_coverage_of_a_project_without_rules_is_not_found(emulator_host: str) -> None:
    answer = httpx.get(f"http://{emulator_host}/emulator/v1/projects/demo-none:ruleCoverage", trust_env=False)

    assert answer.status_code == 404


@pytest.fixture
def start(tmp_path: Path) -> Callable[[str | None], subprocess.CompletedProcess[str]]:
    """Start an emulator whose rules file has this content, None for no file, until it ends."""

    def run(content: str | None) -> subprocess.CompletedProcess[str]:
        rules = tmp_path / "firestore.rules"
        if content is not None:
            rules.write_text(content)
        command = [sys.executable, "-m", "emulator", "--port", "0", "--rules", str(rules)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)

    return run


@pytest.mark.parametrize(
    ("content", "named"), [(BROKEN, "firestore.rules:3:35 error: "), (None, "firestore.rules cannot be read")]
)
def test_emulator_does_not_start_on_rules_that_it_cannot_use(
    start: Callable[[str | None], subprocess.CompletedProcess[str]], content: str | None, named: str
) -> None:
    ended = start(content)

    assert ended.returncode == 1
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
