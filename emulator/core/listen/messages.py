"""Listen responses, built once and shared by all streams that send the same one."""

import struct
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cached_property

from emulator.core.clock import to_timestamp
from emulator.core.errors import FirestoreError, InvalidArgument
from emulator.core.listen.encoding import encode_document_change
from emulator.core.listen.views import State, ViewChange
from emulator.wire import ListenResponse, Status, TargetChange

_TOKEN = struct.Struct(">Q")


class Kind(Enum):
    """What a response means for the snapshots that a client sees."""

    DOCUMENT = "a change that is in the next snapshot"
    SNAPSHOT = "all sent so far makes a snapshot"
    TARGET = "anything else"


class Response:
    """A Listen response, built when it is sent, because thousands may be waiting.

    `reads` is how many document reads Firestore bills for it.
    """

    def __init__(
        self,
        build: Callable[[], ListenResponse],
        encode: Callable[[], bytes] | None = None,
        reads: int = 0,
        kind: Kind = Kind.TARGET,
    ) -> None:
        self.kind = kind
        self._encode = encode
        self._build = build
        self._text: str | None = None
        self.reads = reads

    @cached_property
    def message(self) -> ListenResponse:
        """The message."""
        return self._build()

    @cached_property
    def wire(self) -> bytes:
        """The protobuf encoding, the same for all streams that send this response."""
        return self._encode() if self._encode is not None else serialized(self._build())

    def text(self, encode: Callable[[ListenResponse], str]) -> str:
        """The text encoding, likewise the same for all streams."""
        if self._text is None:
            self._text = encode(self._build())
        return self._text


def serialized(message: ListenResponse) -> bytes:
    """The protobuf encoding."""
    encoded: bytes = message.SerializeToString()
    return encoded


def resume_token(time: int) -> bytes:
    """The token of a snapshot at `time` (microseconds)."""
    return _TOKEN.pack(time)


def token_time(token: bytes) -> int:
    """The time of a snapshot from its token."""
    if len(token) != _TOKEN.size:
        raise InvalidArgument("the resume token was not issued by this emulator")
    return int(_TOKEN.unpack(token)[0])


def target_change(
    kind: int, target_ids: Sequence[int] = (), time: int | None = None, cause: FirestoreError | None = None
) -> Response:
    """A target change; with a time it carries read time and resume token."""
    change = TargetChange(target_change_type=kind, target_ids=target_ids)
    if time is not None:
        change.read_time.CopyFrom(to_timestamp(time))
        change.resume_token = resume_token(time)
    if cause is not None:
        change.cause.CopyFrom(Status(code=cause.code, message=cause.message))
    return Response(lambda: ListenResponse(target_change=change))


def existence_filter(target_id: int, count: int) -> Response:
    """How many documents the target holds, for a client that may know of others."""
    return Response(lambda: ListenResponse(filter={"target_id": target_id, "count": count}))


def document_response(
    change: ViewChange, added: Sequence[int], removed: Sequence[int], time: int
) -> ListenResponse:
    """One document's change for the targets it is in (`added`) and those it is in no more (`removed`)."""
    response = ListenResponse()
    if change.version is not None:
        response.document_change.document.CopyFrom(change.version.document)
        response.document_change.target_ids.extend(added)
        response.document_change.removed_target_ids.extend(removed)
        return response
    body = response.document_delete if change.state is State.DELETED else response.document_remove
    body.document = change.name
    body.removed_target_ids.extend(removed)
    body.read_time.CopyFrom(to_timestamp(time))
    return response


class MessageCache:
    """The responses of one snapshot, shared between streams that need the same ones."""

    def __init__(self, time: int) -> None:
        self._time = time
        self._documents: dict[tuple[int, tuple[int, ...], tuple[int, ...]], tuple[ViewChange, Response]] = {}

    @cached_property
    def consistent(self) -> Response:
        """That everything sent so far is a consistent snapshot."""
        response = target_change(TargetChange.NO_CHANGE, (), self._time)
        response.kind = Kind.SNAPSHOT
        return response

    def document(self, change: ViewChange, added: tuple[int, ...], removed: tuple[int, ...]) -> Response:
        """The response for one change and these targets."""
        key = (id(change), added, removed)
        known = self._documents.get(key)
        if known is None:
            # The change is kept beside its response so that its id stays its own.
            version = change.version
            response = Response(
                lambda: document_response(change, added, removed, self._time),
                None if version is None else lambda: encode_document_change(version.wire, added, removed),
                len(added) + (len(removed) if change.state is State.LEFT else 0),
                Kind.DOCUMENT,
            )
            known = self._documents[key] = change, response
        return known[1]
