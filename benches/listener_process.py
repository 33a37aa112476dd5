"""Listeners in a process of their own: notes when each version of a document reaches an on_snapshot callback.

    python -m benches.listener_process PROJECT DOCUMENT LISTENERS

Prints `ready` when every listener has its first snapshot; at the end of its input, one JSON object: for each
listener the pairs [version, nanoseconds since the epoch].
"""

import json
import sys
import threading
import time
from typing import Any

from google.auth.credentials import AnonymousCredentials

from local.documents import PatientClient


def main(project: str, document: str, listeners: int) -> None:
    """Listen until the input ends."""
    client = PatientClient(project=project, credentials=AnonymousCredentials())
    seen: list[list[tuple[int, int]]] = [[] for _ in range(listeners)]
    first = [threading.Event() for _ in range(listeners)]

    def callback_of(index: int) -> Any:
        def callback(snapshots: Any, changes: Any, read_time: Any) -> None:
            now = time.time_ns()
            for snapshot in snapshots:
                if snapshot.exists:
                    seen[index].append((snapshot.get("version"), now))
            first[index].set()

        return callback

    watches = [client.document(document).on_snapshot(callback_of(index)) for index in range(listeners)]
    for event in first:
        event.wait(timeout=60)
    print("ready", flush=True)
    sys.stdin.read()
    for watch in watches:
        watch.unsubscribe()
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
