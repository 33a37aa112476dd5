"""One WebChannel session as a state machine without I/O: messages and times in, chunks out.

Arrays to the client are numbered from 1 without gaps and kept until the client has acknowledged them, so that a back
channel that broke is made up for by the next one. Messages from the client are taken in order and once each.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from emulator.transports.webchannel.frames import BadRequest, Forward, arrays, chunk, handshake_content

KEEPALIVE_SECONDS = 30.0
"""The longest silence of a back channel; clients give up after 1.5 times as long."""
STREAM_SECONDS = 55.0
"""How long one streamed response lasts before the client has to ask for the next."""
IDLE_SECONDS = 60.0
"""How long a session lives without a back channel."""
MAX_CHUNK = 128 << 10
MAX_RESPONSE = 8 << 20
"""After so many bytes a streamed response ends, so that the client acknowledges and memory is freed."""
MAX_AHEAD = 1000
"""How many messages may wait for one that has not arrived."""

Content = Callable[[], str]
"""Makes the JSON text of a message; called when it is sent."""


@dataclass(slots=True)
class _Array:
    """An array that the client has not acknowledged; `size` is 0 until it is sent."""

    number: int
    content: Content
    size: int = 0


@dataclass(eq=False, slots=True)
class BackChannel:
    """A response to the client in progress; times in seconds."""

    position: int
    """The array that was sent on it last, or that the client had when it began."""
    streaming: bool
    noop_at: float
    ends_at: float
    sent: int = 0

    @property
    def full(self) -> bool:
        """Whether it has carried all that it can: one chunk, unless it is streamed."""
        return self.sent >= (MAX_RESPONSE if self.streaming else 1)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to send until something is put into the session, or `seconds` have passed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """The response is complete."""


def _fixed(text: str) -> Content:
    return lambda: text


class Session:
    """Both directions of a session; `now` is the time of any steadily running clock, in seconds."""

    def __init__(self, session_id: str, now: float, keepalive_seconds: float = KEEPALIVE_SECONDS) -> None:
        self.id = session_id
        self._keepalive = keepalive_seconds
        self._arrays: deque[_Array] = deque()
        self._last_id = 0
        self._last_sent = 0
        self._acknowledged = 0
        self._ahead: dict[int, str] = {}
        self._next_message = 0
        self._back: BackChannel | None = None
        self._alone_since = now
        self._ended = False

    def handshake(self) -> bytes:
        """The reply to the request that began the session."""
        return arrays([(0, handshake_content(self.id, self._keepalive))])

    # to the client

    def send(self, content: Content) -> None:
        """Queue a message."""
        self._put(lambda: f"[{content()}]")

    def close(self) -> None:
        """Tell the client that the session is over."""
        self._finish('["close"]')

    def abort(self) -> None:
        """Tell the client that the session has failed; it is to try another."""
        self._finish('["stop"]')

    def _finish(self, text: str) -> None:
        if not self._ended:
            self._put(_fixed(text))
            self._ended = True

    def _put(self, content: Content) -> None:
        if not self._ended:
            self._last_id += 1
            self._arrays.append(_Array(self._last_id, content))

    # from the client

    def receive(self, forward: Forward) -> list[str]:
        """The messages whose turn it is; those sent again are dropped, those sent ahead are kept."""
        for position, text in forward.messages.items():
            if position >= self._next_message:
                self._ahead.setdefault(position, text)
        taken = []
        while self._next_message in self._ahead:
            taken.append(self._ahead.pop(self._next_message))
            self._next_message += 1
        if len(self._ahead) > MAX_AHEAD:
            raise BadRequest(f"message {self._next_message} is missing")
        return taken

    def acknowledge(self, number: int) -> None:
        """The client has all arrays up to this one; BadRequest for one that it cannot have."""
        if number > self._last_sent or number < 0:
            raise BadRequest(f"array {number} was not sent")
        self._acknowledged = max(self._acknowledged, number)
        while self._arrays and self._arrays[0].number <= number:
            self._arrays.popleft()

    def receipt(self) -> bytes:
        """The reply to a forward request: whether a back channel is open, and what is on its way to the client."""
        outstanding = sum(array.size for array in self._arrays)
        return chunk(f"[{int(self._back is not None)},{self._last_sent},{outstanding}]")

    def terminate(self) -> None:
        """The client is gone; nothing is sent any more."""
        self._ended = True
        self._arrays.clear()
        self._back = None

    # back channels

    def attach(self, acknowledged: int, *, streaming: bool, hold_seconds: float, now: float) -> BackChannel:
        """Begin a response, in place of an earlier one; it resends what the client does not have.

        A streamed one ends after `STREAM_SECONDS`, another after one chunk, for which it waits `hold_seconds` at most.
        """
        self.acknowledge(acknowledged)
        if streaming and not self._arrays:
            # Silence would be taken for a proxy that buffers.
            self._put_noop()
        ends_at = now + (STREAM_SECONDS if streaming else hold_seconds)
        noop_at = now + self._keepalive if streaming else ends_at
        self._back = BackChannel(acknowledged, streaming, noop_at, ends_at)
        return self._back

    def advance(self, channel: BackChannel, now: float) -> bytes | Wait | End:
        """What a response does next: send a chunk, wait, or end."""
        if channel is not self._back or channel.full:
            return End()
        channel.position = max(channel.position, self._acknowledged)
        if channel.position == self._last_id:
            if self._ended or (channel.streaming and now >= channel.ends_at):
                return End()
            if now < channel.noop_at:
                return Wait(min(channel.noop_at, channel.ends_at) - now)
            self._put_noop()
        channel.noop_at = now + self._keepalive
        return self._next_chunk(channel)

    def _put_noop(self) -> None:
        self._put(_fixed('["noop"]'))

    def _next_chunk(self, channel: BackChannel) -> bytes:
        batch: list[tuple[int, str]] = []
        size = 0
        # Acknowledged arrays are gone from the front, and the numbers of the others have no gaps.
        start = channel.position + 1 - self._arrays[0].number
        for index in range(start, len(self._arrays)):
            array = self._arrays[index]
            text = array.content()
            array.size = len(text)
            batch.append((array.number, text))
            size += array.size
            if size >= MAX_CHUNK:
                break
        channel.position = batch[-1][0]
        channel.sent += size
        self._last_sent = max(self._last_sent, channel.position)
        return arrays(batch)

    def detach(self, channel: BackChannel, now: float) -> None:
        """A response is over, complete or not."""
        if channel is self._back:
            self._back = None
            self._alone_since = now

    def expired(self, now: float) -> bool:
        """Whether the client has stayed away too long."""
        return self._back is None and now - self._alone_since >= IDLE_SECONDS
