"""WebChannel sessions: conversations between a client and the state machine."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.transports.webchannel.frames import BadRequest
from emulator.transports.webchannel.session import (
    IDLE_SECONDS,
    KEEPALIVE_SECONDS,
    MAX_AHEAD,
    MAX_CHUNK,
    MAX_RESPONSE,
    STREAM_SECONDS,
    End,
    Session,
    Wait,
)
from tests.emulator.transports.webchannel_client import Conversation, forward, parse_chunks

NOOP = ["noop"]


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def test_a_session_begins_with_array_0(talk: Conversation) -> None:
    assert parse_chunks(talk.session.handshake()) == [(0, ["c", "the-session", "", 8, 12, 30_000])]


def test_messages_are_numbered_from_1(talk: Conversation) -> None:
    talk.send('{"a":1}', '{"b":2}')

    assert talk.arrays(talk.get()) == [(1, [{"a": 1}]), (2, [{"b": 2}])]


def test_what_is_sent_together_is_one_chunk(talk: Conversation) -> None:
    talk.send("1", "2", "3")

    assert talk.session.advance(talk.get(), talk.now) == b"25\n[[1,[1]],[2,[2]],[3,[3]]]"


def test_a_stream_that_has_nothing_to_say_says_so_at_once(talk: Conversation) -> None:
    channel = talk.get()

    arrays, step = talk.read(channel)

    assert arrays == [(1, NOOP)]
    assert step == Wait(KEEPALIVE_SECONDS)


def test_a_silent_stream_is_kept_alive_by_noops_with_numbers_of_their_own(talk: Conversation) -> None:
    talk.send("1")
    channel = talk.get()
    talk.arrays(channel)

    talk.pass_time(KEEPALIVE_SECONDS - 1)
    assert talk.read(channel) == ([], Wait(1))
    talk.pass_time(1)
    assert talk.arrays(channel) == [(2, NOOP)]
    talk.send("2")
    assert talk.arrays(channel) == [(3, [2])]


def test_a_stream_ends_after_its_time_and_the_next_goes_on_from_there(talk: Conversation) -> None:
    channel = talk.get()
    talk.arrays(channel)
    talk.pass_time(STREAM_SECONDS)

    assert talk.read(channel) == ([], End())
    talk.session.detach(channel, talk.now)
    talk.send("1")
    assert talk.arrays(talk.get(1)) == [(2, [1])]


def test_a_poll_gets_one_chunk(talk: Conversation) -> None:
    talk.send("1")
    channel = talk.get(streaming=False)

    assert talk.read(channel) == ([(1, [1])], End())
    talk.send("2")
    assert talk.read(channel) == ([], End())


def test_a_poll_waits_for_something_to_say(talk: Conversation) -> None:
    channel = talk.get(streaming=False, hold_seconds=10)
    assert talk.read(channel) == ([], Wait(10))

    talk.pass_time(9)
    talk.send("1")

    assert talk.read(channel) == ([(1, [1])], End())


def test_a_poll_in_vain_ends_with_a_noop(talk: Conversation) -> None:
    channel = talk.get(streaming=False, hold_seconds=10)
    talk.pass_time(10)

    assert talk.read(channel) == ([(1, NOOP)], End())


def test_what_was_not_acknowledged_is_sent_again(talk: Conversation) -> None:
    talk.send("1", "2", "3")
    talk.arrays(talk.get())

    assert talk.arrays(talk.get(1)) == [(2, [2]), (3, [3])]


def test_what_was_acknowledged_is_gone_even_if_a_late_request_knows_less(talk: Conversation) -> None:
    talk.send("1", "2", "3")
    talk.arrays(talk.get())
    talk.session.acknowledge(2)

    assert talk.arrays(talk.get(1)) == [(3, [3])]


def test_an_acknowledgement_during_a_resend_is_heeded(talk: Conversation) -> None:
    talk.send("1", "2", "3")
    talk.arrays(talk.get())
    again = talk.get(0)
    talk.session.acknowledge(3)
    talk.send("4")

    assert talk.arrays(again) == [(4, [4])]


@pytest.mark.parametrize("number", [-1, 3])
def test_an_impossible_acknowledgement_is_refused(talk: Conversation, number: int) -> None:
    talk.send("1", "2", "3")
    talk.session.advance(talk.get(), talk.now)
    talk.session.acknowledge(3)

    with pytest.raises(BadRequest):
        talk.session.acknowledge(number if number < 0 else number + 1)


def test_a_new_back_channel_replaces_the_older_one(talk: Conversation) -> None:
    older = talk.get()
    talk.arrays(older)
    newer = talk.get(1)
    talk.send("1")

    assert talk.read(older) == ([], End())
    assert talk.arrays(newer) == [(2, NOOP), (3, [1])]


def test_the_end_of_a_replaced_back_channel_does_not_touch_the_newer_one(talk: Conversation) -> None:
    older = talk.get()
    newer = talk.get()
    talk.session.detach(older, talk.now)

    talk.send("1")

    assert talk.arrays(newer) == [(1, NOOP), (2, [1])]
    talk.pass_time(IDLE_SECONDS)
    assert not talk.session.expired(talk.now)


def test_messages_of_the_client_are_taken_in_order_and_once(talk: Conversation) -> None:
    session = talk.session

    assert session.receive(forward("a", "b")) == ["a", "b"]
    assert session.receive(forward("d", offset=3)) == []
    assert session.receive(forward("b", "c", offset=1)) == ["c", "d"]
    assert session.receive(forward("c", "d", "e", offset=2)) == ["e"]


def test_a_client_that_never_fills_a_gap_is_refused(talk: Conversation) -> None:
    ahead = [str(position) for position in range(MAX_AHEAD)]
    assert talk.session.receive(forward(*ahead, offset=1)) == []

    with pytest.raises(BadRequest, match="message 0 is missing"):
        talk.session.receive(forward("x", offset=MAX_AHEAD + 1))


def test_a_receipt_tells_what_is_on_its_way(talk: Conversation) -> None:
    session = talk.session
    assert session.receipt() == b"7\n[0,0,0]"
    channel = talk.get()
    talk.send("12345")
    talk.arrays(channel)

    assert json.loads(session.receipt().partition(b"\n")[2]) == [1, 2, len('["noop"]') + len("[12345]")]
    session.acknowledge(1)
    session.detach(channel, talk.now)
    assert json.loads(session.receipt().partition(b"\n")[2]) == [0, 2, len("[12345]")]


@pytest.mark.parametrize(("end", "content"), [(Session.close, ["close"]), (Session.abort, ["stop"])])
def test_a_session_that_the_server_ends_says_so_last(
    talk: Conversation, end: object, content: list[str]
) -> None:
    channel = talk.get()
    talk.send("1")
    end(talk.session)  # type: ignore[operator]
    talk.send("2")

    assert talk.read(channel) == ([(1, NOOP), (2, [1]), (3, content)], End())


def test_the_end_of_a_session_is_sent_again_until_it_arrives(talk: Conversation) -> None:
    talk.session.close()
    talk.arrays(talk.get())

    assert talk.read(talk.get()) == ([(1, ["close"])], End())


def test_a_terminated_session_sends_nothing(talk: Conversation) -> None:
    channel = talk.get()
    talk.send("1")
    talk.session.terminate()
    talk.send("2")

    assert talk.read(channel) == ([], End())


def test_a_session_expires_when_its_client_stays_away(talk: Conversation) -> None:
    talk.pass_time(IDLE_SECONDS - 1)
    assert not talk.session.expired(talk.now)
    channel = talk.get()
    talk.pass_time(IDLE_SECONDS)
    assert not talk.session.expired(talk.now)
    talk.session.detach(channel, talk.now)
    talk.pass_time(IDLE_SECONDS - 1)
    assert not talk.session.expired(talk.now)
    talk.pass_time(1)
    assert talk.session.expired(talk.now)


def test_long_queues_are_cut_into_chunks_and_responses(talk: Conversation) -> None:
    text = json.dumps("x" * 10_000)
    count = 2 * MAX_RESPONSE // len(text)
    talk.send(*[text] * count)
    channel = talk.get()

    first = talk.session.advance(channel, talk.now)
    assert isinstance(first, bytes)
    assert MAX_CHUNK <= len(first) < MAX_CHUNK + 2 * len(text)
    rest, step = talk.read(channel)

    assert step == End()
    known = rest[-1][0]
    assert MAX_RESPONSE <= known * len(text) < MAX_RESPONSE + 2 * MAX_CHUNK
    assert talk.arrays(talk.get(known))[0][0] == known + 1


def test_messages_are_made_when_they_are_sent(talk: Conversation) -> None:
    made = []
    talk.session.send(lambda: made.append(1) or "1")  # type: ignore[func-returns-value]
    assert made == []

    talk.arrays(talk.get())

    assert made == [1]


class LossyClient:
    """A client that keeps what arrived, over a network that loses requests and breaks responses."""

    def __init__(self) -> None:
        self.talk = Conversation()
        self.received: list[object] = []
        self.last = 0
        self.delivered: list[str] = []
        self.sent = 0

    def poll(self, *, streaming: bool, chunks: int) -> None:
        """Open a back channel that breaks after so many chunks."""
        channel = self.talk.get(self.last, streaming=streaming)
        for _ in range(chunks):
            step = self.talk.session.advance(channel, self.talk.now)
            if not isinstance(step, bytes):
                break
            for number, content in parse_chunks(step):
                assert number == self.last + 1
                self.last = number
                self.received += [] if content == NOOP else content
        self.talk.session.detach(channel, self.talk.now)

    def post(self, count: int, *, answered: bool) -> None:
        """Send messages, and send them again if no answer came."""
        request = forward(*(str(self.sent + i) for i in range(count)), offset=self.sent)
        self.delivered += self.talk.session.receive(request)
        if answered:
            self.talk.session.acknowledge(self.last)
            self.sent += count


steps = st.one_of(
    st.tuples(st.just("send"), st.integers(1, 5)),
    st.tuples(st.just("poll"), st.booleans(), st.integers(0, 3)),
    st.tuples(st.just("post"), st.integers(0, 3), st.booleans()),
)


@settings(deadline=None)
@given(st.lists(steps, max_size=40))
def test_everything_arrives_once_and_in_order_over_a_lossy_network(script: list[tuple[object, ...]]) -> None:
    client, sent = LossyClient(), 0
    for kind, *how in script:
        if kind == "send":
            client.talk.send(*(str(sent + i) for i in range(int(str(how[0])))))
            sent += int(str(how[0]))
        elif kind == "poll":
            client.poll(streaming=bool(how[0]), chunks=int(str(how[1])))
        else:
            client.post(int(str(how[0])), answered=bool(how[1]))
    client.poll(streaming=True, chunks=10)
    client.post(3, answered=True)

    assert client.received == list(range(sent))
    assert client.delivered == [str(number) for number in range(len(client.delivered))]
    assert len(client.delivered) >= client.sent
