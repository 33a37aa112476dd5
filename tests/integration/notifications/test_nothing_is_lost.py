"""Whatever is told, answered, read, set and survived: each way to tell ends once, in what was sent or with a reason."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courtside.backends import Backends
from courtside.db.system import run_as_system
from courtside.notifications.breaker import Breaker
from courtside.notifications.model import LeasedDelivery, Notice
from courtside.notifications.outcomes import ACCEPTED, DEAD, FAILED, WAITING, Outcome
from courtside.notifications.store import insert_notifications
from courtside.relay import delivery_lanes, planning_lane
from tests.world import World

TYPES = ["session.booked", "session.requested", "review.created", "waitlist.offered", "session.rescheduled"]
FACTS = 60
TARGETS = {"push": {"app-1", "app-2"}, "email": {""}}
OUTCOMES = {
    "accepted": Outcome(ACCEPTED, provider_id="p"),
    "later": Outcome(WAITING, "UNAVAILABLE"),
    "refused": Outcome(FAILED, "REFUSED"),
    "unsendable": Outcome(DEAD, "UNSENDABLE"),
}
RECOUNT = """
SELECT count(*) FROM notifications AS n WHERE n.read_at IS NULL AND n.id IN (
    SELECT notification_id FROM deliveries WHERE id = %s OR merged_into = %s)
