"""Firebase Auth is told what accounts may do: claims, disabled accounts, ended sign-ins, accounts that are no more."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import firebase_admin
import httpx
import pytest
from firebase_admin import App, auth

from courtside.actors import Role
from courtside.db.reader import Reader
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import run_transaction
from courtside.edge.auth import firebase_app
from courtside.identity.claims import LeasedClaims, lease_claims, list_leased, settle_claims
from courtside.identity.firebase_auth import tell
from courtside.identity.service import grant_role, sign_out
from courtside.relay import claims_lane
from courtside.relay.claims_lane import mirror_due, mirror_once
from courtside.relay.jobs import relay_sweep
from local.auth import AuthRefused, AuthServer
from tests.world import ADMIN, World

WHY = {"reason": "as agreed"}
PASSWORD = "correct horse"


@pytest.fixture
def world(
    empty_database: str, emulator_host: str, auth_server: AuthServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A world whose accounts sign in with the Auth emulator."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_server.host)
    world = World.of(
        empty_database, emulator_host, project=auth_server.project, auth_emulator=auth_server.host
    )
    yield world
    world.close()
    firebase_admin.delete_app(firebase_app(auth_server.project))


@pytest.fixture
def ada(world: World, auth_server: AuthServer) -> str:
    """Somebody who has signed up and registered."""
    return world.register_client(sign_up(auth_server))


@pytest.fixture
def app(world: World) -> App:
    """Our own eyes on Firebase Auth."""
    return firebase_app(world.backends.settings.project)


def sign_up(auth_server: AuthServer) -> str:
    uid = f"u{uuid4().hex[:12]}"
    return auth_server.sign_up(f"{uid}@example.com", PASSWORD, uid)


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def sign_in(auth_server: AuthServer, uid: str) -> dict[str, Any]:
    """The claims of a token that is fresh."""
    return claims_of(auth_server.sign_in(f"{uid}@example.com", PASSWORD))


def refresh_token(auth_server: AuthServer, uid: str) -> str:
    answer = httpx.post(
        f"http://{auth_server.host}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=local",
        json={"email": f"{uid}@example.com", "password": PASSWORD, "returnSecureToken": True},
        trust_env=False,
    )
    return str(answer.json()["refreshToken"])


def refreshed(auth_server: AuthServer, token: str) -> httpx.Response:
    return httpx.post(
        f"http://{auth_server.host}/securetoken.googleapis.com/v1/token?key=local",
        data={"grant_type": "refresh_token", "refresh_token": token},
        trust_env=False,
    )


def mirror(world: World, uid: str) -> tuple[int, int, str | None]:
    ((want, have, error),) = world.rows(
        "SELECT want, have, last_error FROM claims_mirror WHERE user_id = %s", uid
    )
    return want, have, error


def admin_of(world: World) -> str:
    return world.make_admin()


def test_the_role_is_in_the_next_token_right_after_the_command(
    world: World, ada: str, auth_server: AuthServer
) -> None:
    assert sign_in(auth_server, ada)["role"] == "client"
    admin_of(world)

    world.call(ADMIN, "admin.set_role", user_id=ada, role="support", **WHY)

    assert sign_in(auth_server, ada)["role"] == "support"
    # Nobody can sign in as this one, and nothing waits for that.
    mirror_due(world.backends, until=float("inf"))
    assert mirror(world, ADMIN)[0] == mirror(world, ADMIN)[1]


def test_claims_hold_the_role_and_nothing_else(ada: str, app: App) -> None:
    claims = auth.get_user(ada, app=app).custom_claims

    assert claims == {"role": "client"}
    assert max(len(json.dumps(everything(role).claims)) for role in Role) < 1_000


def everything(role: Role) -> LeasedClaims:
    return LeasedClaims("u" * 128, 1, 0, role.value, blocked=False, deleted=False, tokens_valid_from=None)


def test_a_blocked_account_is_disabled_until_it_is_not(
    world: World, ada: str, auth_server: AuthServer, app: App
) -> None:
    admin_of(world)
    token = refresh_token(auth_server, ada)

    world.call(ADMIN, "admin.block_user", user_id=ada, **WHY)

    assert auth.get_user(ada, app=app).disabled
    assert auth.get_user(ada, app=app).custom_claims == {"role": "blocked"}
    assert refreshed(auth_server, token).is_error
    with pytest.raises(AuthRefused, match="USER_DISABLED"):
        sign_in(auth_server, ada)

    world.call(ADMIN, "admin.unblock_user", user_id=ada, **WHY)

    assert sign_in(auth_server, ada)["role"] == "client"


def test_a_demotion_ends_what_was_signed_in(world: World, auth_server: AuthServer, app: App) -> None:
    admin_of(world)
    eve = world.make_admin(sign_up(auth_server))
    mirror_once(world.backends)
    before = auth.get_user(eve, app=app).tokens_valid_after_timestamp
    assert sign_in(auth_server, eve)["role"] == "admin"
    # As the emulator tells whole seconds, an account that was made in this one was never revoked before it.
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    httpx.post(
        f"http://{auth_server.host}/identitytoolkit.googleapis.com/v1/projects/{auth_server.project}/accounts:update",
        json={"localId": eve, "validSince": str(int(long_ago.timestamp()))},
        headers={"Authorization": "Bearer owner"},
        trust_env=False,
    ).raise_for_status()
    assert auth.get_user(eve, app=app).tokens_valid_after_timestamp < before

    world.call(ADMIN, "admin.set_role", user_id=eve, role="client", **WHY)

    assert auth.get_user(eve, app=app).tokens_valid_after_timestamp >= before
    assert auth.get_user(eve, app=app).custom_claims == {"role": "client"}


def test_telling_again_signs_nobody_out(world: World, ada: str, app: App) -> None:
    run_as_system(world.backends.pool, "test", lambda uow: sign_out(uow, ada))
    mirror_once(world.backends)
    first = auth.get_user(ada, app=app).tokens_valid_after_timestamp

    later = datetime.now(UTC) + timedelta(hours=1)
    world.rows("UPDATE claims_mirror SET want = want + 1 WHERE user_id = %s RETURNING want", ada)
    # Whoever has signed in since would be signed out by another call.
    calls: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "revoke_refresh_tokens", lambda uid, app: calls.append(uid))
        mirror_once(world.backends)

    assert calls == []
    assert auth.get_user(ada, app=app).tokens_valid_after_timestamp == first < later.timestamp() * 1000
    assert mirror(world, ada)[0] == mirror(world, ada)[1]


def test_a_deleted_account_is_deleted_there_too(world: World, ada: str, app: App) -> None:
    world.call(ada, "account.delete_account", confirm="DELETE")
    mirror_once(world.backends)

    with pytest.raises(auth.UserNotFoundError):
        auth.get_user(ada, app=app)
    assert mirror(world, ada)[0] == mirror(world, ada)[1]


def test_while_it_is_away_it_is_asked_again_and_told_in_the_end(
    world: World, ada: str, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin_of(world)

    def refuse(*_: object) -> bool:
        raise ConnectionError("away")

    with monkeypatch.context() as patch:
        patch.setattr(claims_lane, "tell", refuse)
        world.call(ADMIN, "admin.block_user", user_id=ada, **WHY)
        want, have, error = mirror(world, ada)
        assert want > have
        assert error == "ConnectionError"
        assert mirror_once(world.backends, [ada]) == 0

    assert not auth.get_user(ada, app=app).disabled
    world.rows("UPDATE claims_mirror SET next_at = now() RETURNING want")
    relay_sweep(world.backends)
    assert auth.get_user(ada, app=app).disabled
    assert mirror(world, ada) == (want, want, None)


def test_whoever_wakes_too_late_is_put_right(world: World, ada: str, app: App) -> None:
    """A publisher leased the account, was frozen, and told its old role after another had told the new one."""
    world.drains = False
    pool = world.backends.pool
    world.rows("UPDATE users SET role = 'admin' WHERE id = %s RETURNING id", ada)
    frozen = run_transaction(pool, lambda db: lease_claims(Reader(db), limit=1, lease_seconds=0.0))
    (old,) = run_transaction(pool, lambda db: list_leased(Reader(db), frozen))
    world.make_admin()
    run_as_system(pool, "test", lambda uow: grant_role(uow, ada, Role.CLIENT))
    mirror_due(world.backends, until=float("inf"))

    tell(app, old)
    kept = run_transaction(pool, lambda db: settle_claims(Reader(db), frozen, old))

    assert not kept
    assert auth.get_user(ada, app=app).custom_claims == {"role": "admin"}
    mirror_due(world.backends, until=float("inf"))
    assert auth.get_user(ada, app=app).custom_claims == {"role": "client"}


def test_beside_an_emulator_of_documents_alone_nobody_is_told(
    empty_database: str, emulator_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be the accounts of a real project."""
    world = World.of(empty_database, emulator_host)
    monkeypatch.setattr(claims_lane, "tell", None)
    world.register_client("ada")

    assert mirror_once(world.backends) == 0
    assert mirror(world, "ada") == (1, 0, None)
    world.close()
