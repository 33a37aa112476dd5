"""A world that trusts a club: tokens that the club signs are exchanged over HTTP."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from courtside.backends import Backends
from courtside.edge.callables import Runtime
from courtside.edge.exchange import exchange_function
from courtside.identity.federation.service import Federation
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from tests.hosts import configured, secret_keys, sign
from tests.http_calls import Function, Reply, post
from tests.world import World

NOBODY = "127.0.0.1:1"


@dataclass
class Door:
    """`exchange_token` of one world, as one process serves it."""

    world: World
    function: Function

    def exchange(self, token: str, **options: Any) -> Reply:
        """Exchange a host application's token; `options` as for `post`."""
        return post(self.function, json.dumps({"token": token}).encode(), **options)

    def uid(self, said: Mapping[str, Any] | None = None) -> str:
        """The uid that the club's person signs in to."""
        reply = self.exchange(club_token(said))
        assert reply.status == 200, reply.text
        uid: str = reply.body["uid"]
        return uid

    def problem(self, token: str, **options: Any) -> str:
        """Why a token is refused."""
        reply = self.exchange(token, **options)
        assert (reply.status, reply.reason) == (401, "TOKEN_REFUSED"), reply.text
        problem: str = reply.error["details"]["problem"]
        return problem


def function_of(backends: Backends) -> Function:
    """`exchange_token` as a process with these backends serves it."""
    runtime = Runtime(react, drain_commit, backends_factory=lambda: backends)
    return exchange_function(runtime, Federation.of)


MakeDoor = Callable[..., Door]


def club_token(said: Mapping[str, Any] | None = None) -> str:
    """A token of the club that these worlds trust unless told otherwise."""
    return sign(said, kind="HS256")


@pytest.fixture
def make_door(world: World, monkeypatch: pytest.MonkeyPatch) -> MakeDoor:
    """`exchange_token` for these issuers; by default the club's, with a shared secret. `settings` override others."""
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", NOBODY)

    def make(*issuers: Mapping[str, Any], **settings: Any) -> Door:
        trusted = issuers or (configured(keys=secret_keys()),)
        defaults = {"exchange_issuers": json.dumps(trusted), "calls_to_loopback": True}
        backends = replace(
            world.backends, settings=replace(world.backends.settings, **{**defaults, **settings})
        )
        return Door(world, function_of(backends))

    return make


@pytest.fixture
def door(make_door: MakeDoor) -> Door:
    """A world that trusts the club."""
    return make_door()
