"""From a host application's token to a command, through the official Auth emulator; and whose e-mail links whom."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from courtside.edge.callables import Runtime, callable_function
from courtside.identity.api import commands as account_commands
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from local.auth import AuthServer
from tests.hosts import claims, configured, secret_keys
from tests.http_calls import Function, body_of, post
from tests.integration.edge.exchange.conftest import Door, club_token, function_of
from tests.world import World


@dataclass
class Town:
    """A club, our functions, and Firebase Auth."""

    door: Door
    account: Function
    auth: AuthServer

    def email(self) -> str:
        """An e-mail that nobody has yet."""
        return f"{uuid4().hex}@club.example"

    def sign_up(self, email: str, *, verified: bool = True, disabled: bool = False) -> str:
        """An account at our own front door; its uid."""
        uid = self.auth.sign_up(email, "secret-1")
        self._update({"localId": uid, "emailVerified": verified, "disableUser": disabled})
        return uid

    def change_email(self, uid: str, email: str) -> None:
        """The owner of an account takes another e-mail, and proves it."""
        self._update({"localId": uid, "email": email, "emailVerified": True})

    def vouch(self, email: str | None, **said: Any) -> str:
        """A token by which the club says whose e-mail it has proved."""
        proved = {"email": email, "email_verified": True} if email else {}
        return club_token(claims(**{"sub": uuid4().hex, **proved, **said}))

    def uid(self, token: str) -> str:
        """Whom a token signs in."""
        reply = self.door.exchange(token)
        assert reply.status == 200, reply.text
        uid: str = reply.body["uid"]
        return uid

    def id_token(self, custom_token: str) -> str:
        """What a client of Firebase gets for a custom token."""
        answer = self._post(
            "accounts:signInWithCustomToken?key=local", {"token": custom_token, "returnSecureToken": True}
        )
        id_token: str = answer["idToken"]
        return id_token

    def _update(self, account: Mapping[str, Any]) -> None:
        self._post(f"projects/{self.auth.project}/accounts:update", account)

    def _post(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        url = f"http://{self.auth.host}/identitytoolkit.googleapis.com/v1/{method}"
        response = httpx.post(url, json=body, headers={"Authorization": "Bearer owner"}, trust_env=False)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


MakeTown = Callable[..., Town]


@pytest.fixture
def make_town(
    empty_database: str, emulator_host: str, auth_server: AuthServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeTown]:
    """A town whose club is trusted so far; by default it may link by e-mail."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_server.host)
    worlds = []

    def make(**changes: Any) -> Town:
        club = configured(**{"keys": secret_keys(), "link_by_email": True, **changes})
        world = World.of(
            empty_database,
            emulator_host,
            project=auth_server.project,
            auth_emulator=auth_server.host,
            exchange_issuers=json.dumps([club]),
        )
        worlds.append(world)
        runtime = Runtime(react, drain_commit, backends_factory=lambda: world.backends)
        door = Door(world, function_of(world.backends))
        return Town(door, callable_function(account_commands, runtime), auth_server)

    yield make
    for world in worlds:
        world.close()


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town()


def test_a_hosts_person_signs_in_and_commands(town: Town) -> None:
    token = town.vouch(None, sub="ada")
    exchanged = town.door.exchange(token).body
    id_token = town.id_token(exchanged["custom_token"])
    register = body_of("register_client", display_name="Ada", time_zone="Europe/Madrid")

    reply = post(town.account, register, token=id_token)

    assert reply.result == {"user_id": exchanged["uid"], "role": "client"}
    said = jwt.decode(id_token, options={"verify_signature": False})
    assert (said["sub"], said["issuer"]) == (exchanged["uid"], "club")
    assert town.uid(token) == exchanged["uid"]


def test_a_proved_email_links_the_account_that_has_it(town: Town) -> None:
    email = town.email()
    uid = town.sign_up(email)
    token = town.vouch(email.upper(), sub="ada")

    assert town.uid(token) == uid
    assert town.door.world.rows("SELECT subject, after FROM audit") == [
        (f"users/{uid}", {"linked_to": "club", "by_email": True})
    ]
    # Found by its link from now on, whatever becomes of the e-mail.
    town.change_email(uid, town.email())
    assert town.uid(token) == uid
    assert town.uid(town.vouch(None, sub="ada")) == uid


