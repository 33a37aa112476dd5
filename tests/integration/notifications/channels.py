"""A studio whose pushes and e-mails go to the stand-ins, and what became of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from courtside.relay.delivery_lanes import MailSender, PushSender, Sender, send_once
from courtside.relay.planning_lane import plan_once
from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.integration.relay.rest import wait_until
from tests.world import World, tomorrow_at

PUBLIC_URL = "https://app.example.com"


@dataclass
class Channels:
    """A world with a sender for each channel; every step is taken when a test says so."""

    world: World
    pushes: PushSender
    mails: MailSender

    def install(self, user_id: str, token: str, platform: str = "android") -> str:
        """An app of somebody, with this token; its id."""
        id_ = f"app-{token}"[:60]
        self.world.rows(
            "INSERT INTO installations (id, user_id, platform, token, created_at, refreshed_at)"
            " VALUES (%s, %s, %s, %s, now(), now()) RETURNING id",
            *(id_, user_id, platform, token),
        )
        return id_

    def address(self, user_id: str, email: str) -> None:
        """Give somebody an e-mail address."""
        self.world.rows("UPDATE users SET email = %s WHERE id = %s RETURNING id", email, user_id)

    def send(self, sender: Sender | None = None) -> int:
        """Decide about all that is new and send what is due once, on one channel or on all."""
        while plan_once(self.world.backends):
            pass
        senders: list[Sender] = [sender] if sender else [self.pushes, self.mails]
        return sum(send_once(self.world.backends, each) for each in senders)

    def deliveries(self, channel: str = "push") -> list[dict[str, Any]]:
        """Deliveries of a channel, the oldest first; not those to people who never had an address."""
        names = ("state", "reason", "last_error", "provider_id", "attempts", "target", "pause")
        rows = self.world.rows(
            "SELECT state, reason, last_error, provider_id, attempts, target,"
            " extract(epoch FROM next_at - clock_timestamp())::float8"
            " FROM deliveries WHERE channel = %s AND (reason IS NULL OR reason <> 'no_address' OR attempts > 0)"
            " ORDER BY created_at, target",
            channel,
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def delivery(self, channel: str = "push") -> dict[str, Any]:
        """The only one."""
        (found,) = self.deliveries(channel)
        return found

    def make_due(self) -> None:
        """As if the pauses, and leases, were over; of the channels as well."""
        self.world.rows(
            "UPDATE deliveries SET next_at = now() WHERE state IN ('waiting', 'sending') RETURNING id"
        )

    def renew(self, id_: str, token: str) -> None:
        """An app's new token."""
        self.world.rows("UPDATE installations SET token = %s WHERE id = %s RETURNING id", token, id_)

    def send_while(self, act: Callable[[], object]) -> None:
        """Do something while FCM takes its time over a push."""
        sending = threading.Thread(target=self.send, args=(self.pushes,))
        sending.start()
        wait_until(lambda: self.world.rows("SELECT 1 FROM deliveries WHERE state = 'sending'"), "the lease")
        act()
        sending.join()

    def end_pause(self) -> None:
        """As if the channel had been left alone for long enough."""
        breaker = self.pushes.breaker
        breaker._opens_at -= breaker.closed_seconds

    def installation(self, id_: str) -> tuple[str, str | None]:
        """An installation's state, and why."""
        ((state, reason),) = self.world.rows("SELECT state, reason FROM installations WHERE id = %s", id_)
        return state, reason


@contextmanager
def open_channels(world: World, fcm: FcmStandIn, mail: MailSink) -> Iterator[Channels]:
    """The world with its channels, closed at the end."""
    settings = replace(
        world.backends.settings,
        fcm_url=fcm.url,
        smtp_url=mail.smtp_url,
        smtp_ca_file=mail.certificate,
        mail_from="Courtside <no-reply@courtside.example>",
        public_url=PUBLIC_URL,
        unsubscribe_secrets=("s" * 32,),
    )
    world.backends = replace(world.backends, settings=settings)
    channels = Channels(world, PushSender(settings), MailSender(settings))
    try:
        yield channels
    finally:
        channels.pushes.close()
        channels.mails.close()


def book_for(channels: Channels, client: str = "ada", *, hour: int = 10) -> None:
    """A booking by `client` with Tom, of which Tom is told by push and the client by a receipt."""
    world = channels.world
    service = world.add_service("tom", name=f"Boxing at {hour}")
    world.book(client, service, tomorrow_at(hour))
