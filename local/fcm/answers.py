"""Scripted answers: what chosen tokens are told instead of, or besides, what FCM would say."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from local.fcm.refusals import REFUSALS
from local.serving.forms import Types, as_form, check_fields
from local.serving.messages import HangUp
from local.serving.script import BadAnswer, Script

OK = "OK"
ANSWERS = (OK, *REFUSALS)
BUILT_IN = "answer-"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a send to a token is answered, `times` times or for ever.

    `answer` is OK or a name of REFUSALS. `retry_after` are seconds, sent as a number or as a date. `drop` ends the
    connection instead: `before` or `after` FCM has accepted the message; only the stream where `drop_stream` is set
    and the sender speaks HTTP/2. `accepted` says whether the message counts and shows all the same, as when a proxy
    answers 502 for what FCM has taken; None leaves it to the answer.
    """

    answer: str = OK
    times: int | None = None
    retry_after: float | None = None
    retry_after_date: bool = False
    latency_seconds: float = 0.0
    drop: str | None = None
    drop_stream: bool = False
    accepted: bool | None = None

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise BadAnswer(f"answer must be one of {', '.join(ANSWERS)}")
        if self.drop not in (None, "before", "after"):
            raise BadAnswer("drop must be before or after")
        if self.times is not None and self.times < 1:
            raise BadAnswer("times must be at least 1")
        if self.latency_seconds < 0 or (self.retry_after or 0) < 0:
            raise BadAnswer("latency_seconds and retry_after must not be negative")

    @property
    def accepts(self) -> bool:
        """Whether the message is taken, whatever its sender is told."""
        if self.accepted is not None:
            return self.accepted
        return self.drop == "after" if self.drop else self.answer == OK

    @property
    def hangs_up(self) -> HangUp | None:
        """How the connection ends, None when it does not."""
        if self.drop is None:
            return None
        return HangUp.STREAM if self.drop_stream else HangUp.CONNECTION

    def headers(self, now: datetime) -> dict[str, str]:
        """Retry-After, where it is wanted."""
        if self.retry_after is None:
            return {}
        if self.retry_after_date:
            at = now.astimezone(UTC) + timedelta(seconds=self.retry_after)
            return {"retry-after": format_datetime(at, usegmt=True)}
        return {"retry-after": f"{self.retry_after:g}"}


DEFAULT = Answer()
_TYPES: Types = {
    "answer": (str,),
    "times": (int,),
    "retry_after": (int, float),
    "retry_after_date": (bool,),
    "latency_seconds": (int, float),
    "drop": (str,),
    "drop_stream": (bool,),
    "accepted": (bool,),
}


def read_answer(content: object) -> Answer:
    """An answer from its JSON form, in which a bare name is enough; BadAnswer says what is wrong."""
    return Answer(content) if isinstance(content, str) else Answer(**check_fields(content, _TYPES))


def answer_as_json(answer: Answer) -> dict[str, Any]:
    """The JSON form, without what is left at its default."""
    return as_form(answer, "answer")


def answer_to(token: str, script: Script[Answer]) -> Answer:
    """What a send to a token is answered: as scripted, else what its name asks for, else as FCM would.

    A token `answer-unregistered:…` always gets UNREGISTERED, and so on: no script is needed.
    """
    if (scripted := script.next_for(token)) is not None:
        return scripted
    if token.startswith(BUILT_IN):
        name = token.removeprefix(BUILT_IN).partition(":")[0].upper().replace("-", "_")
        return Answer(name) if name in ANSWERS else DEFAULT
    return DEFAULT
