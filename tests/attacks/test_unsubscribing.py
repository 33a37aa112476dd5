"""Links of e-mails: signed for one person and one type, followed by programs, forged by whoever knows a uid."""

from base64 import urlsafe_b64encode

import httpx
import pytest

from courtside.config import read_settings
from courtside.notifications.unsubscribing import Subscription, token_of
from tests.attacks.arena import Arena
from tests.attacks.deployed import Deployed

# The type of e-mail that the links are about.
TYPE = "session.booked"
SUITE = {"GCLOUD_PROJECT": "demo", "DATABASE_URL": "postgresql://"}


def link_of(person: str) -> str:
    """A link as the local suite signs it."""
    return token_of(read_settings(SUITE).unsubscribe_secrets, Subscription(person, TYPE))


def written(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def ask(arena: Arena, token: str, method: str = "POST") -> httpx.Response:
    """Follow a link, or take it."""
    return arena.doors.http.request(method, f"{arena.doors.functions}/unsubscribe/{token}")


HERS = link_of("ada")
SIGNATURE = HERS.split(".")[1]
FORGED = {
    "no signature": written(f"ada {TYPE}"),
    "an empty signature": f"{written(f'ada {TYPE}')}.",
    "a signature of chance": f"{written(f'ada {TYPE}')}.{'A' * len(SIGNATURE)}",
    "the signature of another person": f"{written(f'ada {TYPE}')}.{link_of('mal').split('.')[1]}",
    "the signature of another type": f"{written('ada session.reminder')}.{SIGNATURE}",
    "a signature cut short": HERS[:-1],
    "more than was signed": f"{HERS}A",
    "a key that is not ours": token_of(["x" * 40], Subscription("ada", TYPE)),
    "a person that is a path": token_of(["x" * 40], Subscription("../ada", TYPE)),
    "a megabyte": "A" * 50_000,
    "no token": "",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_forged_does_nothing(arena: Arena, token: str, method: str) -> None:
    with arena.unchanged():
        reply = ask(arena, token, method)

    assert reply.status_code in {400, 404, 414}
    assert "ada" not in reply.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_a_program_that_follows_a_link_changes_nothing(arena: Arena, method: str) -> None:
    with arena.unchanged():
        reply = ask(arena, HERS, method)

    assert reply.status_code in {200, 405}


def test_what_signs_on_one_machine_does_not_count_where_it_is_deployed(
    arena: Arena, production: Deployed
) -> None:
    body = b"List-Unsubscribe=One-Click"

    with arena.unchanged():
        reply = production.post("unsubscribe", body, environ={"PATH_INFO": f"/unsubscribe/{HERS}"})

    assert reply.status == 404
