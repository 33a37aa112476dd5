"""The same studio as it is deployed: no Auth emulator, signed tokens only, origins that are named."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import firebase_admin
import pytest
from google.auth.credentials import AnonymousCredentials
from google.oauth2 import id_token

from courtside.backends import Backends
from courtside.bookings.icalendar import read_feed
from courtside.config import Settings
from courtside.edge.acknowledgements import acknowledge_function
from courtside.edge.calendar import calendar_function
from courtside.edge.callables import Runtime, callable_function
from courtside.edge.health import health_function
from courtside.edge.unsubscribe import unsubscribe_function
from courtside.notifications.messages.pages import STYLE_SOURCE
from courtside.notifications.receipts import Counter
from courtside.notifications.unsubscribing import Desk
from courtside.relay.edge_drain import drain_commit
from courtside.relay.subscriptions import react
from tests.attacks.arena import Arena
from tests.attacks.forged import KEY_ID, Issuer, claims_of, token
from tests.http_calls import Function, Reply, post
from tests.world import CALLABLES

OURS = "https://app.example.com"


@dataclass(frozen=True)
class Deployed:
    """The functions of one project in this process, and who signs its tokens."""

    project: str
    issuer: Issuer
    functions: Mapping[str, Function]

    def token(self, uid: object, **claims: Any) -> str:
        """A good token, but for what these claims say."""
        return token(
            {"alg": "RS256", "typ": "JWT", "kid": KEY_ID},
            claims_of(uid, self.project, **claims),
            self.issuer.sign,
        )

    def post(self, name: str, body: bytes, **request: Any) -> Reply:
        """Send anything to a function."""
        return post(self.functions[name], body, **request)


class _NoCredential(firebase_admin.credentials.Base):  # type: ignore[misc]
    def get_credential(self) -> AnonymousCredentials:
        return AnonymousCredentials()


@contextmanager
def _admin_sdk(project: str) -> Iterator[None]:
    """The Admin SDK's app of a project, for all who are deployed at once: the first of them opens and closes it."""
    if project in firebase_admin._apps:
        yield
        return
    app = firebase_admin.initialize_app(_NoCredential(), {"projectId": project}, name=project)
    try:
        yield
    finally:
        firebase_admin.delete_app(app)


@contextmanager
def deployed(arena: Arena, **changes: Any) -> Iterator[Deployed]:
    """The arena's functions as in production, but that the keys of tokens come from here and not from Google.

    Calls are not counted, unless `changes` of the settings say so.
    """
    world, issuer = arena.world, Issuer()
    settings = Settings(
        **{
            "project": arena.doors.project,
            "database_url": world.backends.settings.database_url,
            "firestore_emulator": arena.doors.firestore,
            "allowed_origins": (OURS,),
            "rate_limits": False,
            **changes,
        }
    )
    backends = Backends.of(settings)
    runtime = Runtime(react, drain_commit, backends_factory=lambda: backends)
    functions: dict[str, Function] = {
        name: callable_function(commands, runtime) for name, commands in CALLABLES.items()
    }
    functions |= {
        "calendar": calendar_function(runtime, read_feed),
        "health": health_function(runtime),
        "acknowledge": acknowledge_function(runtime, Counter.of),
        "unsubscribe": unsubscribe_function(runtime, Desk.of, STYLE_SOURCE),
    }
    with _admin_sdk(settings.project), pytest.MonkeyPatch.context() as patch:
        patch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
        patch.setattr(id_token, "_fetch_certs", lambda *_: {KEY_ID: issuer.certificate})
        try:
            yield Deployed(settings.project, issuer, functions)
        finally:
            backends.close()
