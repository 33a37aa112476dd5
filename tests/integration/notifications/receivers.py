"""FCM and a mail server inside the test: the stand-in's answers and devices, and none of its sockets."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from courtside.notifications.breaker import Breaker
from courtside.notifications.outcomes import ACCEPTED, FAILED, UNTRIED, WAITING, Outcome
from courtside.notifications.posting import Failure, Post
from courtside.notifications.posting import Reply as HttpReply
from local.fcm.answers import Answer
from local.fcm.devices import Shown
from local.fcm.ledger import Ledger
from local.fcm.service import Service
from local.serving.messages import Reply, Request
from local.serving.script import Script

ALL = "*"
PROJECT = "demo"
_MAIL_ANSWERS = {
    "taken": Outcome(ACCEPTED),
    "reply lost": Outcome(WAITING, "NO_ANSWER", answered=False),
    "no connection": Outcome(WAITING, "NO_ANSWER", answered=False),
    "busy": Outcome(WAITING, "SMTP_450"),
    "refused": Outcome(FAILED, "SMTP_550"),
}
MAIL_ANSWERS = tuple(_MAIL_ANSWERS)
_TAKES = frozenset({"taken", "reply lost"})


@dataclass(frozen=True)
class Push:
    """A send: when, to which token, what it told of, and whether it was taken, whatever its sender was told."""

    at: datetime
    token: str
    notification_id: str
    delivery_id: str
    taken: bool


@dataclass
class Phones:
    """In the place of the gateway's connections: the stand-in without a socket, and the devices behind it."""

    now: Callable[[], datetime]
    script: Script[Answer] = field(default_factory=Script)
    ledger: Ledger = field(default_factory=Ledger)
    pushes: list[Push] = field(default_factory=list)

    def post_all(self, posts: Iterator[Post]) -> Iterator[tuple[int, HttpReply | Failure]]:
        """Answer one after the other, or end the connection."""
        for number, post in enumerate(posts):
            yield number, self._answer(post)

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, post: Post) -> HttpReply | Failure:
        named = dict(header.split(": ", 1) for header in post.headers)
        request = Request("POST", f"/v1/projects/{PROJECT}/messages:send", "", named, post.body, "HTTP/2", 1)
        outcome = Service(self.ledger, self.script).send(PROJECT, request)
        (attempt,) = self.ledger.attempts(limit=1)
        data = attempt.as_json()["request"]["message"]["data"]
        self.pushes.append(
            Push(
                self.now(),
                attempt.target,
                data["notification_id"],
                data["delivery_id"],
                bool(attempt.name),
            )
        )
        if not isinstance(outcome, Reply):
            return Failure.NO_ANSWER
        headers = {name.lower(): value for name, value in outcome.headers.items()}
        return HttpReply(outcome.status, headers, outcome.body)

    def answer(self, *answers: Answer) -> None:
        """What the next sends are answered."""
        self.script.set(ALL, list(answers))

    def screens(self) -> list[list[Shown]]:
        """What each device shows."""
        return [list(device.shown.values()) for device in self.ledger.devices(1_000)]


@dataclass
class Mailboxes:
    """In the place of the mail gateway: who shows mails keeps one of each Message-ID."""

    answers: list[str] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)

    def send_all(self, mails: Sequence[EmailMessage], breaker: Breaker, *, until: float) -> list[Outcome]:
        """Send each once; what comes after the channel has closed is untried."""
        return [self._send(mail, breaker) for mail in mails]

    def close(self) -> None:
        """Nothing is open."""

    def _send(self, mail: EmailMessage, breaker: Breaker) -> Outcome:
        if breaker.closed_seconds:
            return UNTRIED
        answer = self.answers.pop(0) if self.answers else "taken"
        if answer in _TAKES:
            self.taken[str(mail["Message-ID"])] += 1
        outcome = _MAIL_ANSWERS[answer]
        breaker.note(answered=outcome.answered)
        return Outcome(ACCEPTED, provider_id=mail["Message-ID"]) if answer == "taken" else outcome
