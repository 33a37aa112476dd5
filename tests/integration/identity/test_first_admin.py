"""The first administrator is made by an operator, by uid or by a proved address."""

from collections.abc import Iterator

import pytest

from courtside.config import settings
from courtside.identity.first_admin import main
from tests.world import World


@pytest.fixture
def studio(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Ada and Bob are registered; the operator's environment names this database."""
    monkeypatch.setenv("GCLOUD_PROJECT", world.backends.settings.project)
    monkeypatch.setenv("DATABASE_URL", world.backends.settings.database_url)
    settings.cache_clear()
    world.register_client("ada")
    world.register_client("bob")
    yield world
    settings.cache_clear()


def give_address(world: World, uid: str, email: str) -> None:
    world.rows("UPDATE users SET email = %s WHERE id = %s RETURNING id", email, uid)


def admins(world: World) -> list[str]:
    return [uid for (uid,) in world.rows("SELECT id FROM users WHERE role = 'admin'")]


@pytest.mark.parametrize("person", ["ada", "Ada@Example.org"])
def test_an_account_becomes_an_administrators(
    studio: World, capsys: pytest.CaptureFixture[str], person: str
) -> None:
    give_address(studio, "ada", "ada@example.org")

    assert main([person]) == 0

    assert admins(studio) == ["ada"]
    assert "ada is an administrator now" in capsys.readouterr().out
    assert studio.rows("SELECT actor, command FROM audit WHERE after ->> 'role' = 'admin'") == [
        ("system", "account.grant_role")
    ]
    studio.relay()
    access = studio.document("access/ada")
    assert access is not None
    assert access["role"] == "admin"
    assert main([person]) == 0


@pytest.mark.parametrize("person", ["nobody", "nobody@example.org", "both@example.org"])
def test_nobody_is_guessed(studio: World, capsys: pytest.CaptureFixture[str], person: str) -> None:
    give_address(studio, "ada", "both@example.org")
    give_address(studio, "bob", "both@example.org")

    assert main([person]) == 1

    assert admins(studio) == []
    assert "(USER_NOT_FOUND)" in capsys.readouterr().err


def test_called_wrongly_it_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage:" in capsys.readouterr().err
