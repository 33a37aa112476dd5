"""Mails: a mail server in trouble, and workers that die between claiming, sending and marking."""

from collections.abc import Iterator
from contextlib import contextmanager

from courtside import crash_points
from local.mail.answers import MailAnswer
from local.mail.client import MailSink
from local.mail.process import running_mail
from tests.faults.arena import Arena
from tests.faults.catalogue import Setup, row
from tests.faults.notified import expect_each_mailed_once, forget_how_often, open_mailboxes, settle

_NO_WORKERS = Setup(workers=0)
_LEASE_SECONDS = "2"
_TROUBLE = (
    MailAnswer(421, times=3),
    MailAnswer(450, times=2),
    MailAnswer(drop="after", times=3),
    MailAnswer(554, at_data=True, times=2),
    MailAnswer(drop="before", times=2),
    MailAnswer(delay_seconds=1.0, times=4),
)
_STRIKES = sum(answer.times or 0 for answer in _TROUBLE)
_ROUNDS = 4


@row(
    35,
    "the mail server refuses, is slow, or loses replies",
    injected="421, a busy mailbox, connections that end before or after the mail was kept, a refusal, slowness",
    expected="each mail is taken in the end or says why not; what was sent twice has one Message-ID",
    invariants="I3 I8",
    setup=_NO_WORKERS,
)
def mail_server_is_in_trouble(arena: Arena) -> int:
    """Trouble of every kind, one after the other, while people book."""
    with _mailboxes(arena) as mail:
        mail.script("*", *_TROUBLE)
        arena.start_worker(**_variables(mail))
        for _ in range(_ROUNDS):
            arena.act(20)
            forget_how_often(arena)
        settle(arena, "email")
        expect_each_mailed_once(arena, mail)
    return _STRIKES


@row(
    35,
    "kill -9 of a worker while it sends mails",
    injected="a worker kills itself once it has claimed, sent, or marked, in turn",
    expected="another sends when the lease ends: each is taken or says why not; what was sent twice has one Message-ID",
    invariants="I3",
    setup=_NO_WORKERS,
)
def mail_senders_are_killed(arena: Arena) -> int:
    """Worker after worker dies, each a step later than the one before."""
    with _mailboxes(arena) as mail:
        for point in crash_points.OF_DELIVERIES:
            forget_how_often(arena)
            victim = arena.start_worker(CRASH_AT=point, **_variables(mail))
            victim.wait_until_killed()
        arena.start_worker(**_variables(mail))
        arena.act(20)
        settle(arena, "email")
        expect_each_mailed_once(arena, mail)
    return len(crash_points.OF_DELIVERIES)


@contextmanager
def _mailboxes(arena: Arena) -> Iterator[MailSink]:
    with running_mail() as mail:
        open_mailboxes(arena)
        yield mail


def _variables(mail: MailSink) -> dict[str, str]:
    server = {"SMTP_URL": mail.smtp_url, "SMTP_CA_FILE": mail.certificate}
    return {**server, "DELIVERY_LEASE_SECONDS": _LEASE_SECONDS}
