"""HTTP/1.1 on the emulator's port: requests parsed, given to the routes, answered."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

import h11

_LOG = logging.getLogger(__name__)
MAX_BODY_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `path` is without the query string and not decoded."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response; a body that is made piece by piece is sent as it is made."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes | AsyncGenerator[bytes, None] = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def json_reply(content: object, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """A response with a JSON body."""
    return Reply(status, json.dumps(content).encode(), "application/json; charset=utf-8")


def error_reply(status: HTTPStatus, code: str, message: str) -> Reply:
    """An error in the form of Google's APIs."""
    return json_reply({"error": {"code": int(status), "message": message, "status": code}}, status)


Route = Callable[[Request], Awaitable[Reply]]


class HttpConnection(asyncio.Protocol):
    """One client connection: requests one after another, their bodies read whole."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=64 << 10)
        self._transport: asyncio.Transport | None = None
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._serving: asyncio.Task[None] | None = None
        self._received_ahead = 0
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone; what is being served for it is given up."""
        if self._serving is not None:
            self._serving.cancel()

    def pause_writing(self) -> None:
        """The client reads slower than it is sent to."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        self._http.receive_data(data)
        if self._serving is None:
            self._advance()
            return
        self._received_ahead += len(data)
        if self._received_ahead > MAX_BODY_BYTES and self._transport is not None:
            self._transport.abort()

    def _advance(self) -> None:
        while self._serving is None:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                self._refuse(HTTPStatus(error.error_status_hint), str(error))
                return
            if isinstance(event, h11.Request):
                self._head, self._body = event, bytearray()
                if self._http.they_are_waiting_for_100_continue:
                    self._send(h11.InformationalResponse(status_code=100, headers=[]))
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > MAX_BODY_BYTES:
                    self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request body is too large")
                    return
            elif isinstance(event, h11.EndOfMessage):
                self._serving = asyncio.get_running_loop().create_task(self._serve(self._request()))
            else:
                return

    def _request(self) -> Request:
        head = self._head
        assert head is not None
        path, _, query = head.target.decode("ascii", "replace").partition("?")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
        return Request(head.method.decode("ascii"), path, query, headers, bytes(self._body))

    async def _serve(self, request: Request) -> None:
        try:
            reply = await self._route(request)
        except Exception:
            _LOG.exception("unexpected failure while serving %s %s", request.method, request.path)
            reply = Reply(HTTPStatus.INTERNAL_SERVER_ERROR, b"internal error of the emulator")
        try:
            await self._answer(reply, with_body=request.method != "HEAD")
        except Exception:
            # The status is out, so all that is left to tell the client is that the body is not whole.
            _LOG.exception("unexpected failure while answering %s %s", request.method, request.path)
            self._close()
            return
        self._serving = None
        self._received_ahead = 0
        if self._http.our_state is h11.MUST_CLOSE:
            self._close()
        elif self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
            self._advance()

    async def _answer(self, reply: Reply, with_body: bool) -> None:
        if isinstance(reply.body, bytes):
            self._send_head(reply, {"content-length": str(len(reply.body))})
            if with_body and reply.body:
                self._send(h11.Data(data=reply.body))
        else:
            self._send_head(reply, {})
            async with aclosing(reply.body) as pieces:
                async for piece in pieces:
                    self._send(h11.Data(data=piece))
                    await self._writable.wait()
        self._send(h11.EndOfMessage())

    def _send_head(self, reply: Reply, length: dict[str, str]) -> None:
        headers = {"content-type": reply.content_type, **length, **reply.headers}
        self._send(
            h11.Response(status_code=reply.status, headers=list(headers.items()), reason=reply.status.phrase)
        )

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = message.encode()
            self._send_head(
                Reply(status, headers={"connection": "close"}), {"content-length": str(len(body))}
            )
            self._send(h11.Data(data=body))
            self._send(h11.EndOfMessage())
        self._close()

    def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
