"""Whatever changes something leaves a line in the audit; what only asks, or tidies one's inbox, leaves none."""

import pytest

from courtside.edge.commands import Query
from courtside.errors import Refusal
from tests.integration.accepted import accepted
from tests.integration.refusals import Studio
from tests.world import CALLABLES, World

COMMANDS = [command for commands in CALLABLES.values() for command in commands]

# Many, and of no concern to anybody else: what they did is in the rows of the inbox.
HARMLESS = {
    f"notifications.{name}"
    for name in ("mark_read", "mark_unread", "archive", "unarchive", "snooze", "acknowledge")
}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_a_command_that_is_taken_is_audited(world: World, command: object) -> None:
    studio = Studio.of(world)
    name = str(getattr(command, "name", ""))
    uid, content = accepted(name, studio)
    before = world.rows("SELECT count(*) FROM audit")[0][0]

    try:
        taken = world.run(uid, name, **content).error is None
    except Refusal:
        taken = False

    lines = world.rows("SELECT count(*) FROM audit")[0][0] - before
    if isinstance(command, Query) or name in HARMLESS or not taken:
        assert lines == 0
    else:
        assert lines > 0, f"{name} left no line in the audit"
