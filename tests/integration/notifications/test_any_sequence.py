"""Whatever happens on the way, in any order: each notification has one end on each way to tell, and nobody sees two.

STATEFUL_EXAMPLES=1000 runs so many histories, new ones each time; by default a few, always the same.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from courtside import crash_points
from courtside.notifications import outcomes, plan, pushes
from courtside.notifications.outcomes import ACCEPTED, Outcome
from courtside.relay import delivery_lanes, planning_lane
from local.fcm.answers import ANSWERS, Answer
from tests.integration.databases import migrated_database
from tests.integration.notifications.household import TOM, Act, Household
from tests.integration.notifications.receivers import MAIL_ANSWERS
from tests.integration.relay.database_clock import movable_clock
from tests.world import World

_EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=_EXAMPLES or 15,
    stateful_step_count=20,
    derandomize=not _EXAMPLES,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)

APPS = ("android-1", "web-1", "ios-1")
ZONES = ("Europe/Madrid", "America/New_York", "Asia/Kathmandu", "UTC")
TYPES = (
    "session.requested",
    "session.booked",
    "session.cancelled",
    "waitlist.offered",
    "review.invited",
    "review.created",
    "credits.refunded",
)
STEPS = (11, 31, 700, 2 * 3_600, 3 * 3_600, 5 * 3_600, 9 * 3_600, 26 * 3_600, -5, -3_600)
LOST = Answer(times=1, drop="after")

answers = st.one_of(
    st.sampled_from([LOST, Answer(times=1, drop="before"), Answer("BAD_GATEWAY", times=1, accepted=True)]),
    st.builds(
        Answer, st.sampled_from(ANSWERS), times=st.just(1), retry_after=st.sampled_from([None, None, 3, 90])
    ),
)
nights = st.lists(
    st.tuples(
        st.sampled_from([6, 7, 1]),
        st.sampled_from(["22:00", "00:00", "01:30", "20:00"]),
        st.sampled_from(["08:00", "06:00", "02:30", "23:59"]),
    ),
    min_size=1,
    max_size=3,
)
apps, owners = st.sampled_from(APPS), st.sampled_from([TOM, TOM, "ada"])
# What cannot be switched off is refused, which is another test's.
choices = st.dictionaries(
    st.sampled_from([type_ for type_ in TYPES if type_ != "session.cancelled"]),
    st.dictionaries(st.sampled_from(["push", "email"]), st.booleans(), min_size=1),
    min_size=1,
    max_size=3,
)
disturbances: st.SearchStrategy[Act] = st.one_of(
    st.builds(lambda quiet: lambda home: home.be_quiet(quiet), nights | st.just([])),
    st.builds(lambda zone: lambda home: home.move_to(zone), st.sampled_from(ZONES)),
    st.builds(lambda types: lambda home: home.set(types=types), choices),
    st.builds(lambda enabled: lambda home: home.set(enabled=enabled), st.booleans()),
    st.builds(
        lambda number, archive: lambda home: home.read(number, archive=archive),
        st.integers(0, 20),
        st.booleans(),
    ),
    st.builds(lambda app, owner: lambda home: home.install(app, owner), apps, owners),
    st.builds(lambda app: lambda home: home.remove(app), apps),
)
deaths = st.sampled_from([None, None, *crash_points.OF_DELIVERIES])


class DeliveryMachine(RuleBasedStateMachine):
    """One history; `opened` is set by the test."""

    opened: ClassVar[Callable[[ExitStack], Household]]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.home = type(self).opened(self.stack)

    @initialize(quiet=nights, zone=st.sampled_from(ZONES))
    def move_in(self, quiet: list[tuple[int, str, str]], zone: str) -> None:
        for app in APPS[:2]:
            self.home.install(app)
        self.home.be_quiet(quiet)
        self.home.move_to(zone)

    @rule(
        types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=4),
        role=st.sampled_from(["trainer", "client"]),
    )
    def tell(self, types: list[str], role: str) -> None:
        for type_ in types:
            self.home.tell(type_, role)

    @rule()
    def plan(self) -> None:
        self.home.plan()

    @rule(answers=st.lists(answers, min_size=1, max_size=4), dies_at=deaths)
    def push(self, answers: list[Answer], dies_at: str | None) -> None:
        self.home.phones.answer(*answers)
        self.home.plan()
        self.home.send(self.home.pushes, dies_at)

    @rule(answers=st.lists(st.sampled_from(MAIL_ANSWERS), max_size=3), dies_at=deaths)
    def mail(self, answers: list[str], dies_at: str | None) -> None:
        self.home.mailboxes.answers = list(answers)
        self.home.plan()
        self.home.send(self.home.mails, dies_at)

    @rule(seconds=st.sampled_from(STEPS))
    def step_the_clock(self, seconds: int) -> None:
        self.home.step(timedelta(seconds=seconds))

    # One rule for all of these: as rules of their own they would crowd out what they are to disturb.
    @rule(act=disturbances)
    def disturb(self, act: Act) -> None:
        act(self.home)

    def teardown(self) -> None:
        with self.stack:
            self.home.heal()
            self.home.expect_each_told_once()


@pytest.fixture(scope="module")
def opened(database_url: str, emulator_host: str) -> Iterator[Callable[[ExitStack], Household]]:
    """What opens a household, empty and at its beginning, on a database of this module's own."""
    with migrated_database(database_url) as url, movable_clock(url, with_leases=True) as clock:
        world = World.of(url, emulator_host)
        world.drains = False
        for uid in (TOM, "ada"):
            world.register_client(uid)
        yield lambda stack: Household(world, clock, stack)
        world.close()


