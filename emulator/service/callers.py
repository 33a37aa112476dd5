"""Who calls."""

from dataclasses import dataclass

LABEL_HEADER = "x-emulator-label"
"""The gRPC metadata or HTTP header by which a caller names itself to the meter and to fault rules."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a transport knows of the sender of a call; `authorization` as it was sent."""

    label: str = ""
    authorization: str = ""


NOBODY = Caller()
