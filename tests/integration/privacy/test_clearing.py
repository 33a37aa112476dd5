"""What only grows allows one change: that a text goes."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.integration.databases import migrated_database
from tests.integration.privacy.conftest import Studio
from tests.integration.privacy.leaving import delete, erase
from tests.world import World

CLEARED = "cleared_at = now()"


def refused(world: World, statement: str) -> bool:
    """Whether the database refuses a statement for what only ever grows."""
    with psycopg.connect(world.backends.settings.database_url) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.RaiseException as error:
            return "only ever grows" in str(error)
        finally:
            connection.rollback()
    return False


@pytest.fixture(scope="module")
def granted(database_url: str, emulator_host: str) -> Iterator[World]:
    """Ada has credits, of which the audit and the ledger say why; nothing here is committed."""
    with migrated_database(database_url) as url:
        world = World.of(url, emulator_host)
        try:
            world.approve_trainer("tom", horizon_days=1)
            world.register_client("ada")
            grant(world)
            yield world
        finally:
            world.close()


def grant(world: World) -> None:
    world.call("tom", "bookings.grant_credits", client_id="ada", amount=3, reason="a gift")


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'nobody'",
        "after = NULL",
        "after = '{}'",
        f"actor = 'nobody', {CLEARED}",
        f"subject = 'users/bob', {CLEARED}",
        f"at = now() - interval '1 day', {CLEARED}",
        f"command = 'x', {CLEARED}",
        f'after = \'{{"reason": "forged", "more": 1}}\', {CLEARED}',
        f"after = NULL, {CLEARED}",
        f"before = '{{\"was\": 1}}', {CLEARED}",
        f"reason = 'invented', {CLEARED}",
    ],
)
def test_a_line_of_the_audit_keeps_who_did_what(granted: World, change: str) -> None:
    assert refused(granted, f"UPDATE audit SET {change} WHERE command = 'bookings.grant_credits'")


def test_a_line_is_cleared_once(studio: Studio) -> None:
    world = studio.world
    grant(world)
    clear = f"UPDATE audit SET {CLEARED} WHERE command = 'bookings.grant_credits'"
    assert not refused(world, clear)

    delete(world, "ada")
    erase(world)

    assert refused(world, clear)
    assert refused(world, "UPDATE audit SET cleared_at = NULL")


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'another'",
        "reason = '', kind = 'adjust'",
        "reason = '', actor = 'nobody'",
        "reason = '', created_at = now() - interval '1 day'",
        "reason = '', booking_id = gen_random_uuid()",
    ],
)
def test_a_movement_keeps_all_but_its_reason(granted: World, change: str) -> None:
    assert refused(granted, f"UPDATE ledger_transfers SET {change}")
    assert not refused(granted, "UPDATE ledger_transfers SET reason = ''")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_lines SET amount = 2 * amount",
        "DELETE FROM ledger_transfers",
        "TRUNCATE audit",
        "DELETE FROM audit",
    ],
)
def test_nothing_else_has_become_possible(granted: World, statement: str) -> None:
    assert refused(granted, statement)
