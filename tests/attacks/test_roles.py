"""Acting as more than one is: every command in the name of everybody who may not call it."""

import pytest

from courtside.actors import Role
from courtside.edge.commands import ANYONE
from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls
from tests.attacks.contents import CONTENTS
from tests.attacks.verdicts import BLOCKED, MISSING, ROLE
from tests.world import CALLABLES

COMMANDS = {command.name: command for callable_ in CALLABLES.values() for command in callable_}
# One of each role.
WHO = {Role.CLIENT: "mal", Role.TRAINER: "eve", Role.SUPPORT: "sue"}


def _refused(name: str) -> list[Attempt]:
    """A command in the name of everybody who is not among its roles."""
    roles, content = COMMANDS[name].roles, CONTENTS[name]
    attempts = [calls("blair", name, BLOCKED, f"a blocked account calls {name}", **content)]
    if roles is not ANYONE:
        attempts.append(calls("", name, MISSING, f"a visitor calls {name}", **content))
    if roles:
        attempts.append(calls("ned", name, ROLE, f"a newcomer without account calls {name}", **content))
        attempts += [
            calls(who, name, ROLE, f"a {role} account calls {name}", **content)
            for role, who in WHO.items()
            if role not in roles
        ]
    return attempts


def test_every_command_is_attacked() -> None:
    assert COMMANDS.keys() - CONTENTS.keys() == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_no_role_reaches_beyond_its_commands(arena: Arena, name: str) -> None:
    arena.withstand(*_refused(name))
