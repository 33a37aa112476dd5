"""A listener that speaks the Listen protocol itself: every version of every document, as the server sends it.

    python -m tests.faults.screen_process PROJECT HOST:PORT GROUP…

Prints `listening` once every collection group is complete, then one JSON `[path, version]` a line; the version is
null where a document vanished. It opens broken streams again from where they broke, and breaks its own on SIGHUP.
The official client is no help here: it makes a snapshot of all documents for each change, and falls behind a load by
half a minute.
"""

import json
import queue
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore as messages

LISTENING = "listening"
_METHOD = "/google.firestore.v1.Firestore/Listen"
_PAUSE_SECONDS = 0.1
_REQUEST, _RESPONSE = messages.ListenRequest.pb(), messages.ListenResponse.pb()
_CHANGE = messages.TargetChange.pb(messages.TargetChange()).__class__


@dataclass
class Target:
    """One collection group: what is on the screen, and from where to go on."""

    id: int
    group: str
    resume_token: bytes = b""
    shown: set[str] = field(default_factory=set)
    # After a reset: what was on the screen and has not been sent again.
    doubtful: set[str] = field(default_factory=set)
    is_complete: bool = False

    def reset(self) -> None:
        """The server starts over: what it does not send again is gone."""
        self.doubtful |= self.shown
        self.resume_token = b""

    def request(self, database: str) -> Any:
        """The request to listen, from where it broke."""
        request = _REQUEST(database=database)
        target = request.add_target
        target.target_id, target.resume_token = self.id, self.resume_token
        target.query.parent = f"{database}/documents"
        selector = target.query.structured_query.from_.add()
        selector.collection_id, selector.all_descendants = self.group, True
        return request


class Listener:
    """All targets on one stream."""

    def __init__(self, project: str, host: str, groups: list[str]) -> None:
        self._database = f"projects/{project}/databases/(default)"
        self._targets = {id_: Target(id_, group) for id_, group in enumerate(groups, start=1)}
        self._host = host
        self._has_told = False
        self._stream: Any = None

    def run(self) -> None:
        """Listen until killed."""
        while True:
            with grpc.insecure_channel(self._host) as channel:
                try:
                    self._listen(channel)
                except grpc.RpcError:
                    time.sleep(_PAUSE_SECONDS)

    def disconnect(self) -> None:
        """Break the stream, as a network does; it is opened again from where it broke."""
        if self._stream is not None:
            self._stream.cancel()

    def _listen(self, channel: grpc.Channel) -> None:
        requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for target in self._targets.values():
            requests.put(target.request(self._database))
        call = channel.stream_stream(_METHOD, _REQUEST.SerializeToString, _RESPONSE.FromString)
        metadata = [("authorization", "Bearer owner"), ("x-emulator-label", "screens")]
        self._stream = call(_endless(requests), metadata=metadata)
        for response in self._stream:
            if not self._take(response):
                self._stream.cancel()
                return

    def _take(self, response: Any) -> bool:
        """Whether the stream is still good after this message."""
        kind = response.WhichOneof("response_type")
        if kind == "document_change":
            self._show(response.document_change)
        elif kind in ("document_delete", "document_remove"):
            gone = getattr(response, kind)
            for id_ in gone.removed_target_ids:
                self._hide(self._targets[id_], gone.document)
        elif kind == "filter":
            return self._is_as_many(self._targets[response.filter.target_id], response.filter.count)
        elif kind == "target_change":
            self._note(response.target_change)
        return True

    def _show(self, change: Any) -> None:
        name = change.document.name
        for id_ in change.target_ids:
            self._targets[id_].shown.add(name)
            self._targets[id_].doubtful.discard(name)
            self._tell(name, change.document.fields["version"].integer_value)
        for id_ in change.removed_target_ids:
            self._hide(self._targets[id_], name)

    def _hide(self, target: Target, name: str) -> None:
        if name in target.shown:
            target.shown.discard(name)
            target.doubtful.discard(name)
            self._tell(name, None)

    def _is_as_many(self, target: Target, count: int) -> bool:
        """The server counts other documents than we do: ask for all of them."""
        if len(target.shown - target.doubtful) == count:
            return True
        target.reset()
        return False

    def _note(self, change: Any) -> None:
        targets = [self._targets[id_] for id_ in change.target_ids] or list(self._targets.values())
        for target in targets:
            if change.target_change_type == _CHANGE.RESET:
                target.reset()
            elif change.target_change_type == _CHANGE.REMOVE:
                raise RuntimeError(f"{target.group} was refused: {change.cause}")
            elif change.target_change_type == _CHANGE.CURRENT:
                for name in list(target.doubtful):
                    self._hide(target, name)
                target.is_complete = True
            if change.resume_token:
                target.resume_token = change.resume_token
        if not self._has_told and all(target.is_complete for target in self._targets.values()):
            self._has_told = True
            print(LISTENING, flush=True)  # noqa: T201 - its output

    def _tell(self, name: str, version: int | None) -> None:
        path = name.removeprefix(f"{self._database}/documents/")
        print(json.dumps([path, version]), flush=True)  # noqa: T201 - its output


def _endless(requests: "queue.SimpleQueue[Any]") -> Iterator[Any]:
    """What is put there, for as long as the stream lives: the end of the requests would be its end."""
    while True:
        yield requests.get()


if __name__ == "__main__":
    project_id, address, *collection_groups = sys.argv[1:]
    listener = Listener(project_id, address, collection_groups)
    signal.signal(signal.SIGHUP, lambda signum, frame: listener.disconnect())
    listener.run()
