"""WebChannel over HTTP: a client that speaks it against the whole emulator in this process."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from emulator.core.access import UNRESTRICTED, Access
from emulator.core.database import Database
from emulator.core.databases import Databases
from emulator.core.paths import parse_database
from emulator.service.callers import Caller
from emulator.service.service import Service
from emulator.transports.cross_origin import allow_origin
from emulator.transports.http_server import HttpConnection, Reply, Request
from emulator.transports.webchannel import channels, session
from emulator.transports.webchannel.channels import Channels
from tests.emulator.databases import DOCUMENTS, store
from tests.emulator.transports.webchannel_client import Array, form, parse_chunks
from tests.emulator.values import DATABASE

ORIGIN = {"origin": "http://studio.example"}
QUERY_TARGET = {"structuredQuery": {"from": [{"collectionId": "rooms"}]}, "parent": DOCUMENTS}


class Emulated:
    """An emulator that can be looked into, and an HTTP client of it."""

    def __init__(self, address: str, client: httpx.AsyncClient) -> None:
        self.callers: list[Caller] = []
        self.service = Service(Databases(lock_seconds=0), self._authorize)
        self.channels = Channels(self.service)
        self.client = client
        self.address = address

    def _authorize(self, caller: Caller, database: Database) -> Access:
        self.callers.append(caller)
        return UNRESTRICTED

    async def route(self, request: Request) -> Reply:
        """The reply to a request, of whatever path for a channel."""
        rpc = "Write" if "/Write/" in request.path else "Listen"
        return allow_origin(request, self.channels.serve(rpc, request))

    @property
    def sessions(self) -> int:
        return self.channels.sessions

    def store(self, documents: dict[str, dict[str, Any]]) -> None:
        store(self.service.databases.get(parse_database(DATABASE)).database, documents)

    async def open(self, rpc: str, *messages: Any, headers: str = "") -> "Channel":
        """Begin a session."""
        channel = Channel(self, rpc)
        await channel.begin(*messages, headers=headers)
        return channel


class Channel:
    """One session of a client; acknowledges what it has read."""

    def __init__(self, emulated: Emulated, rpc: str) -> None:
        self._emulated = emulated
        self._url = f"{emulated.address}/google.firestore.v1.Firestore/{rpc}/channel"
        self._session: dict[str, str] = {}
        self._sent = 0
        self.read = 0

    async def begin(self, *messages: Any, headers: str = "") -> None:
        parameters = {
            "VER": "8",
            "RID": "1",
            "CVER": "22",
            "X-HTTP-Session-Id": "gsessionid",
            "database": DATABASE,
        }
        reply = await self._post(parameters, messages, headers)
        assert reply.headers["x-http-session-id"]
        assert reply.headers["access-control-expose-headers"] == "X-HTTP-Session-Id"
        ((number, (kind, session_id, *_)),) = parse_chunks(reply.content)
        assert (number, kind) == (0, "c")
        self._session = {"VER": "8", "SID": session_id, "gsessionid": reply.headers["x-http-session-id"]}

    async def send(self, *messages: Any) -> list[int]:
        """Send messages; the receipt."""
        reply = await self._post({**self._session, "RID": "2", "AID": str(self.read)}, messages)
        length, _, receipt = reply.text.partition("\n")
        assert int(length) == len(receipt)
        numbers: list[int] = json.loads(receipt)
        return numbers

    async def _post(self, parameters: dict[str, str], messages: Any, headers: str = "") -> httpx.Response:
        body = form(*map(json.dumps, messages), offset=self._sent, headers=headers)
        reply = await self._emulated.client.post(
            f"{self._url}?{urlencode(parameters)}", content=body, headers=ORIGIN
        )
        assert reply.status_code == HTTPStatus.OK, reply.text
        self._sent += len(messages)
        return reply

    @asynccontextmanager
    async def back(self, **parameters: str) -> AsyncIterator[AsyncIterator[Array]]:
        """The arrays of a back channel as they arrive."""
        query = {
            **self._session,
            "RID": "rpc",
            "TYPE": "xmlhttp",
            "CI": "0",
            "AID": str(self.read),
            **parameters,
        }
        async with self._emulated.client.stream(
            "GET", f"{self._url}?{urlencode(query)}", headers=ORIGIN
        ) as reply:
            assert reply.status_code == HTTPStatus.OK
            assert "content-encoding" not in reply.headers
            yield self._arrays(reply.aiter_bytes())

    async def _arrays(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[Array]:
        received = b""
        async for piece in pieces:
            received += piece
            while b"\n" in received:
                length, _, rest = received.partition(b"\n")
                if len(rest) < int(length):
                    break
                for array in parse_chunks(received[: len(length) + 1 + int(length)]):
                    self.read = array[0]
                    yield array
                received = rest[int(length) :]

    async def poll(self) -> list[Array]:
        """The arrays of one long poll."""
        async with self.back(CI="1", TO="5000") as arrays:
            return [array async for array in arrays]

    async def terminate(self) -> int:
        """End the session."""
        query = urlencode({**self._session, "TYPE": "terminate", "RID": "3"})
        return (await self._emulated.client.post(f"{self._url}?{query}", headers=ORIGIN)).status_code


def serve(check: Callable[[Emulated], Awaitable[None]]) -> None:
    """Run a check against an emulator that ends with it."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        async with httpx.AsyncClient(timeout=10) as client:
            emulated = Emulated("", client)
            server = await loop.create_server(lambda: HttpConnection(emulated.route), "127.0.0.1", 0)
            emulated.address = "http://{}:{}".format(*server.sockets[0].getsockname())
            async with asyncio.timeout(20), server:
                await check(emulated)

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until a condition is true."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


