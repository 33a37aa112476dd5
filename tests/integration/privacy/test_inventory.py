"""Whoever adds a column for a text says what becomes of it when a person leaves."""

import re

import psycopg
import pytest

from courtside.privacy import erasure
from tests.architecture.source import courtside_modules
from tests.integration.databases import migrated_database
from tests.integration.privacy.declared import declared
from tests.integration.privacy.lives import columns
from tests.world import World


def undeclared(world: World) -> tuple[set[str], set[str]]:
    """Columns that are there and not listed, and the other way round."""
    there = {f"{table}.{column}" for table, column in columns(world)}
    listed = {each.column for each in declared()}
    return there - listed, listed - there


def test_every_column_has_a_fate(world: World) -> None:
    assert undeclared(world) == (set(), set())


def test_no_column_has_two_fates() -> None:
    listed = [each.column for each in declared()]

    assert len(listed) == len(set(listed)) > 100


@pytest.mark.parametrize("type_", ["text", "jsonb", "text[]"])
def test_a_column_without_a_fate_would_be_caught(database_url: str, emulator_host: str, type_: str) -> None:
    with migrated_database(database_url) as url:
        with psycopg.connect(url) as connection:
            connection.execute(f"ALTER TABLE reviews ADD COLUMN nickname {type_}".encode())
        world = World.of(url, emulator_host)
        try:
            assert undeclared(world) == ({"reviews.nickname"}, set())
        finally:
            world.close()


def test_every_subject_below_an_account_is_cleared() -> None:
    """Of what others do to an account, the audit is asked subject by subject: a prefix would read all of it."""
    recorded = {
        below
        for module in courtside_modules()
        for below in re.findall(r'f"users/\{[^}]+\}(/[a-z_]+)"', module.text)
        if below not in ("/inbox", "/marks")
    }
    asked = erasure._QUERIES["list_lines"]

    assert {"/block", "/calendar", "/export"} <= recorded
    assert [below for below in sorted(recorded) if f"'{below}'" not in asked] == []
