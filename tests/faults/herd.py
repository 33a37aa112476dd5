"""A herd: many listeners in one process, each on a connection of its own, who come back at once when it breaks.

    python -m tests.faults.herd PROJECT HOST:PORT DOCUMENT LISTENERS

Prints a JSON object whenever something changed: how many have an open stream on which the document is current, and
the versions that they show, each with how many show it.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from emulator.wire import ListenRequest, ListenResponse, TargetChange
from local.processes import ChildProcess, spawn

_LISTEN = "/google.firestore.v1.Firestore/Listen"
_OPTIONS = [
    ("grpc.enable_http_proxy", 0),
    ("grpc.use_local_subchannel_pool", 1),
    # Without these a channel pauses for longer each time that nobody is there.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1000),
]
_LONGEST_PAUSE_SECONDS = 1.0
_REPORT_SECONDS = 0.2


@dataclass(frozen=True)
class Report:
    """How the herd is: how many are current, and version → how many show it."""

    current: int
    versions: dict[int, int]


@dataclass(frozen=True)
class Herd:
    """The process, as the row sees it."""

    process: ChildProcess
    log: Path

    def report(self) -> Report:
        """The latest."""
        lines = [line for line in self.process.last_lines() if line.startswith("{")]
        if not lines:
            return Report(0, {})
        told = json.loads(lines[-1])
        return Report(told["current"], {int(version): count for version, count in told["versions"].items()})


@contextmanager
def running_herd(project: str, host: str, document: str, listeners: int, folder: Path) -> Iterator[Herd]:
    """So many listeners while the block runs."""
    log = folder / "herd.log"
    command = [sys.executable, "-m", "tests.faults.herd", project, host, document, str(listeners)]
    process = spawn("herd", command, log=log)
    try:
        yield Herd(process, log)
    finally:
        process.kill()


@dataclass
class _Listener:
    """One of many; `version` is what it shows, also while it is away."""

    is_current: bool = False
    version: int = 0

    async def run(self, host: str, request: bytes) -> None:
        """Listen until cancelled."""
        while True:
            async with grpc.aio.insecure_channel(host, options=_OPTIONS) as channel:
                with suppress(grpc.aio.AioRpcError):
                    call = channel.stream_stream(_LISTEN)(metadata=[("authorization", "Bearer owner")])
                    await call.write(request)
                    while (message := await call.read()) is not grpc.aio.EOF:
                        self._take(ListenResponse.FromString(message))
            self.is_current = False
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))

    def _take(self, message: Any) -> None:
        if message.WhichOneof("response_type") == "document_change":
            self.version = message.document_change.document.fields["version"].integer_value
        elif message.target_change.target_change_type == TargetChange.TargetChangeType.CURRENT:
            self.is_current = True


async def _run(project: str, host: str, document: str, count: int) -> None:
    database = f"projects/{project}/databases/(default)"
    request = ListenRequest(database=database)
    request.add_target.target_id = 1
    request.add_target.documents.documents.append(f"{database}/documents/{document}")
    listeners = [_Listener() for _ in range(count)]
    tasks = [asyncio.create_task(one.run(host, request.SerializeToString())) for one in listeners]
    told = ""
    while not any(task.done() for task in tasks):
        now = _describe(listeners)
        if now != told:
            print(now, flush=True)  # noqa: T201 - its output
            told = now
        await asyncio.sleep(_REPORT_SECONDS)
    await asyncio.gather(*tasks)


def _describe(listeners: list[_Listener]) -> str:
    versions = Counter(one.version for one in listeners)
    return json.dumps({"current": sum(one.is_current for one in listeners), "versions": versions})


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