def kinds(arrays: list[Array]) -> list[str]:
    return [message if isinstance(message, str) else next(iter(message)) for _, (message, *_) in arrays]


def listen_request(target_id: int = 2) -> dict[str, Any]:
    return {"database": DATABASE, "addTarget": {"query": QUERY_TARGET, "targetId": target_id}}


def test_a_listener_hears_what_is_there_and_what_comes() -> None:
    async def check(emulated: Emulated) -> None:
        emulated.store({"rooms/a": {"x": 1}})
        channel = await emulated.open("Listen", listen_request())
        async with channel.back() as arrays:
            first = [await anext(arrays) for _ in range(4)]
            emulated.store({"rooms/b": {"x": 2}})
            change = await anext(arrays)

        assert kinds(first) == ["targetChange", "documentChange", "targetChange", "targetChange"]
        assert change[0] == 5
        assert change[1][0]["documentChange"]["document"]["name"] == f"{DOCUMENTS}/rooms/b"

    serve(check)


def test_polls_go_on_where_the_last_one_ended() -> None:
    async def check(emulated: Emulated) -> None:
        channel = await emulated.open("Listen", listen_request())
        arrays = await channel.poll()
        while arrays[-1][0] < 3:
            arrays += await channel.poll()
        emulated.store({"rooms/b": {"x": 2}})

        change = await channel.poll()

        assert kinds(change) == ["documentChange", "targetChange"]
        assert [number for number, _ in arrays + change] == [1, 2, 3, 4, 5]

    serve(check)


def test_writes_are_answered_in_order() -> None:
    async def check(emulated: Emulated) -> None:
        channel = await emulated.open("Write", {"database": DATABASE})
        async with channel.back() as arrays:
            opened = (await anext(arrays))[1][0]
            for name in ("a", "b"):
                update = {"name": f"{DOCUMENTS}/rooms/{name}", "fields": {"x": {"integerValue": "1"}}}
                await channel.send({"streamToken": opened["streamToken"], "writes": [{"update": update}]})
            answers = [(await anext(arrays))[1][0] for _ in range(2)]

        assert opened["streamId"]
        assert [answer["writeResults"][0]["updateTime"] for answer in answers] == [
            answer["commitTime"] for answer in answers
        ]
        assert answers[0]["commitTime"] < answers[1]["commitTime"]

    serve(check)


def test_the_headers_of_the_handshake_say_who_calls() -> None:
    token = "e30." + urlsafe_b64encode(b'{"sub":"ana"}').decode() + "."

    async def check(emulated: Emulated) -> None:
        headers = f"Authorization:Bearer {token}\r\nX-Emulator-Label: phone\r\n"
        channel = await emulated.open("Listen", listen_request(), headers=headers)
        await channel.poll()

        assert emulated.callers == [Caller("phone", f"Bearer {token}")]

    serve(check)


@pytest.mark.parametrize(
    ("rpc", "message", "status"),
    [
        ("Listen", {"database": DATABASE}, "INVALID_ARGUMENT"),
        ("Listen", {"nothing": 1}, "INVALID_ARGUMENT"),
        ("Listen", {"database": "nowhere", "addTarget": {}}, "INVALID_ARGUMENT"),
        ("Listen", [], "INVALID_ARGUMENT"),
        ("Write", {"database": DATABASE, "writes": [{}]}, "INVALID_ARGUMENT"),
        ("Write", {"database": DATABASE, "streamId": 5.5}, "INVALID_ARGUMENT"),
    ],
)
def test_a_stream_that_fails_says_why(rpc: str, message: Any, status: str) -> None:
    async def check(emulated: Emulated) -> None:
        channel = await emulated.open(rpc, message)

        ((_, (told,)),) = await channel.poll()

        assert told["error"]["status"] == status
        assert told["error"]["code"] == HTTPStatus.BAD_REQUEST
        assert await channel.terminate() == HTTPStatus.OK
        await until(lambda: emulated.sessions == 0)

    serve(check)


