"""HTTP/2 connections with prior knowledge: many requests at once, each a stream that can be reset on its own."""

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError, StreamClosedError

from local.serving.exchange import serve
from local.serving.messages import MAX_BODY_BYTES, HangUp, Outcome, Request, Route, split_target

_LOG = logging.getLogger(__name__)
# What comes is checked; what goes is ours, and in order.
_CONFIGURATION = H2Configuration(
    client_side=False,
    header_encoding="utf-8",
    validate_outbound_headers=False,
    normalize_outbound_headers=False,
)


@dataclass(slots=True)
class _Stream:
    """One request and what of its response is still to be sent."""

    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)
    serving: asyncio.Task[None] | None = None
    unsent: bytes = b""

    def request(self, connection: int) -> Request:
        path, query = split_target(self.headers[":path"])
        method, body = self.headers[":method"], bytes(self.body)
        return Request(method, path, query, self.headers, body, "HTTP/2", connection)


class Http2Connection(asyncio.Protocol):
    """One client's connection; as many streams at once as h2 allows by default, 100, which is also Google's number."""

    def __init__(self, route: Route, number: int) -> None:
        self._route = route
        self._number = number
        self._http = H2Connection(_CONFIGURATION)
        self._streams: dict[int, _Stream] = {}
        self._receiving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._http.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        for stream in self._streams.values():
            if stream.serving is not None:
                stream.serving.cancel()

    def data_received(self, data: bytes) -> None:
        self._receiving = True  # all that is answered at once goes out in one piece
        try:
            for event in self._http.receive_data(data):
                self._take(event)
        except (ProtocolError, UnicodeDecodeError) as error:
            # The client learns little more than that it was wrong.
            _LOG.warning("connection %d broke HTTP/2 and is closed: %r", self._number, error)
            self._send()
            self._transport.close()
        else:
            self._send()
        finally:
            self._receiving = False

    def _take(self, event: Event) -> None:
        match event:
            case RequestReceived(stream_id=number, headers=headers):
                pairs = cast("list[tuple[str, str]]", headers)
                self._streams[number] = _Stream(dict(pairs))
            case DataReceived():
                self._take_body(event)
            case StreamEnded(stream_id=number) if stream := self._streams.get(number):
                deliver = partial(self._deliver, number)
                stream.serving = serve(self._route, stream.request(self._number), deliver)
            case StreamReset(stream_id=number):
                self._forget(number)
            case WindowUpdated():
                for number in [number for number, stream in self._streams.items() if stream.unsent]:
                    self._send_body(number)
            case ConnectionTerminated():
                self._transport.close()

    def _take_body(self, event: DataReceived) -> None:
        number = event.stream_id
        self._http.acknowledge_received_data(event.flow_controlled_length or 0, number)
        if (stream := self._streams.get(number)) is not None:
            stream.body += event.data or b""
            if len(stream.body) > MAX_BODY_BYTES:
                self._reset(number)

    def _deliver(self, number: int, outcome: Outcome) -> None:
        """The outcome of a stream's request, unless its client has left meanwhile."""
        stream = self._streams.get(number)
        if stream is None or self._transport.is_closing():
            return
        if outcome is HangUp.CONNECTION:
            self._transport.abort()
        elif isinstance(outcome, HangUp):
            self._reset(number)
        else:
            own = [(name.lower(), value) for name, value in outcome.headers.items()]
            head = [(":status", str(outcome.status)), ("content-type", outcome.content_type), *own]
            self._http.send_headers(number, [*head, ("content-length", str(len(outcome.body)))])
            stream.unsent = b"" if stream.headers[":method"] == "HEAD" else outcome.body
            self._send_body(number)
        self._flush()

    def _send_body(self, number: int) -> None:
        """As much of a response as its client has room for; the rest when it has more."""
        stream = self._streams[number]
        try:
            while True:
                size = min(self._http.local_flow_control_window(number), self._http.max_outbound_frame_size)
                if stream.unsent and size <= 0:
                    return
                piece, stream.unsent = stream.unsent[:size], stream.unsent[size:]
                self._http.send_data(number, piece, end_stream=not stream.unsent)
                if not stream.unsent:
                    self._streams.pop(number)
                    return
        except StreamClosedError:
            self._streams.pop(number, None)

    def _reset(self, number: int) -> None:
        self._http.reset_stream(number, ErrorCodes.INTERNAL_ERROR)
        self._forget(number)

    def _forget(self, number: int) -> None:
        stream = self._streams.pop(number, None)
        if stream is not None and stream.serving is not None:
            stream.serving.cancel()

    def _flush(self) -> None:
        if not self._receiving:
            self._send()

    def _send(self) -> None:
        if (data := self._http.data_to_send()) and not self._transport.is_closing():
            self._transport.write(data)
