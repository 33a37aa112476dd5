"""Streams over real connections end without leaving anything behind, however they end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
import pytest

from emulator.core.databases import Instance
from emulator.core.paths import parse_database
from emulator.server import serving
from emulator.wire import MESSAGES, ListenRequest, ListenResponse, Target, TargetChange
from tests.emulator.databases import DOCUMENTS, set_document, structured_query
from tests.emulator.values import DATABASE

SERVICE = "/google.firestore.v1.Firestore"


class Connected:
    """A client of an emulator in this process, which can be looked into."""

    def __init__(self, channel: Any, instance: Instance) -> None:
        self.instance = instance
        self.listen = channel.stream_stream(
            f"{SERVICE}/Listen", ListenRequest.SerializeToString, ListenResponse.FromString
        )
        self.write = channel.stream_stream(
            f"{SERVICE}/Write",
            MESSAGES["WriteRequest"].SerializeToString,
            MESSAGES["WriteResponse"].FromString,
        )
        self.commit = channel.unary_unary(
            f"{SERVICE}/Commit",
            MESSAGES["CommitRequest"].SerializeToString,
            MESSAGES["CommitResponse"].FromString,
        )

    async def until_nobody_listens(self) -> None:
        while self.instance.listeners.views:
            await asyncio.sleep(0)


@asynccontextmanager
async def connected() -> AsyncIterator[Connected]:
    async with (
        serving("127.0.0.1", 0) as emulator,
        grpc.aio.insecure_channel(f"127.0.0.1:{emulator.port}") as channel,
    ):
        yield Connected(channel, emulator.databases.get(parse_database(DATABASE)))


def add_target(target_id: int = 1) -> Any:
    target = Target(
        target_id=target_id, query={"parent": DOCUMENTS, "structured_query": structured_query("a")}
    )
    return ListenRequest(database=DATABASE, add_target=target)


async def until_current(call: Any) -> None:
    while (await call.read()).target_change.target_change_type != TargetChange.CURRENT:
        pass
    await call.read()


def run(test: Callable[[Connected], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with connected() as client:
            await asyncio.wait_for(test(client), 10)

    asyncio.run(limited())


def test_a_cancelled_listener_is_forgotten() -> None:
    async def test(client: Connected) -> None:
        call = client.listen()
        await call.write(add_target())
        await until_current(call)
        assert client.instance.listeners.views == 1

        call.cancel()

        await client.until_nobody_listens()

    run(test)


def test_a_listener_that_says_no_more_is_ended_without_error() -> None:
    async def test(client: Connected) -> None:
        call = client.listen()
        await call.write(add_target())
        await until_current(call)

        await call.done_writing()

        assert await call.code() is grpc.StatusCode.OK
        await client.until_nobody_listens()

    run(test)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (add_target(), "already in use"),
        (ListenRequest(database=DATABASE), "must add or remove"),
        (ListenRequest(database="projects/other/databases/d", remove_target=1), "one database"),
    ],
)
def test_a_wrong_request_ends_the_stream_with_its_reason(second: Any, reason: str) -> None:
    async def test(client: Connected) -> None:
        call = client.listen()
        await call.write(add_target())
        await until_current(call)
        await call.write(second)

        assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert reason in await call.details()
        await client.until_nobody_listens()

    run(test)


def test_a_commit_reaches_a_thousand_targets_of_one_stream() -> None:
    async def test(client: Connected) -> None:
        call = client.listen()
        for target_id in range(1, 1001):
            await call.write(add_target(target_id))
        current: set[int] = set()
        while len(current) < 1000:
            change = (await call.read()).target_change
            if change.target_change_type == TargetChange.CURRENT:
                current.update(change.target_ids)
        await call.read()

        await client.commit(
            MESSAGES["CommitRequest"](database=DATABASE, writes=[set_document("a/b", {"x": 1})])
        )

        told = await call.read()
        assert sorted(told.document_change.target_ids) == list(range(1, 1001))

    run(test)


def test_a_write_stream_commits_and_ends() -> None:
    async def test(client: Connected) -> None:
        request = MESSAGES["WriteRequest"]
        call = client.write()
        await call.write(request(database=DATABASE))
        opened = await call.read()
        await call.write(request(stream_token=opened.stream_token, writes=[set_document("a/b", {"x": 1})]))
        assert (await call.read()).write_results[0].HasField("update_time")

        await call.done_writing()

        assert await call.code() is grpc.StatusCode.OK
        assert client.instance.database.find("a/b") is not None

    run(test)


def test_a_failed_write_ends_its_stream_with_the_reason() -> None:
    async def test(client: Connected) -> None:
        call = client.write()
        await call.write(MESSAGES["WriteRequest"](database=DATABASE, writes=[set_document("a/b", {})]))

        assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT

    run(test)
