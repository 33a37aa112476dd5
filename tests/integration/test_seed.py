"""The demo studio on real servers: made once however often it is asked for, with a past that was really lived."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

import httpx
import pytest

from courtside.backends import Backends
from courtside.config import Settings
from courtside.relay.claims_lane import mirror_due
from local.auth import AuthServer, running_auth
from local.environment import backend_environment
from local.functions_host.host import running_functions
from seed.__main__ import main
from seed.make import make_studio
from seed.options import Options
from seed.people import ADMIN, DEMO_PASSWORD, Person
from seed.plan import plan_studio
from seed.run import Fate, Tally
from seed.studio import SIZES, build_studio
from tests.integration.relay.drift import documents_of
from tests.integration.relay.rest import relay_to_rest
from tests.world import World, facts

PROJECT = "demo-seed"
BOOKING_COMMANDS = {
    f"bookings.{name}"
    for name in ("book_session", "hold_slot", "confirm_hold", "reschedule_booking", "cancel_booking")
}
HOURS_COMMANDS = {"availability.set_override", "availability.add_time_off"}
EVENING_COMMANDS = {
    "bookings.confirm_booking",
    "bookings.create_session",
    "bookings.grant_credits",
    "bookings.join_waitlist",
    "bookings.accept_offer",
    "bookings.complete_session",
    "reviews.write_review",
    "reviews.open_dispute",
    "reviews.answer_dispute",
    "bookings.book_series",
}
MEASUREMENTS = {"relay_latencies", "relay_retries", "relay_workers", "health_reports"}
STUDIO = build_studio(SIZES["small"])


@dataclass
class Seeding:
    """A suite without a relay worker, seen through a world; `seed` makes the small studio in it."""

    world: World
    suite: Options
    auth: AuthServer

    def seed(self, now: datetime) -> Tally:
        """Make the studio as it is at `now`, and relay until Firestore agrees with Postgres."""
        tally = Tally()
        make_studio(STUDIO, plan_studio(STUDIO, now), self.suite, tally.add)
        relay_to_rest(self.world)
        return tally

    def facts(self) -> dict[str, list[tuple[object, ...]]]:
        """What is so, not what the functions note of themselves every few seconds."""
        return {table: rows for table, rows in facts(self.world) if table not in MEASUREMENTS}


@pytest.fixture(scope="module")
def auth() -> Iterator[AuthServer]:
    with running_auth(project=PROJECT) as server:
        yield server


@pytest.fixture
def seeding(empty_database: str, emulator_host: str, auth: AuthServer) -> Iterator[Seeding]:
    """An empty studio in the project of the Auth emulator, whose tokens are for no other."""
    clear = f"http://{emulator_host}/emulator/v1/projects/{PROJECT}/databases/(default)/documents"
    httpx.delete(clear, trust_env=False).raise_for_status()
    # As in a suite for people: the seed asks not to be counted.
    environment = backend_environment(empty_database, emulator_host, auth.host, PROJECT) | {
        "RATE_LIMITS": "on"
    }
    settings = Settings(PROJECT, empty_database, emulator_host, auth.host)
    with (
        closing(World(Backends.of(settings))) as world,
        running_functions(environment, project=PROJECT) as host,
    ):
        yield Seeding(
            world, Options("small", PROJECT, host.url, auth.host, emulator_host, empty_database), auth
        )


def claimed_role(auth: AuthServer, person: Person) -> str:
    """What the token of a new sign-in tells."""
    payload = auth.sign_in(person.email, DEMO_PASSWORD).split(".")[1]
    role: str = json.loads(urlsafe_b64decode(payload + "=="))["role"]
    return role


def test_a_studio_is_made_whole_and_in_agreement_with_firestore(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)

    tally = seeding.seed(now)

    assert tally.of(Fate.DONE) == len(plan_studio(STUDIO, now).steps)
    trainers = documents_of(seeding.world, "trainers")
    assert {path.removeprefix("trainers/") for path in trainers} == {t.person.uid for t in STUDIO.trainers}
    assert seeding.world.document("clients/admin")["role"] == "admin"  # type: ignore[index]
    # What the worker's lane does, which this suite runs without.
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", seeding.auth.host)
    mirror_due(seeding.world.backends, until=float("inf"))
    people = {"admin": ADMIN, "trainer": STUDIO.trainers[0].person, "client": STUDIO.clients[0]}
    assert {role: claimed_role(seeding.auth, person) for role, person in people.items()} == {
        r: r for r in people
    }


def test_a_second_run_adds_nothing(seeding: Seeding) -> None:
    now = datetime.now(UTC)
    first = seeding.seed(now)
    before = seeding.facts()

    again = seeding.seed(now)

    assert again.of(Fate.FOUND) == first.of(Fate.DONE)
    assert again.of(Fate.DONE) == again.of(Fate.LEFT_OUT) == 0
    assert seeding.facts() == before


def test_a_run_on_a_later_day_adds_what_happened_since_and_what_the_new_days_need(seeding: Seeding) -> None:
    now = datetime.now(UTC)
    seeding.seed(now - timedelta(days=2))
    bookings = set(seeding.world.rows("SELECT id, client_id FROM bookings"))

    later = seeding.seed(now)

    assert later.of(Fate.LEFT_OUT) == 0
    assert later.of(Fate.DONE, "bookings.book_session") > 0
    done = {command for (command, fate), _ in later.counts.items() if fate is Fate.DONE}
    assert done <= {*BOOKING_COMMANDS, *EVENING_COMMANDS, *HOURS_COMMANDS}
    assert bookings < set(seeding.world.rows("SELECT id, client_id FROM bookings"))


def test_the_past_was_lived_then_and_committed_now(seeding: Seeding) -> None:
    started = datetime.now(UTC)

    seeding.seed(started)

    [(oldest_session, newest_booking)] = seeding.world.rows(
        "SELECT (SELECT min(starts_at) FROM sessions), (SELECT max(created_at) FROM bookings)"
    )
    assert oldest_session < started - timedelta(days=2)
    assert newest_booking <= started
    for document in documents_of(seeding.world, "bookings").values():
        assert document["created_at"] < document["starts_at"]
        assert document["created_at"] <= started < document["committed_at"]


def test_services_are_found_again_when_their_commands_are_forgotten(seeding: Seeding) -> None:
    now = datetime.now(UTC)
    seeding.seed(now)
    stays = (
        "users",
        "trainers",
        "services",
        "sessions",
        "bookings",
        "weekly_hours",
        "overrides",
        "resources",
    )
    before = {table: seeding.facts()[table] for table in stays}
    assert seeding.world.rows("DELETE FROM commands WHERE NOT starts_with(name, 'bookings.') RETURNING 1")

    again = seeding.seed(now)

    assert {table: seeding.facts()[table] for table in stays} == before
    assert again.of(Fate.LEFT_OUT) == 0


def test_everybody_can_sign_in(seeding: Seeding) -> None:
    seeding.seed(datetime.now(UTC))

    accounts = seeding.auth.accounts()

    people = [*STUDIO.clients, *(trainer.person for trainer in STUDIO.trainers)]
    assert {(account.uid, account.email) for account in accounts} >= {(p.uid, p.email) for p in people}
    assert seeding.auth.sign_in(people[0].email, DEMO_PASSWORD)


def test_without_postgres_it_says_so(
    seeding: Seeding, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCLOUD_PROJECT", seeding.suite.project)
    suite = seeding.suite

    places = {
        "--functions-url": suite.functions_url,
        "--auth-emulator": suite.auth_emulator,
        "--firestore-emulator": suite.firestore_emulator,
        "--database-url": "postgresql://postgres@127.0.0.1:1/courtside",
    }
    status = main(["--size", "small", *chain(*places.items())])

    assert status == 1
    assert "Postgres does not answer at 127.0.0.1:1" in capsys.readouterr().out