def test_whatever_happens_each_is_told_once_or_it_is_said_why_not(opened: Any) -> None:
    machine = type("Machine", (DeliveryMachine,), {"opened": staticmethod(opened)})

    run_state_machine_as_test(machine, settings=PROFILE)


def unlucky(home: Household) -> None:
    """A push whose reply is lost, a mail whose sender dies, and a sender that comes back when nobody may be rung."""
    home.install(APPS[0])
    home.tell("session.requested", "trainer")
    home.phones.answer(LOST)
    home.plan()
    home.send(home.pushes)
    home.send(home.mails, crash_points.CLAIMED)
    home.be_quiet([(6, "22:00", "08:00")])
    home.tell("review.created", "trainer")
    home.plan()
    home.step(timedelta(hours=3))
    home.heal()
    home.expect_each_told_once()


def mark_without_sending(patch: pytest.MonkeyPatch) -> None:
    def send(backends: Any, sender: Any, leased: Any, until: float) -> Any:
        return [(item, Outcome(ACCEPTED, provider_id="none")) for item in leased]

    patch.setattr(delivery_lanes, "_send", send)


def no_common_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pushes, "screen_key", lambda delivery: uuid4().hex)


def no_second_look_at_the_clock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcomes, "_quiet_until", lambda delivery: None)


def one_way_for_all(patch: pytest.MonkeyPatch) -> None:
    decide = plan.plan
    patch.setattr(planning_lane, "plan", lambda *arguments: decide(*arguments)[:1])


def test_the_checks_hold_for_a_lost_reply_and_a_death(opened: Any) -> None:
    with ExitStack() as stack:
        unlucky(opened(stack))


@pytest.mark.parametrize(
    ("plant", "seen"),
    [
        (mark_without_sending, "never sent"),
        (no_common_key, "twice"),
        (no_second_look_at_the_clock, "quiet hours"),
        (one_way_for_all, "is planned for"),
    ],
)
def test_the_checks_notice(
    opened: Any, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], seen: str
) -> None:
    plant(monkeypatch)

    with ExitStack() as stack, pytest.raises(AssertionError, match=seen):
        unlucky(opened(stack))
