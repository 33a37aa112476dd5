"""Acting as more than one is: every command in the name of everybody who may not call it."""

import pytest

from courtside.actors import Role
from courtside.edge.commands import ANYONE
from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls
from tests.attacks.contents import CONTENTS
from tests.attacks.verdicts import BLOCKED, DELETED, MISSING, REVOKED, ROLE, STALE
from tests.world import CALLABLES

COMMANDS = {command.name: command for callable_ in CALLABLES.values() for command in callable_}
# One of each role.
WHO = {Role.CLIENT: "mal", Role.TRAINER: "eve", Role.SUPPORT: "sue"}


def _refused(name: str) -> list[Attempt]:
    """A command in the name of everybody who is not among its roles, or who may not act any more."""
    command, content = COMMANDS[name], CONTENTS[name]
    roles = command.roles
    attempts = [
        calls("blair", name, BLOCKED, f"a blocked account calls {name}", **content),
        calls("gil", name, DELETED, f"a deleted account calls {name}", **content),
        calls("rex", name, REVOKED, f"a sign-in that was ended calls {name}", **content),
    ]
    if roles is not ANYONE:
        attempts.append(calls("", name, MISSING, f"a visitor calls {name}", **content))
    if roles:
        attempts.append(calls("ned", name, ROLE, f"a newcomer without account calls {name}", **content))
        attempts += [
            calls(who, name, ROLE, f"a {role} account calls {name}", **content)
            for role, who in WHO.items()
            if role not in roles
        ]
    if roles == {Role.ADMIN}:
        attempts.append(calls("boastful", name, ROLE, f"an admin by the token alone calls {name}", **content))
    if getattr(command, "recent_sign_in", False) and roles == {Role.ADMIN}:
        attempts.append(calls("idle", name, STALE, f"an admin who left the screen calls {name}", **content))
    return attempts


def test_every_command_is_attacked() -> None:
    assert COMMANDS.keys() == CONTENTS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_no_role_reaches_beyond_its_commands(arena: Arena, name: str) -> None:
    arena.withstand(*_refused(name))
