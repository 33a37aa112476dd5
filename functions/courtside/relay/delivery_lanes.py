"""Sends deliveries that are due, a lane for each channel: leased, the lease commits, then sent, then marked.

Who dies in between leaves a lease that runs out: then somebody else sends again, under the same collapse key or
Message-ID, which whoever shows it knows.
"""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Protocol, TypeVar
from uuid import UUID

from courtside import crash_points
from courtside.backends import Backends
from courtside.bookings.icalendar import read_file
from courtside.config import Misconfigured, Settings
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction
from courtside.notifications.breaker import Breaker
from courtside.notifications.deliveries import Settled, lease_deliveries, settle_deliveries
from courtside.notifications.fcm import Fcm
from courtside.notifications.messages.letters import Envelope, email_of
from courtside.notifications.messages.rendering import items_of, message_of
from courtside.notifications.model import LeasedDelivery
from courtside.notifications.outcomes import ACCEPTED, DEAD, WAITING, Outcome, deadline_of, last_look
from courtside.notifications.pushes import push_of
from courtside.notifications.receipts import receipt_of
from courtside.notifications.smtp import Smtp
from courtside.notifications.statistics import list_queues, save_pause
from courtside.notifications.types import Channel, type_of
from courtside.notifications.unsubscribing import Subscription, unsubscribe_url
from courtside.observer import Landing, Round

T = TypeVar("T")

log = logging.getLogger(__name__)

# Of a lease, the part in which sends are begun; what was begun has an answer, or none, before the lease ends.
_SENDING_SHARE = 0.6
# While some lease and mark, others send.
_PUSH_LANES = 3


class Sender(Protocol):
    """What sends on one channel: as many as `batch` at once, and what became of each, in order."""

    channel: str
    batch: int
    breaker: Breaker

    def send(self, backends: Backends, leased: Sequence[LeasedDelivery], *, until: float) -> list[Outcome]:
        """Send each once; what had no turn by the monotonic time `until` is untried."""
        ...

    def close(self) -> None:
        """Close what it opened."""
        ...


class PushSender:
    """Pushes by FCM, over connections that it keeps."""

    channel = "push"
    batch = 200

    def __init__(self, settings: Settings, breaker: Breaker | None = None) -> None:
        self.breaker = breaker or Breaker(jitter=random.random)
        self._settings = settings
        self._fcm: Fcm | None = None

    def send(self, backends: Backends, leased: Sequence[LeasedDelivery], *, until: float) -> list[Outcome]:
        """Send each once."""
        if self._fcm is None:
            self._fcm = Fcm.of(self._settings)
        made = (_made(item, self._push_of) for item in leased)
        return self._fcm.send_all(made, self.breaker, until=until)

    def close(self) -> None:
        """Close its connections."""
        if self._fcm is not None:
            self._fcm.close()

    def _push_of(self, item: LeasedDelivery) -> dict[str, Any]:
        settings = self._settings
        receipt = receipt_of(settings.unsubscribe_secrets, item.id)
        return push_of(item, deadline=_deadline_of(item), public_url=settings.public_url, receipt=receipt)


class MailSender:
    """E-mails by SMTP."""

    channel = "email"
    batch = 40

    def __init__(self, settings: Settings) -> None:
        self.breaker = Breaker(jitter=random.random)
        self._settings = settings
        self._smtp = Smtp.of(settings)

    def send(self, backends: Backends, leased: Sequence[LeasedDelivery], *, until: float) -> list[Outcome]:
        """Send each once."""
        calendars = _calendars_of(backends, leased)
        made = [_made(item, lambda item: self._mail_of(item, calendars.get(item.id))) for item in leased]
        return _merged(made, lambda mails: self._smtp.send_all(mails, self.breaker, until=until))

    def close(self) -> None:
        """Close its connections."""
        self._smtp.close()

    def _mail_of(self, item: LeasedDelivery, calendar: str | None) -> EmailMessage:
        assert item.email is not None  # others are not sent
        envelope = Envelope(
            id=item.id,
            sender=self._settings.mail_from,
            recipient=item.email,
            sent_at=item.first_sent_at,
            public_url=self._settings.public_url,
            unsubscribe_url=unsubscribe_url(
                self._settings, self._settings.public_url, Subscription(item.user_id, item.type)
            ),
            calendar=calendar,
            items=items_of(item),
            more=item.more,
        )
        return email_of(message_of(item, item.language, item.time_zone), envelope)


def open_senders(settings: Settings) -> list[Sender]:
    """The senders of each channel that the settings name a receiver for; those of one channel share its breaker."""
    breaker = Breaker(jitter=random.random)
    lanes = _PUSH_LANES if settings.fcm_url else 0
    pushes: list[Sender] = [PushSender(settings, breaker) for _ in range(lanes)]
    return [*pushes, MailSender(settings)] if settings.smtp_url else pushes


def send_once(backends: Backends, sender: Sender) -> int:
    """Send one batch of what is due on a channel; how many deliveries that were."""
    limit = sender.breaker.allowance(sender.batch)
    if not limit:
        return 0
    seconds = backends.settings.delivery_lease_seconds
    until = time.monotonic() + seconds * _SENDING_SHARE
    token, leased = run_transaction(
        backends.pool,
        lambda connection: lease_deliveries(
            Reader(connection), sender.channel, limit=limit, lease_seconds=seconds
        ),
        durable=False,
    )
    if not leased:
        sender.breaker.give_back()
        return 0
    began = time.monotonic()
    crash_points.reach(crash_points.CLAIMED)
    settled = _send(backends, sender, leased, until)
    crash_points.reach(crash_points.SENT)
    ended = time.monotonic()
    kept = run_transaction(
        backends.pool, lambda connection: settle_deliveries(Reader(connection), token, settled)
    )
    crash_points.reach(crash_points.MARKED)
    backends.observer.carried_out(_round(sender.channel, began, ended, settled))
    _log(sender, settled, kept)
    _tell_pause(backends, sender)
    return len(leased)


