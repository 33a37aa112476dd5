"""Listeners of google-cloud-firestore in a process of their own: on_snapshot, as a Python service would listen.

    python -m benches.listener_process HOST PROJECT TARGET LISTENERS

TARGET is a document's path, or a collection's. Prints `ready` when every listener has its first snapshot; when its
input has ended and nothing more comes, one JSON object: for each listener the triples [path, version, nanoseconds
since the epoch] of its callbacks.
"""

import json
import os
import sys
import threading
import time
from typing import Any

from google.auth.credentials import AnonymousCredentials

from local.documents import PatientClient

_QUIET_SECONDS = 1.0
_LONGEST_SECONDS = 60.0

Seen = list[tuple[str, int, int]]


def main(host: str, project: str, target: str, listeners: int) -> None:
    """Listen until the input ends."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = host
    client = PatientClient(project=project, credentials=AnonymousCredentials())
    seen: list[Seen] = [[] for _ in range(listeners)]
    first = [threading.Event() for _ in range(listeners)]

    def callback_of(index: int) -> Any:
        def callback(snapshots: Any, changes: Any, read_time: Any) -> None:
            now = time.time_ns()
            for change in changes:
                snapshot = change.document
                if snapshot.exists:
                    seen[index].append((snapshot.reference.path, snapshot.get("version"), now))
            first[index].set()

        return callback

    whole = client.collection(target) if target.count("/") % 2 == 0 else client.document(target)
    watches = [whole.on_snapshot(callback_of(index)) for index in range(listeners)]
    for event in first:
        event.wait(timeout=60)
    print("ready", flush=True)
    sys.stdin.read()
    _wait_until_quiet(seen)
    for watch in watches:
        watch.unsubscribe()
    print(json.dumps(seen), flush=True)


def _wait_until_quiet(seen: list[Seen]) -> None:
    until, counted = time.monotonic() + _LONGEST_SECONDS, -1
    while counted != (count := sum(map(len, seen))) and time.monotonic() < until:
        counted = count
        time.sleep(_QUIET_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