@pytest.mark.parametrize(
    "said", [{"email_verified": False}, {"email_verified": "true"}, {"email_verified": None}]
)
def test_an_email_that_the_club_has_not_proved_links_nothing(town: Town, said: dict[str, Any]) -> None:
    email = town.email()
    uid = town.sign_up(email)

    assert town.uid(town.vouch(email, **said)) != uid


def test_an_email_that_its_account_has_not_proved_links_nothing(town: Town) -> None:
    """Whoever signs up first under somebody's e-mail does not come by what the club's person does later."""
    email = town.email()
    uid = town.sign_up(email, verified=False)

    assert town.uid(town.vouch(email)) != uid


def test_an_email_that_nobody_has_links_nothing(town: Town) -> None:
    assert town.uid(town.vouch(town.email())).startswith("x")


def test_a_club_that_is_not_trusted_with_emails_links_nothing(make_town: MakeTown) -> None:
    town = make_town(link_by_email=False)
    email = town.email()
    uid = town.sign_up(email)

    assert town.uid(town.vouch(email)) != uid


def test_a_link_is_made_at_the_first_exchange_or_not_at_all(town: Town) -> None:
    email = town.email()
    first = town.uid(town.vouch(email, sub="ada"))
    town.sign_up(email)

    assert town.uid(town.vouch(email, sub="ada")) == first


def test_an_email_given_to_the_next_person_does_not_bring_the_account_of_the_last(town: Town) -> None:
    email = town.email()
    uid = town.sign_up(email)

    assert town.uid(town.vouch(email, sub="ada")) == uid
    assert town.uid(town.vouch(email, sub="bob")) != uid


@pytest.mark.parametrize("role", ["admin", "support"])
def test_an_email_of_staff_links_nothing(town: Town, role: str) -> None:
    email = town.email()
    uid = town.door.world.register_client(town.sign_up(email))
    town.door.world.rows("UPDATE users SET role = %s RETURNING id", role)

    assert town.uid(town.vouch(email)) != uid


def test_an_email_of_staff_links_where_the_club_is_trusted_with_them(make_town: MakeTown) -> None:
    town = make_town(admits_staff=True)
    email = town.email()
    uid = town.door.world.register_client(town.sign_up(email))
    town.door.world.rows("UPDATE users SET role = 'admin' RETURNING id")

    assert town.uid(town.vouch(email)) == uid


@pytest.mark.parametrize(
    ("column", "reason"), [("blocked_at", "ACCOUNT_BLOCKED"), ("deleted_at", "ACCOUNT_DELETED")]
)
def test_who_is_blocked_does_not_come_in_at_the_side(town: Town, column: str, reason: str) -> None:
    email = town.email()
    town.door.world.register_client(town.sign_up(email))
    town.door.world.rows(f"UPDATE users SET {column} = now() RETURNING id")

    reply = town.door.exchange(town.vouch(email))

    assert (reply.status, reply.reason) == (403, reason)
    assert town.door.world.rows("SELECT count(*) FROM linked_accounts") == [(0,)]


def test_an_account_that_firebase_has_disabled_is_not_linked(town: Town) -> None:
    email = town.email()
    town.sign_up(email, disabled=True)

    assert town.door.exchange(town.vouch(email)).reason == "ACCOUNT_BLOCKED"


def test_whose_an_email_is_cannot_be_told_while_firebase_is_away(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is given a second account because we could not look."""
    world = World.of(
        town.door.world.backends.settings.database_url,
        str(town.door.world.backends.settings.firestore_emulator),
        exchange_issuers=town.door.world.backends.settings.exchange_issuers,
    )
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    try:
        reply = Door(world, function_of(world.backends)).exchange(town.vouch(town.email()))
    finally:
        world.close()

    assert (reply.status, reply.reason) == (503, "TRY_AGAIN")
    assert town.door.world.rows("SELECT count(*) FROM linked_accounts") == [(0,)]
