"""The text forms of WebChannel v8: length-prefixed chunks of arrays out, form-encoded messages in.

Source: the wire protocol in closure-library (goog/labs/net/webchannel) and its description in docs/v8.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

PROTOCOL_VERSION = 8
SERVER_VERSION = 12
MAX_MESSAGES = 1000
"""More messages in one request are refused; clients send a handful."""


class BadRequest(Exception):
    """What a client sent is not WebChannel."""


@dataclass(frozen=True, slots=True)
class Forward:
    """What one forward request carries: JSON texts by their position in the client's stream."""

    messages: Mapping[int, str]
    headers: Mapping[str, str]
    """HTTP headers of the stream as a whole, names in lower case; in the handshake only."""


def chunk(text: str) -> bytes:
    """A chunk: its length in UTF-16 units, then the text. The text must be ASCII, so that units are bytes."""
    return f"{len(text)}\n{text}".encode("ascii")


def arrays(numbered: Sequence[tuple[int, str]]) -> bytes:
    """One chunk with an array `[id, content]` per entry; contents are JSON texts."""
    return chunk("[" + ",".join([f"[{number},{content}]" for number, content in numbered]) + "]")


def handshake_content(session_id: str, keepalive_seconds: float) -> str:
    """The content of array 0, with which a session begins."""
    return f'["c","{session_id}","",{PROTOCOL_VERSION},{SERVER_VERSION},{int(keepalive_seconds * 1000)}]'


def parse_forward(body: bytes) -> Forward:
    """The messages of a request's body; BadRequest if it is not the form that clients send."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=2 * MAX_MESSAGES))
        count, offset = int(form.get("count", 0)), int(form.get("ofs", 0))
    except ValueError as error:
        raise BadRequest(f"malformed forward request: {error}") from None
    if not 0 <= count <= MAX_MESSAGES or offset < 0:
        raise BadRequest(f"count {count} with offset {offset} is out of range")
    missing = [position for position in range(count) if f"req{position}___data__" not in form]
    if missing:
        raise BadRequest(f"req{missing[0]}___data__ is missing")
    messages = {offset + position: form[f"req{position}___data__"] for position in range(count)}
    return Forward(messages, _parse_headers(form.get("headers", "")))


def _parse_headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.split("\r\n") if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
