"""An independent listener that remembers every version of some documents, to tell whether one ever went back."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from google.cloud import firestore

from tests.integration.relay.rest import wait_until

# What a listener sees of a document: its version, None while there is no document.
Seen = int | None


def regressions(seen: Sequence[Seen]) -> list[tuple[int, int]]:
    """Each (newest version so far, older version shown after it); a document that vanished is not older."""
    found: list[tuple[int, int]] = []
    newest = 0
    for version in seen:
        if version is not None and version < newest:
            found.append((newest, version))
        newest = max(newest, version or 0)
    return found


@dataclass
class Recorder:
    """What listeners were shown, by path."""

    _seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, path: str, version: Seen) -> None:
        """Remember that a listener was shown this version."""
        with self._lock:
            self._seen[path].append(version)

    def seen(self, path: str) -> list[Seen]:
        """Every version that was shown, in order."""
        with self._lock:
            return list(self._seen[path])

    def latest(self, path: str) -> Seen:
        """The version that a screen shows now."""
        return self.seen(path)[-1]

    def wait_for(self, path: str, version: Seen) -> None:
        """Return once a screen shows this version."""
        wait_until(lambda: self.latest(path) == version, f"version {version} of {path} on screen")

    def regressions(self) -> dict[str, list[tuple[int, int]]]:
        """Path → its regressions, for the documents that have any."""
        found = {path: regressions(self.seen(path)) for path in list(self._seen)}
        return {path: steps for path, steps in found.items() if steps}


@contextmanager
def recording(client: firestore.Client, *paths: str) -> Iterator[Recorder]:
    """A recorder that listens to these documents while the block runs, and has seen how they stand now."""
    recorder = Recorder()

    def note(path: str, snapshots: Sequence[Any]) -> None:
        # The client shows a document that is not there as no document.
        shown = [snapshot.get("version") for snapshot in snapshots if snapshot.exists]
        recorder.note(path, shown[0] if shown else None)

    watches = [
        client.document(path).on_snapshot(lambda snapshots, changes, at, path=path: note(path, snapshots))
        for path in paths
    ]
    try:
        for path in paths:
            wait_until(lambda path=path: recorder.seen(path), f"the first snapshot of {path}")  # type: ignore[misc]
        yield recorder
    finally:
        for watch in watches:
            watch.unsubscribe()
