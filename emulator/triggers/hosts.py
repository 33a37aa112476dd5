"""What delivering to a functions host takes: its address, and the meaning of its answers."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from emulator.triggers.events import Event


class BodyEncoding(Enum):
    """How a host wants the bytes of an event's body."""

    RAW = "raw"
    """As they are: functions-framework."""
    BASE64 = "base64"
    """As base64 text: the official functions emulator, which decodes every protobuf body so."""


@dataclass(frozen=True, slots=True)
class Address:
    """A functions host and the encoding that it understands."""

    host: str
    port: int
    encoding: BodyEncoding = BodyEncoding.RAW


def parse_address(text: str, encoding: BodyEncoding = BodyEncoding.RAW) -> Address:
    """`host:port`; ValueError for anything else."""
    host, _, port = text.rpartition(":")
    if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ValueError(f"not host:port: {text!r}")
    return Address(host, int(port), encoding)


class Outcome(Enum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    STALE = "stale"
    """The host does not want events for this trigger any more."""
    FAILED = "failed"
    """Worth another attempt."""


class Host(Protocol):
    """Takes events for functions."""

    async def post(self, trigger_id: str, event: Event) -> tuple[Outcome, str]:
        """Deliver an event to a trigger's function: what became of it, and why."""

    async def close(self) -> None:
        """Take no more."""
