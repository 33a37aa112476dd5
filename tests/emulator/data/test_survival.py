"""The process with `--data`: what it acknowledged survives kill -9, restarts and a full disk."""

import random
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from google.api_core.exceptions import GoogleAPICallError, ResourceExhausted
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from tests.emulator.process import ROOT, Emulator, started

ROUNDS = 6
BATCH = 5
SMALL_JOURNAL = ("--journal-mib", "0.02")


@contextmanager
def client_of(emulator: Emulator) -> Iterator[firestore.Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", emulator.address)
        client = firestore.Client(project="demo-data", credentials=AnonymousCredentials())
        yield client
        client.close()


def write_batches(
    client: firestore.Client, first: int, acknowledged: list[int], enough: threading.Event
) -> None:
    """Commit batches of documents until the emulator is gone; notes those that were answered."""
    number = first
    try:
        while True:
            batch = client.batch()
            for member in range(BATCH):
                batch.set(
                    client.document(f"batches/b{number}-{member}"), {"number": number, "text": "x" * 50}
                )
            batch.commit(retry=None, timeout=5)
            acknowledged.append(number)
            number += 1
            if len(acknowledged) % 20 == 0:
                enough.set()
    except GoogleAPICallError:
        enough.set()


def stored_batches(client: firestore.Client) -> dict[int, int]:
    """How many documents of each batch there are."""
    found: dict[int, int] = {}
    for document in client.collection("batches").stream():
        number = document.get("number")
        found[number] = found.get(number, 0) + 1
    return found


@pytest.mark.parametrize("arguments", [(), SMALL_JOURNAL], ids=["journal", "compacting"])
def test_acknowledged_commits_survive_kill_9_and_none_is_half_there(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    moments = random.Random(7)
    acknowledged: list[int] = []
    for _ in range(ROUNDS):
        with started("--data", str(tmp_path), *arguments) as emulator, client_of(emulator) as client:
            assert emulator.process is not None
            found = stored_batches(client)
            assert set(acknowledged) <= set(found)
            assert set(found.values()) <= {BATCH}
            enough = threading.Event()
            first = max(found, default=0) + 1
            writer = threading.Thread(target=write_batches, args=(client, first, acknowledged, enough))
            writer.start()
            enough.wait(10)
            threading.Event().wait(moments.uniform(0, 0.03))
            emulator.process.kill()
            writer.join(10)
            assert not writer.is_alive()

    assert len(acknowledged) >= ROUNDS * 20
    assert bool(list(tmp_path.glob("snapshot-*"))) == bool(arguments)


def test_a_clean_stop_and_start_keeps_documents_and_clearing(tmp_path: Path) -> None:
    with started("--data", str(tmp_path)) as emulator, client_of(emulator) as client:
        client.document("rooms/a").set({"x": 1})
        client.document("rooms/b").set({"x": firestore.SERVER_TIMESTAMP})
        before = client.document("rooms/b").get()
        client.document("rooms/a").delete()

    with started("--data", str(tmp_path)) as emulator, client_of(emulator) as client:
        after = client.document("rooms/b").get()
        assert after.to_dict() == before.to_dict()
        assert after.update_time == before.update_time
        assert not client.document("rooms/a").get().exists


def test_a_full_disk_fails_the_write_and_nothing_else(tmp_path: Path) -> None:
    with started("--data", str(tmp_path)) as emulator, client_of(emulator) as client:
        assert emulator.process is not None
        rooms = client.collection("rooms")
        rooms.document("a").set({"x": 1})
        limits = resource.prlimit(emulator.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(emulator.process.pid, resource.RLIMIT_FSIZE, (2000, limits[1]))

        with pytest.raises(ResourceExhausted, match=r"the write was not stored, because .*journal"):
            rooms.document("b").set({"x": "y" * 4000}, retry=None)

        assert rooms.document("a").get().exists
        assert not rooms.document("b").get().exists
        resource.prlimit(emulator.process.pid, resource.RLIMIT_FSIZE, limits)
        rooms.document("c").set({"x": 3})
        emulator.process.send_signal(signal.SIGKILL)
        emulator.process.wait(5)

    with started("--data", str(tmp_path)) as emulator, client_of(emulator) as client:
        assert sorted(room.id for room in client.collection("rooms").stream()) == ["a", "c"]


def test_a_directory_in_use_or_damaged_is_named(tmp_path: Path) -> None:
    with started("--data", str(tmp_path)) as emulator, client_of(emulator) as client:
        client.document("rooms/a").set({"x": 1})
        client.document("rooms/b").set({"x": 1})
        assert f"error: --data: {tmp_path} is in use by another emulator" in refusal_to_start(tmp_path)
    journal = tmp_path / "journal-00000000"
    data = bytearray(journal.read_bytes())
    data[60] ^= 1
    journal.write_bytes(data)

    assert f"error: --data: {journal}: the record at byte" in refusal_to_start(tmp_path)


def refusal_to_start(directory: Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "emulator", "--port", "0", "--data", str(directory)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert ended.returncode == 1
    return ended.stderr


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "emulator", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


def test_documents_move_by_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "rooms.jsonl"
    content = {"text": "zwölf\n", "number": 2**60, "double": 1.5, "list": [None, {"deep": b"\x00"}]}
    with started() as emulator, client_of(emulator) as client:
        for number in range(3):
            client.document(f"rooms/r{number}").set(content)
        exported = run_command("export", emulator.address, "demo-data", str(file))
        assert (exported.stdout, exported.stderr) == ("exported 3 documents\n", "")

        imported = run_command("import", emulator.address, "demo-data", str(file), "--database", "copies")

        assert (imported.stdout, imported.stderr) == ("imported 3 documents\n", "")
        copies = firestore.Client(project="demo-data", credentials=AnonymousCredentials(), database="copies")
        assert [room.to_dict() for room in copies.collection("rooms").stream()] == [content] * 3
        copies.close()


def test_a_wrong_line_is_named_and_nothing_of_it_stored(tmp_path: Path) -> None:
    file = tmp_path / "rooms.jsonl"
    name = "projects/p/databases/(default)/documents/rooms/a"
    file.write_text(f'{{"name": "{name}", "fields": {{}}}}\n{{"name": "rooms/b"}}\n')
    with started() as emulator, client_of(emulator) as client:
        refused = run_command("import", emulator.address, "demo-data", str(file))

        assert refused.returncode == 1
        assert "error: line 2: not a resource name" in refused.stderr
        assert not list(client.collection("rooms").stream())


def test_no_emulator_at_the_address_is_said(tmp_path: Path) -> None:
    refused = run_command("export", "127.0.0.1:1", "demo-data", str(tmp_path / "file"))

    assert refused.returncode == 1
    assert "error: no emulator answers at 127.0.0.1:1" in refused.stderr
