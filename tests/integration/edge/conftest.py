"""A world whose commands are called over HTTP, with tokens as the Auth emulator issues them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from courtside.edge.callables import Runtime, callable_function
from courtside.edge.commands import Commands
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from tests.http_calls import Function, Reply, body_of, post, unsigned_token
from tests.log_capture import LogLines, captured_logs
from tests.world import CALLABLES, World


@dataclass
class Api:
    """The callables of one world, as one process serves them."""

    world: World
    functions: dict[str, Function]

    def send(self, uid: str, name: str, /, **content: Any) -> Reply:
        """Call `domain.command` over HTTP in the name of a uid."""
        domain, command = name.split(".")
        return self.post(uid, domain, body_of(command, **content))

    def post(self, uid: str, domain: str, body: bytes, **claims: Any) -> Reply:
        """Send any body to a callable; `claims` are added to the token."""
        token = unsigned_token(uid, self.world.backends.settings.project, **claims)
        return post(self.functions[domain], body, token=token)


MakeApi = Callable[..., Api]


@pytest.fixture
def make_api(world: World, monkeypatch: pytest.MonkeyPatch) -> MakeApi:
    """Callables over the world's own backends; `planted` commands are served beside the real ones."""
    # Nothing is ever called there: it is what makes firebase-admin accept unsigned tokens.
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")

    def make(*planted: Commands) -> Api:
        runtime = Runtime(react, drain_commit, backends_factory=lambda: world.backends)
        served = (*CALLABLES.values(), *planted)
        return Api(world, {commands.domain: callable_function(commands, runtime) for commands in served})

    return make


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    """The callables of an empty studio."""
    return make_api()


@pytest.fixture
def logs() -> Iterator[LogLines]:
    """What the process logs during the test."""
    with captured_logs() as lines:
        yield lines
