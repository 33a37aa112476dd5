"""Scripted answers of the mail server: whom it refuses, keeps waiting or hangs up on."""

from dataclasses import dataclass
from typing import Any

from local.serving.forms import Types, as_form, check_fields
from local.serving.script import BadAnswer, Script

BUILT_IN = "answer-"
_TEXTS = {
    421: "4.3.2 Service not available, closing transmission channel",
    450: "4.2.1 Mailbox busy, try again later",
    451: "4.3.0 Local error in processing",
    452: "4.2.2 Mailbox full",
    550: "5.1.1 No such mailbox",
    552: "5.3.4 Message too big",
    554: "5.7.1 Rejected by policy",
}


@dataclass(frozen=True, slots=True)
class MailAnswer:
    """What a recipient is answered, `times` times or for ever.

    `code` 250 takes the mail; a 4xx or 5xx refuses the recipient, or with `at_data` the whole mail once it was sent.
    `drop` ends the connection instead of the answer to the data: `before` or `after` the mail is kept.
    """

    code: int = 250
    times: int | None = None
    text: str = ""
    at_data: bool = False
    delay_seconds: float = 0.0
    drop: str | None = None

    def __post_init__(self) -> None:
        if self.code != 250 and not 400 <= self.code <= 599:
            raise BadAnswer("code must be 250, 4xx or 5xx")
        if self.drop not in (None, "before", "after"):
            raise BadAnswer("drop must be before or after")
        if (self.times is not None and self.times < 1) or self.delay_seconds < 0:
            raise BadAnswer("times must be at least 1, and delay_seconds not negative")
        if any(letter in self.text for letter in "\r\n"):
            raise BadAnswer("text must be one line")

    @property
    def line(self) -> str:
        """The reply as it is sent."""
        return f"{self.code} {self.text or _TEXTS.get(self.code, 'OK' if self.code == 250 else 'Refused')}"

    @property
    def refuses_recipient(self) -> bool:
        """Whether the answer comes before any data."""
        return self.code != 250 and not self.at_data


DEFAULT = MailAnswer()
_TYPES: Types = {
    "code": (int,),
    "times": (int,),
    "text": (str,),
    "at_data": (bool,),
    "delay_seconds": (int, float),
    "drop": (str,),
}


def read_answer(content: object) -> MailAnswer:
    """An answer from its JSON form, in which a bare code is enough; BadAnswer says what is wrong."""
    if isinstance(content, int) and not isinstance(content, bool):
        return MailAnswer(content)
    return MailAnswer(**check_fields(content, _TYPES))


def answer_as_json(answer: MailAnswer) -> dict[str, Any]:
    """The JSON form, without what is left at its default."""
    return as_form(answer, "code")


def answer_to(address: str, script: Script[MailAnswer]) -> MailAnswer:
    """What a recipient is answered; `answer-550@…` is refused with 550 without a script, and so on."""
    if (scripted := script.next_for(address)) is not None:
        return scripted
    code = address.partition("@")[0].removeprefix(BUILT_IN)
    if address.startswith(BUILT_IN) and code.isdigit() and 400 <= int(code) <= 599:
        return MailAnswer(int(code))
    return DEFAULT