"""


@dataclass
class Answering:
    """A sender whose receiver answers what it is told, in turn, and which counts anew what each send has to tell.

    Of e-mails that were accepted, `told` keeps of how many each told.
    """

    world: World
    channel: str
    answers: Sequence[str]
    told: dict[UUID, int]
    batch: int = 50
    breaker: Breaker = field(default_factory=lambda: Breaker(jitter=lambda: 0.0))

    def send(self, backends: Backends, leased: Sequence[LeasedDelivery], *, until: float) -> list[Outcome]:
        """Answer each."""
        for item in leased:
            if item.leads:
                assert self.world.rows(RECOUNT, item.id, item.id) == [(item.count,)]
            assert len(item.told) == (item.count if item.count > 1 else 0)
        outcomes = [OUTCOMES[answer] for _, answer in zip(leased, cycle(self.answers), strict=False)]
        for item, outcome in zip(leased, outcomes, strict=True):
            if self.channel == "email" and outcome.state == ACCEPTED:
                self.told[item.id] = item.count
        return outcomes

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Story:
    """Ada with two apps and an address, and what happens to her."""

    world: World
    told: dict[UUID, int] = field(default_factory=dict)

    def begin(self) -> None:
        """As if nothing had ever been told."""
        for table in ("deliveries", "notifications", "notification_settings"):
            self.world.rows(f"DELETE FROM {table} RETURNING 1")  # a table's name, of the three above

    def tell(self, type_: str, count: int) -> None:
        """So many facts of one transaction."""
        payload = {"role": "client", "booking_id": str(uuid4())}
        notices = [Notice("ada", type_, str(uuid4()), payload) for _ in range(count)]
        pool = self.world.backends.pool
        run_as_system(pool, "test", lambda uow: insert_notifications(uow, notices))

    def plan(self) -> None:
        """Decide about all that is new."""
        while planning_lane.plan_once(self.world.backends):
            pass

    def send(self, channel: str, answers: Sequence[str]) -> int:
        """Send what is due on a channel, once."""
        return delivery_lanes.send_once(
            self.world.backends, Answering(self.world, channel, answers, self.told)
        )

    def refuse(self, type_: str, count: int, channel: str) -> None:
        """Tell, and have what is due refused."""
        self.tell(type_, count)
        self.plan()
        self.send(channel, ("refused", "unsendable"))

    def die(self, channel: str) -> None:
        """Send what is due, and be killed before it is marked."""
        self.world.rows(
            "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, first_sent_at = now(),"
            " next_at = now(), lease_token = gen_random_uuid() WHERE channel = %s"
            " AND state IN ('waiting', 'held') AND next_at <= now() RETURNING id",
            channel,
        )

    def wait(self, minutes: int) -> None:
        """As if so much time had passed."""
        self.world.rows(
            "UPDATE deliveries SET next_at = next_at - make_interval(mins => %s),"
            " accepted_at = accepted_at - make_interval(mins => %s) RETURNING id",
            *(minutes, minutes),
        )

    def read(self, nth: int) -> None:
        """Ada reads one of what she was told, by the order of ids: any."""
        self.world.rows(
            "UPDATE notifications SET read_at = now() WHERE id IN (SELECT id FROM notifications ORDER BY id"
            " OFFSET %s LIMIT 1) RETURNING id",
            nth,
        )

    def want(self, type_: str, wanted: bool) -> None:
        """Ada turns the pushes of a type off, or on."""
        if type_ != "session.rescheduled":  # mandatory
            self.world.call(
                "ada", "notifications.update_notification_settings", types={type_: {"push": wanted}}
            )

    def hurry(self) -> None:
        """As if all windows, pauses and leases were over."""
        self.world.rows(
            "UPDATE deliveries SET next_at = now() WHERE id IN (SELECT id FROM deliveries"
            " WHERE state IN ('waiting', 'held', 'sending') ORDER BY channel, target, group_key FOR UPDATE)"
            " RETURNING id"
        )

    def end(self) -> None:
        """Nothing fails any more, and time passes until nothing waits."""
        self.plan()
        for _ in range(30):
            self.hurry()
            if not sum(self.send(channel, ("accepted",)) for channel in TARGETS):
                return


@pytest.fixture
def story(world: World) -> Story:
    world.register_client("ada")
    world.rows("UPDATE users SET email = 'ada@example.org' RETURNING id")
    for app in sorted(TARGETS["push"]):
        world.rows(
            "INSERT INTO installations (id, user_id, platform, token, created_at, refreshed_at)"
            " VALUES (%s, 'ada', 'android', %s, now(), now()) RETURNING id",
            *(app, app),
        )
    return Story(world)


types = st.sampled_from(TYPES)
channels = st.sampled_from(sorted(TARGETS))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), types, st.sampled_from([1, 1, 2, 4])),
        st.tuples(st.just("tell"), st.just("session.booked"), st.sampled_from([1, 3])),
        st.tuples(st.just("plan")),
        st.tuples(
            st.just("send"), channels, st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=1, max_size=3)
        ),
        st.tuples(st.just("refuse"), types, st.sampled_from([2, 3]), channels),
        st.tuples(st.just("die"), channels),
        st.tuples(st.just("wait"), st.sampled_from([1, 5, 11, 61])),
        st.tuples(st.just("read"), st.integers(0, 8)),
        st.tuples(st.just("want"), types, st.booleans()),
    ),
    min_size=4,
    max_size=18,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_each_way_to_tell_ends_once_and_says_why(story: Story, steps: list[tuple[Any, ...]]) -> None:
    story.begin()
    for name, *given_ in steps:
        getattr(story, name)(*given_)
    story.end()

    assert list(loose_ends(story.world)) == []


def test_what_joins_while_others_are_sent_is_told_once(story: Story) -> None:
    story.begin()
    is_over = threading.Event()

    def send() -> None:
        while not is_over.is_set():
            story.hurry()
            story.send("email", ("accepted",))

    sending = threading.Thread(target=send)
    sending.start()
    for _ in range(FACTS):
        story.tell("review.created", 1)
        story.plan()
    is_over.set()
    sending.join()
    story.end()

    assert sum(story.told.values()) == FACTS
    assert list(loose_ends(story.world)) == []


def loose_ends(world: World) -> Iterator[str]:
    """Ways to tell that have no end, no reason, or hang on something that does not tell them."""
    told = world.rows("SELECT id, type FROM notifications")
    rows = world.rows(
        "SELECT d.notification_id, d.channel, d.target, d.state, d.reason, d.merged_into, led.state, led.reason"
        " FROM deliveries AS d LEFT JOIN deliveries AS led ON led.id = d.merged_into"
    )
    targets: dict[tuple[Any, str], list[str]] = {}
    for id_, channel, target, state, reason, merged_into, led, led_reason in rows:
        targets.setdefault((id_, channel), []).append(target)
        if state not in ("accepted", "merged", "failed", "cancelled", "dead"):
            yield f"{state} for ever"
        if reason is None:
            yield f"{state} without a reason"
        if state == "merged" and merged_into is None and reason != "over_cap":
            yield "merged into nothing"
        if state == "merged" and merged_into is not None and led not in ("accepted", "dead"):
            yield f"merged into what is {led}"
        if (
            merged_into is not None
            and led in ("failed", "cancelled")
            and (state, reason) != (led, led_reason)
        ):
            yield f"{state}, but what it joined is {led}"
    for id_, type_ in told:
        for channel, expected in TARGETS.items():
            found = targets.get((id_, channel), [])
            if sorted(found) != sorted(expected):
                yield f"{type_} by {channel} to {found}"
