"""Support reads what admins read, and moves nothing."""

from typing import Any

import pytest

from courtside.edge.commands import Command
from courtside.errors import NotAllowed
from tests.integration.accepted import accepted
from tests.integration.refusals import Studio
from tests.world import ADMIN, CALLABLES, World

WHY = {"reason": "joins us"}


@pytest.fixture
def studio(world: World) -> Studio:
    """The studio of refusals, with Sue of support."""
    studio = Studio.of(world)
    world.register_client("sue")
    world.call(ADMIN, "admin.set_role", user_id="sue", role="support", **WHY)
    return studio


def test_support_reads_what_admins_read(studio: Studio) -> None:
    for name, content in (
        ("admin.search_audit", {}),
        ("admin.list_webhooks", {}),
        ("account.credits_statement", {"client_id": "ada"}),
        ("bookings.booking_ics", {"booking_id": studio.booking}),
    ):
        asked: dict[str, Any] = content
        assert studio.world.call("sue", name, **asked) == studio.world.call(ADMIN, name, **asked)


def test_support_gives_no_command_of_admins(studio: Studio) -> None:
    """Each with content that is taken from an admin."""
    names = [command.name for command in CALLABLES["admin"] if isinstance(command, Command)]
    assert "admin.adjust_credits" in names
    for name in (*names, "trainers.approve", "bookings.grant_credits", "bookings.create_session"):
        _, content = accepted(name, studio)
        with pytest.raises(NotAllowed):
            studio.world.run("sue", name, **content)
