"""Commits that come faster than a stream sends them are told as one snapshot, in order, and never put off for long."""

import asyncio

import pytest

from emulator.core.listen.messages import Response, token_time
from emulator.core.listen.registry import Listeners
from emulator.core.listen.stream import ListenStream
from emulator.transports.grpc_streams import MOST_CHANGES, Outbox
from emulator.wire import ListenResponse, Target
from tests.emulator.databases import DOCUMENTS, empty_database, store, structured_query

CHANGE, SNAPSHOT = "change", "snapshot"


class Client:
    """A stream of everything in a collection, sent when it is asked for."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.database = empty_database()
        stream = ListenStream(self.database, Listeners(self.database), self._put)
        stream.add_target(Target(query={"parent": DOCUMENTS, "structured_query": structured_query("a")}))
        self.taken()

    def _put(self, response: Response) -> None:
        self.outbox.put(response)

    def taken(self) -> list[ListenResponse]:
        """What a client gets when the stream has time to send."""
        sent: list[ListenResponse] = []

        async def write(wire: bytes) -> None:
            sent.append(ListenResponse.FromString(wire))

        async def drain() -> None:
            task = asyncio.create_task(self.outbox.drain_into(write))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()

        asyncio.run(drain())
        return sent


def shape(responses: list[ListenResponse]) -> list[str]:
    return [CHANGE if response.HasField("document_change") else SNAPSHOT for response in responses]


def test_commits_that_wait_together_are_one_snapshot_as_of_the_last() -> None:
    client = Client()
    times = [store(client.database, {f"a/{number}": {"x": number}}).time for number in range(3)]

    responses = client.taken()

    assert shape(responses) == [CHANGE, CHANGE, CHANGE, SNAPSHOT]
    assert token_time(responses[-1].target_change.resume_token) == times[-1]


def test_each_commit_that_finds_nothing_waiting_is_a_snapshot_of_its_own() -> None:
    client = Client()

    for number in range(3):
        store(client.database, {"a/b": {"x": number}})

        assert shape(client.taken()) == [CHANGE, SNAPSHOT]


def test_a_document_that_changes_twice_is_told_in_order() -> None:
    client = Client()
    for number in range(2):
        store(client.database, {"a/b": {"x": number}})

    *changes, snapshot = client.taken()

    values = [change.document_change.document.fields["x"].integer_value for change in changes]
    assert values == [0, 1]
    assert snapshot.target_change.resume_token


@pytest.mark.parametrize("commits", [MOST_CHANGES, MOST_CHANGES + 1, 3 * MOST_CHANGES])
def test_a_snapshot_is_not_put_off_for_ever(commits: int) -> None:
    client = Client()
    for number in range(commits):
        store(client.database, {f"a/{number}": {"x": number}})

    told = "".join("c" if each == CHANGE else "S" for each in shape(client.taken()))

    assert told.count("c") == commits
    assert told.endswith("S")
    assert max(map(len, told.split("S"))) == MOST_CHANGES
