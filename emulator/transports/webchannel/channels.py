"""WebChannel over HTTP: sessions by their id, and the Listen and Write streams behind them."""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

from emulator.core.errors import FirestoreError, Internal
from emulator.core.listen.messages import Response
from emulator.service.callers import LABEL_HEADER, Caller
from emulator.service.service import Service
from emulator.service.streams import first_done, serve_listen, serve_write
from emulator.transports.http_server import Reply, Request
from emulator.transports.proto_json import parse_text, to_json
from emulator.transports.statuses import error_content
from emulator.transports.webchannel.frames import PROTOCOL_VERSION, BadRequest, parse_forward
from emulator.transports.webchannel.session import KEEPALIVE_SECONDS, BackChannel, End, Session, Wait
from emulator.wire import MESSAGES, ListenRequest

_LOG = logging.getLogger(__name__)
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "x-accel-buffering": "no"}
CHECK_SECONDS = 5.0


class _Stream:
    """A session with the stream it carries."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.inbox: asyncio.Queue[str] = asyncio.Queue()
        self.changed = asyncio.Event()
        self.serving: asyncio.Task[None] | None = None

    def send(self, response: Response) -> None:
        """Queue a response; it is encoded when it is sent."""
        self.session.send(lambda: response.text(to_json))
        self.changed.set()

    async def answer(self, response: Any) -> None:
        """Queue a response of our own."""
        self._put(to_json(response))

    def fail(self, refusal: FirestoreError) -> None:
        """Tell the client why the stream is over."""
        self._put(json.dumps(error_content(refusal)))

    def _put(self, text: str) -> None:
        self.session.send(lambda: text)
        self.changed.set()

    async def requests(self, message: Any) -> AsyncIterator[Any]:
        """What the client sends, for as long as the session lives."""
        while True:
            yield parse_text(message, await self.inbox.get(), "a message")

    async def deserted(self) -> None:
        """Ends when the client has stayed away too long."""
        while not self.session.expired(monotonic()):
            await asyncio.sleep(CHECK_SECONDS)

    async def chunks(self, channel: BackChannel) -> AsyncGenerator[bytes, None]:
        """The body of one response to the client."""
        session = self.session
        try:
            while True:
                self.changed.clear()
                step = session.advance(channel, monotonic())
                if isinstance(step, End):
                    return
                if isinstance(step, Wait):
                    with suppress(TimeoutError):
                        async with asyncio.timeout(step.seconds):
                            await self.changed.wait()
                else:
                    yield step
                    await asyncio.sleep(0)
        finally:
            session.detach(channel, monotonic())


class Channels:
    """All sessions of an emulator."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._streams: dict[str, _Stream] = {}

    @property
    def sessions(self) -> int:
        """How many sessions are open."""
        return len(self._streams)

    def serve(self, rpc: str, request: Request) -> Reply:
        """The reply to a request for the `Listen` or `Write` channel."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        try:
            return self._serve(rpc, request, query)
        except BadRequest as error:
            return Reply(HTTPStatus.BAD_REQUEST, str(error).encode(), headers=_HEADERS)

    def _serve(self, rpc: str, request: Request, query: dict[str, str]) -> Reply:
        if query.get("VER", str(PROTOCOL_VERSION)) != str(PROTOCOL_VERSION):
            raise BadRequest(f"WebChannel version {query['VER']} is not supported, only {PROTOCOL_VERSION}")
        if "SID" not in query:
            if request.method != "POST":
                raise BadRequest("a session begins with a POST")
            return self._open(rpc, request.body)
        stream = self._streams.get(query["SID"])
        if stream is None:
            return Reply(HTTPStatus.BAD_REQUEST, b"Unknown SID", headers=_HEADERS)
        if query.get("TYPE") == "terminate":
            self._terminate(stream)
            return Reply(headers=_HEADERS)
        if request.method == "POST":
            return _forward(stream, request.body, query)
        if request.method == "GET" and query.get("RID") == "rpc":
            return _back_channel(stream, query)
        raise BadRequest(f"{request.method} is not part of WebChannel")

    def _open(self, rpc: str, body: bytes) -> Reply:
        forward = parse_forward(body)
        session = Session(secrets.token_urlsafe(16), monotonic())
        stream = _Stream(session)
        for text in session.receive(forward):
            stream.inbox.put_nowait(text)
        caller = Caller(forward.headers.get(LABEL_HEADER, ""), forward.headers.get("authorization", ""))
        self._streams[session.id] = stream
        stream.serving = asyncio.get_running_loop().create_task(self._run(stream, rpc, caller))
        headers = {**_HEADERS, "x-http-session-id": secrets.token_urlsafe(24)}
        return Reply(body=session.handshake(), headers=headers)

    async def _run(self, stream: _Stream, rpc: str, caller: Caller) -> None:
        """Serve a session until it ends; if its stream fails, the client is told and may end it itself."""
        try:
            await first_done(self._serve_stream(stream, rpc, caller), stream.deserted())
        finally:
            self._terminate(stream)

    async def _serve_stream(self, stream: _Stream, rpc: str, caller: Caller) -> None:
        try:
            if rpc == "Listen":
                await serve_listen(self._service, caller, stream.requests(ListenRequest), stream.send)
            else:
                requests = stream.requests(MESSAGES["WriteRequest"])
                await serve_write(self._service, caller, requests, stream.answer)
        except FirestoreError as refusal:
            stream.fail(refusal)
        except Exception as error:
            _LOG.exception("unexpected failure while serving a %s stream", rpc)
            stream.fail(Internal(f"internal error of the emulator: {type(error).__name__}: {error}"))
        await stream.deserted()

    def _terminate(self, stream: _Stream) -> None:
        if self._streams.pop(stream.session.id, None) is None:
            return
        stream.session.terminate()
        stream.changed.set()
        if stream.serving is not None:
            stream.serving.cancel()


def _number(query: dict[str, str], name: str, default: int = 0) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise BadRequest(f"{name} is not a number") from None


def _forward(stream: _Stream, body: bytes, query: dict[str, str]) -> Reply:
    stream.session.acknowledge(_number(query, "AID"))
    for text in stream.session.receive(parse_forward(body)):
        stream.inbox.put_nowait(text)
    return Reply(body=stream.session.receipt(), headers=_HEADERS)


def _back_channel(stream: _Stream, query: dict[str, str]) -> Reply:
    hold_seconds = _number(query, "TO") / 1000 or KEEPALIVE_SECONDS
    channel = stream.session.attach(
        _number(query, "AID"),
        streaming=query.get("CI") != "1",
        hold_seconds=min(max(hold_seconds, 0), KEEPALIVE_SECONDS),
        now=monotonic(),
    )
    # An earlier response has to notice that this one takes its place.
    stream.changed.set()
    return Reply(body=stream.chunks(channel), headers=_HEADERS)