def send_due(backends: Backends, sender: Sender, *, until: float) -> int:
    """Send until nothing is due, the channel is closed, or the monotonic time `until` has come."""
    total = 0
    while time.monotonic() < until and (sent := send_once(backends, sender)):
        total += sent
    return total


def send_all_due(backends: Backends, *, until: float) -> int:
    """Send what is due on every channel, one after the other; for where no worker runs."""
    total = 0
    senders = open_senders(backends.settings)
    _look_for_unsent(backends, {sender.channel for sender in senders})
    for sender in senders:
        try:
            total += send_due(backends, sender, until=until)
        finally:
            sender.close()
    return total


def _send(
    backends: Backends, sender: Sender, leased: Sequence[LeasedDelivery], until: float
) -> list[Settled]:
    unsent = {item.id: outcome for item in leased if (outcome := last_look(item)) is not None}
    wanted = [item for item in leased if item.id not in unsent]
    with backends.observer.span(f"deliveries.{sender.channel}", deliveries=len(wanted)):
        outcomes = sender.send(backends, wanted, until=until) if wanted else []
    left = [(item, unsent[item.id]) for item in leased if item.id in unsent]
    return [*zip(wanted, outcomes, strict=True), *left]


def _look_for_unsent(backends: Backends, served: set[str]) -> None:
    """Raise an alarm where something waits for a receiver that is not configured, as on one machine it may."""
    if backends.settings.firestore_emulator is not None or served.issuperset(Channel):
        return
    queues = run_transaction(backends.pool, lambda connection: list_queues(Reader(connection)))
    if due := {queue.channel: queue.due for queue in queues if queue.channel not in served and queue.due}:
        log.error("deliveries wait for a channel without a receiver", extra={"fields": {"due": due}})


def _tell_pause(backends: Backends, sender: Sender) -> None:
    """Have staff see that a channel is left alone, or that it is not any more."""
    breaker = sender.breaker
    if breaker.take_change():
        run_transaction(
            backends.pool,
            lambda connection: save_pause(
                Reader(connection),
                breaker.id,
                sender.channel,
                seconds=breaker.closed_seconds,
                failing=breaker.is_tripped,
            ),
            durable=False,
        )


def _made(item: LeasedDelivery, make: Callable[[LeasedDelivery], T]) -> T | Outcome:
    """What is to be sent; or that it cannot be made, which is a bug of ours and stops no other."""
    try:
        return make(item)
    except Misconfigured:
        return Outcome(WAITING, "MISCONFIGURED", alarm=True)
    except Exception:
        log.exception("cannot make delivery", extra={"fields": {"delivery_id": str(item.id)}})
        return Outcome(DEAD, "UNSENDABLE")


def _merged(made: Sequence[T | Outcome], send: Callable[[list[T]], list[Outcome]]) -> list[Outcome]:
    """The outcome of each, in order: of what could be made, from sending it."""
    sent = iter(send([item for item in made if not isinstance(item, Outcome)]))
    return [item if isinstance(item, Outcome) else next(sent) for item in made]


def _calendars_of(backends: Backends, leased: Sequence[LeasedDelivery]) -> dict[UUID, str]:
    """The calendar file of each e-mail that carries one, as its bookings are now."""
    bookings = {
        # Trainers get none: their calendars show sessions.
        item.id: [UUID(payload["booking_id"]) for _, payload in item.told or ((item.type, item.payload),)]
        for item in leased
        if type_of(item.type).calendar and item.payload.get("role") == "client"
    }
    if not bookings:
        return {}
    found = run_transaction(
        backends.pool,
        lambda connection: {
            id_: read_file(Reader(connection), booking_ids) for id_, booking_ids in bookings.items()
        },
    )
    return {id_: text for id_, text in found.items() if text is not None}


def _deadline_of(item: LeasedDelivery) -> datetime:
    return deadline_of(item.channel, item.type, item.first_sent_at, item.expires_at)


def _round(channel: str, began: float, ended: float, settled: Sequence[Settled]) -> Round:
    """What the attempts came to; each counts as arrived when the last of them had its answer."""
    landed = [
        Landing(channel, item.created_at)
        for item, outcome in settled
        if outcome.state == ACCEPTED and item.attempts == 1
    ]
    return Round(began, ended, landed, [channel for _, o in settled if o.state == WAITING and o.tried])


def _log(sender: Sender, settled: Sequence[Settled], kept: int) -> None:
    """Counts and codes alone: neither targets nor texts."""
    outcomes = Counter(outcome.reason or outcome.state for _, outcome in settled)
    fields = {"channel": sender.channel, "outcomes": dict(outcomes), "lost": len(settled) - kept}
    log.info("deliveries", extra={"fields": fields})
    if alarms := sorted({outcome.reason for _, outcome in settled if outcome.alarm}):
        fields = {"channel": sender.channel, "reasons": alarms}
        log.error("deliveries need somebody to look", extra={"fields": fields})
