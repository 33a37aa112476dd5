"""From commands to rules: what becomes of an account decides what its tokens read, from the next request on."""

import time
from collections.abc import Callable

import httpx
import pytest

from courtside.actors import Role
from courtside.db.system import run_as_system
from courtside.identity.service import grant_role
from local.environment import ROOT
from tests.http_calls import unsigned_token
from tests.world import ADMIN, World, tomorrow_at

Read = Callable[..., int]
LONG_AGO = 1_700_000_000


@pytest.fixture
def studio(world: World) -> World:
    """Ada has booked with Tom, under the product's rules."""
    settings = world.backends.settings
    url = f"http://{settings.firestore_emulator}/emulator/v1/projects/{settings.project}:securityRules"
    rules = (ROOT / "firestore.rules").read_text(encoding="utf-8")
    httpx.put(url, json={"rules": {"files": [{"content": rules}]}}, trust_env=False).raise_for_status()
    world.approve_trainer("tom", horizon_days=3)
    world.register_client("ada")
    world.book("ada", world.add_service("tom", name="Boxing"), tomorrow_at(10))
    world.relay()
    return world


@pytest.fixture
def read(studio: World) -> Read:
    """The HTTP status of getting a document, by an account that signed in at some time."""
    settings = studio.backends.settings
    documents = (
        f"http://{settings.firestore_emulator}/v1/projects/{settings.project}/databases/(default)/documents"
    )

    def get(uid: str, path: str, *, signed_in_at: int = LONG_AGO, role: str = "admin") -> int:
        token = unsigned_token(uid, settings.project, auth_time=signed_in_at, role=role)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{documents}/{path}", headers=headers, trust_env=False).status_code

    return get


def booking_of(studio: World) -> str:
    ((booking,),) = studio.rows("SELECT id::text FROM bookings")
    return f"bookings/{booking}"


def grant(studio: World, uid: str, role: Role) -> None:
    run_as_system(studio.backends.pool, "test", lambda uow: grant_role(uow, uid, role))
    studio.relay()


def test_parties_read_a_booking_once_they_are_registered(studio: World, read: Read) -> None:
    booking = booking_of(studio)
    studio.register_client("eve")

    assert [read(uid, booking) for uid in ("ada", "tom")] == [200, 200]
    assert [read(uid, booking) for uid in ("eve", "nobody")] == [403, 403]
    assert read("eve", "clients/eve") == 200
    assert read("nobody", "clients/nobody") == 403


def test_a_role_is_what_was_granted_whatever_the_token_says(studio: World, read: Read) -> None:
    booking = booking_of(studio)
    studio.register_client("eve")

    grant(studio, "eve", Role.SUPPORT)
    assert (read("eve", booking, role="client"), read("eve", "clients/ada")) == (200, 200)
    grant(studio, "eve", Role.CLIENT)
    now = int(time.time()) + 1
    assert (read("eve", booking, signed_in_at=now), read("eve", "clients/eve", signed_in_at=now)) == (
        403,
        200,
    )


def test_signing_out_everywhere_ends_what_older_sign_ins_read(studio: World, read: Read) -> None:
    assert read("ada", "clients/ada") == 200

    studio.call("ada", "account.sign_out_everywhere")

    valid_from = studio.document("access/ada")["tokens_valid_from_at"]  # type: ignore[index]
    assert read("ada", "clients/ada", signed_in_at=int(valid_from.timestamp()) - 1) == 403
    assert read("ada", "clients/ada", signed_in_at=int(valid_from.timestamp())) == 200
    assert read("ada", "trainers/tom") == 200


def test_a_block_ends_what_an_account_reads_until_it_is_lifted(studio: World, read: Read) -> None:
    later = int(time.time()) + 60
    booking = booking_of(studio)

    studio.call(ADMIN, "admin.block_user", user_id="ada", reason="Insults other clients.")
    assert [read("ada", path, signed_in_at=later) for path in ("clients/ada", booking)] == [403, 403]
    assert [read("tom", booking), read("ada", "trainers/tom")] == [200, 200]

    studio.call(ADMIN, "admin.unblock_user", user_id="ada", reason="Has apologised.")
    assert [read("ada", path, signed_in_at=later) for path in ("clients/ada", booking)] == [200, 200]


def test_a_deleted_account_reads_nothing_that_is_not_public(studio: World, read: Read) -> None:
    later = int(time.time()) + 60
    booking = booking_of(studio)

    studio.call("ada", "account.delete_account", confirm="DELETE")

    assert [read("ada", path, signed_in_at=later) for path in ("clients/ada", booking)] == [403, 403]
    assert read("ada", "trainers/tom", signed_in_at=later) == 200


def test_access_documents_are_read_by_nobody(studio: World, read: Read) -> None:
    assert studio.document("access/ada") is not None
    assert [read(uid, "access/ada") for uid in ("ada", "tom", ADMIN)] == [403, 403, 403]
