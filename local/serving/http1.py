"""HTTP/1.1 connections: requests one after another."""

import asyncio
from http import HTTPStatus
from typing import cast

import h11

from local.serving.exchange import serve
from local.serving.messages import MAX_BODY_BYTES, HangUp, Outcome, Reply, Request, Route, split_target


class Http1Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, route: Route, number: int) -> None:
        self._route = route
        self._number = number
        self._http = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._serving: asyncio.Task[None] | None = None
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._serving is not None:
            self._serving.cancel()

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        self._advance()

    def _advance(self) -> None:
        while not self._busy and not self._transport.is_closing():
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                self._refuse(error.error_status_hint, str(error))
                return
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > MAX_BODY_BYTES:
                    self._refuse(413, "the request body is too large")
            elif isinstance(event, h11.EndOfMessage):
                self._busy = True
                self._serving = serve(self._route, self._request(), self._deliver)
            else:
                return

    def _begin(self, head: h11.Request) -> None:
        self._head, self._body = head, bytearray()
        if self._http.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[]))

    def _request(self) -> Request:
        assert self._head is not None
        path, query = split_target(self._head.target.decode("ascii", "replace"))
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._head.headers}
        method = self._head.method.decode("ascii")
        return Request(method, path, query, headers, bytes(self._body), "HTTP/1.1", self._number)

    def _deliver(self, outcome: Outcome) -> None:
        self._busy, self._serving = False, None
        if self._transport.is_closing():
            return
        if isinstance(outcome, HangUp):
            self._transport.abort()
            return
        self._answer(outcome)
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._advance()
        else:
            self._transport.close()

    def _answer(self, reply: Reply) -> None:
        headers = {
            "content-type": reply.content_type,
            "content-length": str(len(reply.body)),
            **reply.headers,
        }
        reason = HTTPStatus(reply.status).phrase
        self._send(h11.Response(status_code=reply.status, headers=list(headers.items()), reason=reason))
        if reply.body:  # which h11 leaves out when only the head was asked for
            self._send(h11.Data(data=reply.body))
        self._send(h11.EndOfMessage())

    def _refuse(self, status: int, message: str) -> None:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._answer(Reply(status, message.encode(), headers={"connection": "close"}))
        self._transport.close()

    def _send(self, event: h11.Event) -> None:
        if data := self._http.send(event):
            self._transport.write(data)