def test_a_refused_write_ends_the_stream_with_its_reason() -> None:
    async def check(emulated: Emulated) -> None:
        channel = await emulated.open("Write", {"database": DATABASE})
        ((_, (opened,)),) = await channel.poll()
        write = {"update": {"name": f"{DOCUMENTS}/rooms/a"}, "currentDocument": {"exists": True}}
        await channel.send({"streamToken": opened["streamToken"], "writes": [write]})

        ((_, (told,)),) = await channel.poll()

        assert told["error"]["status"] == "NOT_FOUND"
        assert told["error"]["code"] == HTTPStatus.NOT_FOUND

    serve(check)


def test_what_was_read_is_acknowledged_by_the_next_request() -> None:
    async def check(emulated: Emulated) -> None:
        emulated.store({f"rooms/{number}": {"x": number} for number in range(5)})
        channel = await emulated.open("Listen", listen_request())
        async with channel.back() as arrays:
            while channel.read < 8:
                await anext(arrays)
            present, last, outstanding = await channel.send()

        assert (present, last, outstanding) == (1, 8, 0)

    serve(check)


def test_an_ended_session_is_unknown_and_leaves_nothing_behind() -> None:
    async def check(emulated: Emulated) -> None:
        channel = await emulated.open("Listen", listen_request())
        instance = emulated.service.databases.get(parse_database(DATABASE))
        async with channel.back() as arrays:
            await anext(arrays)
            assert await channel.terminate() == HTTPStatus.OK
            await until(lambda: emulated.sessions == 0)
            assert [array async for array in arrays][3:] == []

        await until(lambda: instance.listeners.views == 0)
        with pytest.raises(AssertionError, match="Unknown SID"):
            await channel.send()

    serve(check)


def test_a_deserted_session_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(channels, "CHECK_SECONDS", 0.01)

    async def check(emulated: Emulated) -> None:
        channel = await emulated.open("Listen", listen_request())
        instance = emulated.service.databases.get(parse_database(DATABASE))
        async with channel.back() as arrays:
            await anext(arrays)
            assert instance.listeners.views == 1

        await until(lambda: emulated.sessions == 0)
        await until(lambda: instance.listeners.views == 0)

    serve(check)


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("POST", "VER=7", b""),
        ("GET", "", b""),
        ("PUT", "", b""),
        ("POST", "", b"count=x"),
        ("POST", "", b"count=1&ofs=0"),
        ("POST", "SID=nobody&RID=2", b""),
        ("GET", "SID=nobody&RID=rpc", b""),
        ("POST", "SID=nobody&TYPE=terminate", b""),
    ],
)
def test_other_requests_are_refused(method: str, query: str, body: bytes) -> None:
    async def check(emulated: Emulated) -> None:
        url = f"{emulated.address}/google.firestore.v1.Firestore/Listen/channel?{query}"
        reply = await emulated.client.request(method, url, content=body, headers=ORIGIN)

        assert reply.status_code == HTTPStatus.BAD_REQUEST
        assert reply.headers["access-control-allow-origin"] == ORIGIN["origin"]
        assert ("Unknown SID" in reply.text) == ("SID" in query)
        assert emulated.sessions == 0

    serve(check)


@pytest.mark.parametrize("query", ["AID=x", "AID=99", "AID=-1", "CI=1&TO=x", "RID=3"])
def test_impossible_back_channels_are_refused_and_leave_the_session_alone(query: str) -> None:
    async def check(emulated: Emulated) -> None:
        channel = await emulated.open("Listen", listen_request())
        url = f"{emulated.address}/google.firestore.v1.Firestore/Listen/channel"
        known = urlencode(channel._session)

        reply = await emulated.client.get(f"{url}?{known}&{query if 'RID' in query else f'RID=rpc&{query}'}")

        assert reply.status_code == HTTPStatus.BAD_REQUEST
        assert kinds(await channel.poll())[0] == "targetChange"

    serve(check)


def test_many_sessions_hear_of_one_write() -> None:
    async def check(emulated: Emulated) -> None:
        opened = [await emulated.open("Listen", listen_request()) for _ in range(200)]
        for channel in opened:
            while channel.read < 3:
                await channel.poll()
        polls = [asyncio.create_task(channel.poll()) for channel in opened]
        emulated.store({"rooms/a": {"x": 1}})

        heard = await asyncio.gather(*polls)

        assert {next(iter(kinds(arrays))) for arrays in heard} == {"documentChange"}
        for channel in opened:
            await channel.terminate()
        await until(lambda: emulated.sessions == 0)

    serve(check)
