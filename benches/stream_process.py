"""Listen streams in a process of their own, read by asyncio gRPC and nothing else: the least that a client can see.

    python -m benches.stream_process HOST PROJECT TARGET LISTENERS

TARGET is a document's path, a collection's, or `*/name` for all collections of a name. Prints `ready` when every
stream is current; when its input has ended and nothing more comes, one JSON object: for each listener the triples
[path, version, nanoseconds since the epoch] of its snapshots. A stream that breaks is opened again, without waiting
for long, from the start.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from typing import Any

import grpc

from emulator.wire import ListenRequest, ListenResponse, StructuredQuery, TargetChange

_LISTEN = "/google.firestore.v1.Firestore/Listen"
_OPTIONS = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
_PAUSE_SECONDS = 0.05
_QUIET_SECONDS = 1.0
_LONGEST_SECONDS = 60.0

Seen = list[tuple[str, int, int]]


def listen_request(project: str, target: str) -> Any:
    """The request that adds a document, a collection, or all of one name (`*/name`), as the only target."""
    database = f"projects/{project}/databases/(default)"
    root = f"{database}/documents"
    request = ListenRequest(database=database)
    request.add_target.target_id = 1
    *parent, last = target.split("/")
    if parent == ["*"]:
        query = StructuredQuery()
        query.from_.add(collection_id=last, all_descendants=True)
        request.add_target.query.parent = root
        request.add_target.query.structured_query.CopyFrom(query)
    elif len(parent) % 2:
        request.add_target.documents.documents.append(f"{root}/{target}")
    else:
        query = StructuredQuery()
        query.from_.add(collection_id=last)
        request.add_target.query.parent = "/".join([root, *parent])
        request.add_target.query.structured_query.CopyFrom(query)
    return request


def snapshots_of(messages: list[tuple[int, bytes]]) -> Seen:
    """Each version at the time of the message that completed its snapshot, which is when a client would show it."""
    seen: Seen = []
    pending: list[tuple[str, int]] = []
    for at, encoded in messages:
        message = ListenResponse.FromString(encoded)
        kind = message.WhichOneof("response_type")
        if kind == "document_change":
            document = message.document_change.document
            path = document.name.split("/documents/", 1)[1]
            pending.append((path, document.fields["version"].integer_value))
        elif kind == "target_change" and message.target_change.HasField("read_time"):
            seen += [(path, version, at) for path, version in pending]
            pending = []
    return seen


async def main(host: str, project: str, target: str, listeners: int) -> None:
    """Listen until the input ends."""
    request = listen_request(project, target)
    streams: list[list[tuple[int, bytes]]] = [[] for _ in range(listeners)]
    known: dict[bytes, bytes] = {}
    current = [asyncio.Event() for _ in range(listeners)]
    tasks = [
        asyncio.create_task(_read(host, request, streams[index], known, current[index]))
        for index in range(listeners)
    ]
    for event in current:
        await event.wait()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await _quiet(streams)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps([snapshots_of(stream) for stream in streams]), flush=True)


async def _quiet(streams: list[list[tuple[int, bytes]]]) -> None:
    """Return when nothing came for a while."""
    until, counted = time.monotonic() + _LONGEST_SECONDS, -1
    while counted != (count := sum(map(len, streams))) and time.monotonic() < until:
        counted = count
        await asyncio.sleep(_QUIET_SECONDS)


async def _read(
    host: str,
    request: Any,
    stream: list[tuple[int, bytes]],
    known: dict[bytes, bytes],
    current: asyncio.Event,
) -> None:
    """Note every message once the target is current; equal messages of many streams are kept once."""
    while True:
        async with grpc.aio.insecure_channel(host, options=_OPTIONS) as channel:
            with suppress(grpc.aio.AioRpcError):
                call = channel.stream_stream(_LISTEN)(metadata=[("authorization", "Bearer owner")])
                await call.write(request.SerializeToString())
                while (message := await call.read()) is not grpc.aio.EOF:
                    if current.is_set():
                        stream.append((time.time_ns(), known.setdefault(message, message)))
                    elif _is_current(message):
                        current.set()
        await asyncio.sleep(_PAUSE_SECONDS)


def _is_current(encoded: bytes) -> bool:
    message = ListenResponse.FromString(encoded)
    # The snapshot message that follows completes nothing, for there is nothing pending.
    return bool(message.target_change.target_change_type == TargetChange.TargetChangeType.CURRENT)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
