"""What can keep the local suite from running, as errors whose text tells a person what to do.

SuiteError
├── PortTaken      somebody else listens on a port that a part needs
├── PartFailed     a part did not become ready, or ended by itself; carries its last lines
└── SetupMissing   something has to be installed or prepared first
"""

from collections.abc import Sequence


class SuiteError(Exception):
    """Anything expected that stops the local suite; its text is shown without a traceback."""


class PortTaken(SuiteError):
    """A part cannot listen because its port is in use."""

    def __init__(self, part: str, port: int, holder: str | None = None, option: str | None = None) -> None:
        who = f" by {holder}" if holder else ""
        way_out = f"; stop it, or choose another port with {option}" if option else ""
        super().__init__(f"{part} needs port {port}, which is in use{who}{way_out}.")
        self.part = part
        self.port = port


class PartFailed(SuiteError):
    """A part ended or did not answer; `last_lines` is the end of its output."""

    def __init__(self, part: str, what: str, last_lines: Sequence[str] = ()) -> None:
        super().__init__(with_last_lines(f"{part} {what}.", last_lines))
        self.part = part
        self.last_lines = tuple(last_lines)


class SetupMissing(SuiteError):
    """A prerequisite is not there; the text names it and the way to get it."""


def with_last_lines(sentence: str, last_lines: Sequence[str]) -> str:
    """A sentence, and below it what a program wrote last, if it wrote anything."""
    shown = "".join(f"\n    {line}" for line in last_lines)
    return f"{sentence} Its last lines:{shown}" if shown else sentence
