"""Tom, whom everything concerns, his apps and his mailbox: what happens to them, and what must hold in the end."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg

from courtside import crash_points
from courtside.db.system import run_as_system
from courtside.notifications import store
from courtside.notifications.breaker import Breaker
from courtside.notifications.fcm import Fcm
from courtside.notifications.model import Notice
from courtside.notifications.types import Channel, type_of
from courtside.relay.delivery_lanes import MailSender, PushSender, Sender, send_once
from courtside.relay.planning_lane import plan_once
from tests.integration.notifications.receivers import PROJECT, Mailboxes, Phones
from tests.integration.relay.database_clock import DatabaseClock
from tests.world import World

TOM = "tom"
# The evening before the clocks change in Madrid.
BEGINNING = datetime(2026, 3, 28, 20, 0, 20, tzinfo=UTC)
ENDS = frozenset({"accepted", "failed", "cancelled", "merged", "dead"})
_MOST_ROUNDS = 300
_A_WHILE = timedelta(seconds=1)

Quiet = Sequence[tuple[int, str, str]]


class Died(BaseException):
    """A process that was killed: nothing below may catch it."""


@dataclass(frozen=True)
class Row:
    """A delivery as it stands in Postgres."""

    id: str
    notification_id: str
    channel: str
    target: str
    state: str
    reason: str | None
    provider_id: str | None


class Household:
    """Real Postgres, real lanes and gateways; the clock, the receivers and the deaths are the test's."""

    def __init__(self, world: World, clock: DatabaseClock, open_: ExitStack) -> None:
        self.world, self.clock = world, clock
        self.phones, self.mailboxes = Phones(lambda: self.now), Mailboxes()
        self.now, self._elapsed = BEGINNING, 0.0
        self.quiet: Quiet = ()
        self.zone = ZoneInfo("UTC")
        self.facts = open_.enter_context(
            psycopg.connect(world.backends.settings.database_url, autocommit=True)
        )
        settings = replace(
            world.backends.settings, fcm_url="http://fcm.invalid", smtp_url="smtp://mail.invalid"
        )
        self.backends = replace(world.backends, settings=settings)
        self.pushes = PushSender(settings, Breaker(clock=lambda: self._elapsed))
        self.pushes._fcm = Fcm(PROJECT, "http://fcm.invalid")
        self.pushes._fcm._http = self.phones  # type: ignore[assignment]
        self.mails = MailSender(settings)
        self.mails.breaker = Breaker(clock=lambda: self._elapsed)
        self.mails._smtp.close()
        self.mails._smtp = self.mailboxes  # type: ignore[assignment]
        for sender in (self.pushes, self.mails):
            open_.callback(sender.close)
        self._empty()

    def install(self, app: str, owner: str = TOM) -> None:
        """An app with a new token, whoever had it before."""
        self.facts.execute(
            "INSERT INTO installations (id, user_id, platform, token, created_at, refreshed_at)"
            " VALUES (%(app)s, %(owner)s, %(platform)s, %(token)s, %(now)s, %(now)s)"
            " ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, token = excluded.token,"
            " state = 'active', reason = NULL, refreshed_at = excluded.refreshed_at",
            {
                "app": app,
                "owner": owner,
                "platform": app.split("-")[0],
                "token": f"{app}:{uuid4().hex}",
                "now": self.now,
            },
        )

    def remove(self, app: str) -> None:
        """An app that was signed out."""
        self.facts.execute("UPDATE installations SET state = 'removed' WHERE id = %s", [app])

    def tell(self, type_: str, role: str) -> None:
        """Something that Tom is to be told."""
        payload = {
            "role": role,
            **{f"{what}_id": str(uuid4()) for what in ("booking", "session", "review")},
            "service_name": "Boxing",
            "starts_at": (self.now + timedelta(days=2)).isoformat(),
            "ends_at": (self.now + timedelta(days=2, hours=1)).isoformat(),
            "expires_at": (self.now + timedelta(hours=6)).isoformat(),
        }
        notice = Notice(TOM, type_, str(uuid4()), payload)
        run_as_system(self.backends.pool, "test", lambda uow: store.insert_notifications(uow, [notice]))

    def set(self, **settings: Any) -> None:
        """What Tom sets."""
        self.world.call(TOM, "notifications.update_notification_settings", **settings)

    def be_quiet(self, quiet: Quiet) -> None:
        """Tom's quiet hours from now on: weekday, from, until."""
        self.set(quiet=[{"weekday": day, "from": start, "until": end} for day, start, end in quiet])
        self.quiet = quiet

    def move_to(self, zone: str) -> None:
        """Tom lives by another clock."""
        self.set(time_zone=zone)
        self.zone = ZoneInfo(zone)

    def read(self, number: int, *, archive: bool) -> None:
        """Tom reads, or puts aside, one of what he was told."""
        ids = [
            id_ for (id_,) in self.facts.execute("SELECT id::text FROM notifications ORDER BY created_at, id")
        ]
        if ids:
            command = "archive" if archive else "mark_read"
            self.world.call(TOM, f"notifications.{command}", notification_ids=[ids[number % len(ids)]])

    def step(self, by: timedelta) -> None:
        """The database's clock is put forward, or back."""
        self.now += by
        self.clock.set(self.now)
        self._elapsed += max(0.0, by.total_seconds())

    def plan(self) -> None:
        """Decide about what is new; each way to tell that there is gets one outcome."""
        apps = [
            (Channel.PUSH.value, app)
            for (app,) in self.facts.execute(
                "SELECT id FROM installations WHERE user_id = %s AND state = 'active'", [TOM]
            )
        ]
        ways = {Channel.PUSH: apps, Channel.EMAIL: [(Channel.EMAIL.value, "")]}
        unplanned = self.facts.execute(
            "SELECT n.id::text, n.type, coalesce(s.types -> n.type, '{}') FROM notifications AS n"
            " LEFT JOIN notification_settings AS s USING (user_id)"
            " WHERE n.planned_at IS NULL AND n.next_at <= %s",
            [self.now],
        ).fetchall()
        plan_once(self.backends)
        for id_, type_, chosen in unplanned:
            meant = [c for c in Channel if c in type_of(type_).channels or chosen.get(c.value)]
            expected = sorted(way for channel in meant for way in ways[channel])
            found = sorted((row.channel, row.target) for row in self.rows() if row.notification_id == id_)
            assert found == expected, f"{type_} is planned for {found}, not {expected}"

    def send(self, sender: Sender, dies_at: str | None = None) -> int:
        """Send one batch, by a process that may die on the way; how many that were."""
        before = len(self.phones.pushes)

        def die(point: str) -> None:
            if point == dies_at:
                raise Died

        crash_points.on_reach(die if dies_at else None)
        try:
            return send_once(self.backends, sender)
        except Died:
            return 0
        finally:
            crash_points.on_reach(None)
            self.expect_silence(before)

    def expect_silence(self, after: int) -> None:
        """No push after that number was sent in quiet hours, but for what is urgent."""
        for push in self.phones.pushes[after:]:
            if self._is_quiet(push.at):
                ((priority, type_),) = self.facts.execute(
                    "SELECT priority, type FROM notifications WHERE id = %s", [push.notification_id]
                )
                assert priority == "urgent", f"{type_} rang in quiet hours at {push.at}"

    def heal(self) -> None:
        """Faults cease: whatever waits gets its turn, until nothing does."""
        self.phones.script.clear()
        self.mailboxes.answers.clear()
        for _ in range(_MOST_ROUNDS):
            self.plan()
            sent = self.send(self.pushes) + self.send(self.mails)
            row = self.facts.execute(_NEXT).fetchone()
            if row is None or row[0] is None:
                return
            if not sent:
                closed = max(self.pushes.breaker.closed_seconds, self.mails.breaker.closed_seconds)
                self.step(max(row[0] - self.now, timedelta(seconds=closed)) + _A_WHILE)
        raise AssertionError(f"something waits for ever: {[r for r in self.rows() if r.state not in ENDS]}")

    def expect_each_told_once(self) -> None:
        """Each way to tell has one end: taken by its receiver, or a reason; no screen shows anything twice."""
        taken = {push.delivery_id for push in self.phones.pushes if push.taken}
        for row in self.rows():
            assert row.state in ENDS, row
            assert row.state == "accepted" or row.reason, f"{row.state} without a reason: {row}"
            if row.state == "accepted":
                was_taken = row.id in taken or (row.provider_id or "") in self.mailboxes.taken
                assert was_taken, f"said to be accepted, and never sent: {row}"
        mails = sum(row.channel == "email" for row in self.rows())
        assert len(self.mailboxes.taken) <= mails, "a mail came under two names"
        for screen in self.phones.screens():
            shown = [each.data["notification_id"] for each in screen]
            assert len(shown) == len(set(shown)), "a screen shows a notification twice"

    def rows(self) -> list[Row]:
        """All deliveries."""
        found = self.facts.execute(
            "SELECT id::text, notification_id::text, channel, target, state, reason, provider_id FROM deliveries"
        )
        return [Row(*row) for row in found]

    def _is_quiet(self, at: datetime) -> bool:
        wall = at.astimezone(self.zone)
        minute = wall.weekday() * 1440 + wall.hour * 60 + wall.minute
        for weekday, start, end in self.quiet:
            first, last = _minutes(start), _minutes(end)
            length = (last - first) % 1440 or 1440
            if (minute - (weekday - 1) * 1440 - first) % 10080 < length:
                return True
        return False

    def _empty(self) -> None:
        self.clock.set(BEGINNING)
        for table in ("deliveries", "notifications", "installations", "notification_settings"):
            self.facts.execute(f"DELETE FROM {table}".encode())
        self.facts.execute(
            "UPDATE users SET email = 'tom@example.org', time_zone = 'UTC' WHERE id = %s", [TOM]
        )


_NEXT = """
SELECT least(
    (SELECT min(next_at) FROM deliveries WHERE state IN ('waiting', 'held', 'sending')),
    (SELECT min(next_at) FROM notifications WHERE planned_at IS NULL))
"""


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


Act = Callable[[Household], object]
