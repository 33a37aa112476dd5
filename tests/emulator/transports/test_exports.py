"""Exports for the Firebase CLI: written on request, read at the next start."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.cloud import firestore

from tests.emulator.conftest import Clients
from tests.emulator.process import ROOT, Emulator, started


def request_export(emulator: Emulator, project: str, directory: Path, **changed: Any) -> httpx.Response:
    content = {
        "database": f"projects/{project}/databases/(default)",
        "export_directory": str(directory),
        "export_name": "firestore_export",
    }
    url = f"http://{emulator.address}/emulator/v1/projects/{project}:export"
    return httpx.post(url, json={**content, **changed}, trust_env=False)


def metadata_in(directory: Path) -> Path:
    return directory / "firestore_export" / "firestore_export.overall_export_metadata"


def documents(address: str, project: str, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    with patch.context() as scoped:
        scoped.setenv("FIRESTORE_EMULATOR_HOST", address)
        clients = Clients(project)
        found = {one.reference.path: one.to_dict() for one in clients().collection("notes").stream()}
        clients.close()
    return found


def test_next_start_has_the_documents_of_the_export(
    emulator: Emulator,
    client: firestore.Client,
    project: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.document("notes/a").set({"text": "line\nbreak", "n": [1, 2.5, None]})
    client.document("notes/b").set({})
    assert request_export(emulator, project, tmp_path).status_code == 200

    with started("--seed_from_export", str(metadata_in(tmp_path)), "--project_id", "demo-next") as restarted:
        found = documents(restarted.address, "demo-next", monkeypatch)

    assert found == {"notes/a": {"text": "line\nbreak", "n": [1, 2.5, None]}, "notes/b": {}}


@pytest.mark.parametrize(
    "changed",
    [
        {"export_name": "../up"},
        {"export_name": ".."},
        {"export_name": ""},
        {"database": "x"},
        {"export_directory": 7},
    ],
)
def test_export_that_names_no_place_is_refused(
    emulator: Emulator, project: str, tmp_path: Path, changed: dict[str, Any]
) -> None:
    assert request_export(emulator, project, tmp_path, **changed).status_code == 400
    assert list(tmp_path.iterdir()) == []


def test_web_page_cannot_have_files_written(emulator: Emulator, project: str, tmp_path: Path) -> None:
    url = f"http://{emulator.address}/emulator/v1/projects/{project}:export"
    body = json.dumps(
        {
            "database": f"projects/{project}/databases/(default)",
            "export_directory": str(tmp_path),
            "export_name": "x",
        }
    )

    answer = httpx.post(url, content=body, headers={"origin": "http://evil.example"}, trust_env=False)

    assert answer.status_code == 403
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\x0a\x07google", "exports of Google's are not supported"),
        (b'{"format": "another 1"}', "is not an export of this emulator"),
        (
            b'{"format": "courtside-firestore-export 1", "database": "projects/p/databases/d", "file": "gone"}',
            "gone cannot be read",
        ),
        (None, "cannot be read"),
    ],
)
def test_emulator_does_not_start_from_what_is_no_export(
    tmp_path: Path, content: bytes | None, named: str
) -> None:
    metadata = tmp_path / "x.overall_export_metadata"
    if content is not None:
        metadata.write_bytes(content)

    ended = subprocess.run(
        [sys.executable, "-m", "emulator", "--port", "0", "--seed_from_export", str(metadata)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 1
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
