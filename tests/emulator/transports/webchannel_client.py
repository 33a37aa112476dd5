"""The client's side of a WebChannel session, in the terms of its wire protocol."""

import json
from typing import Any
from urllib.parse import urlencode

from emulator.transports.webchannel.frames import Forward, parse_forward
from emulator.transports.webchannel.session import BackChannel, End, Session, Wait

Array = tuple[int, Any]


def parse_chunks(data: bytes) -> list[Array]:
    """The arrays of complete chunks."""
    text, arrays = data.decode("ascii"), []
    while text:
        length, _, rest = text.partition("\n")
        arrays += [(number, content) for number, content in json.loads(rest[: int(length)])]
        text = rest[int(length) :]
    return arrays


def form(*texts: str, offset: int = 0, headers: str = "") -> bytes:
    """The body of a forward request."""
    fields = {"headers": headers} if headers else {}
    fields |= {"count": str(len(texts)), "ofs": str(offset)}
    return urlencode({**fields, **{f"req{i}___data__": text for i, text in enumerate(texts)}}).encode()


def forward(*texts: str, offset: int = 0) -> Forward:
    """What a server makes of it."""
    return parse_forward(form(*texts, offset=offset))


class Conversation:
    """A session and the time at which things happen to it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.session = Session("the-session", self.now)

    def send(self, *texts: str) -> None:
        """The server sends JSON texts."""
        for text in texts:
            self.session.send(lambda text=text: text)  # type: ignore[misc]

    def get(
        self, acknowledged: int = 0, *, streaming: bool = True, hold_seconds: float = 30.0
    ) -> BackChannel:
        """The client opens a back channel."""
        return self.session.attach(acknowledged, streaming=streaming, hold_seconds=hold_seconds, now=self.now)

    def read(self, channel: BackChannel) -> tuple[list[Array], Wait | End]:
        """What arrives on a back channel now, and how it goes on."""
        arrays: list[Array] = []
        while True:
            step = self.session.advance(channel, self.now)
            if not isinstance(step, bytes):
                return arrays, step
            arrays += parse_chunks(step)

    def arrays(self, channel: BackChannel) -> list[Array]:
        """What arrives on a back channel now."""
        return self.read(channel)[0]

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
