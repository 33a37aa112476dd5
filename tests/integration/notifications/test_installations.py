"""Whose pushes go to which app: registered, moved by its token, removed, expired; nobody touches another's."""

from typing import Any

import pytest

from courtside.notifications.limits import MOST_INSTALLATIONS
from courtside.relay import jobs
from tests.integration.notifications.channels import Channels
from tests.world import World, tomorrow_at

PHONE, TOKEN = "phone-of-somebody-1", "token-of-somebody-1"


@pytest.fixture
def people(world: World) -> World:
    """Ada and Eve."""
    world.register_client("ada")
    world.register_client("eve", display_name="Eve")
    return world


def register(
    world: World, uid: str, *, id_: str = PHONE, token: str = TOKEN, **content: Any
) -> dict[str, Any]:
    content = {"platform": "android", **content}
    return world.call(uid, "notifications.register_installation", installation_id=id_, token=token, **content)


def installed(world: World) -> dict[str, tuple[str, str, str]]:
    rows = world.rows("SELECT id, user_id, token, state FROM installations")
    return {row[0]: row[1:] for row in rows}


def test_an_app_is_registered_refreshed_and_removed(people: World) -> None:
    assert register(people, "ada") == {"installation_id": PHONE, "state": "active"}

    people.call("ada", "notifications.refresh_installation", installation_id=PHONE, token=TOKEN + "b")
    assert installed(people) == {PHONE: ("ada", TOKEN + "b", "active")}

    people.call("ada", "notifications.remove_installation", installation_id=PHONE)
    assert installed(people) == {PHONE: ("ada", "", "removed")}


def test_an_app_of_somebody_else_is_as_one_that_is_not_there(people: World) -> None:
    register(people, "ada")
    for name in ("refresh_installation", "remove_installation"):
        for id_ in (PHONE, "phone-of-nobody-at-all"):
            refused = people.refusal("eve", f"notifications.{name}", installation_id=id_)
            assert refused.reason == "INSTALLATION_NOT_FOUND"

    taken = people.refusal(
        "eve",
        "notifications.register_installation",
        installation_id=PHONE,
        platform="web",
        token="a-token-of-eves-own",
    )

    assert taken.reason == "INSTALLATION_TAKEN"
    assert installed(people) == {PHONE: ("ada", TOKEN, "active")}


def test_who_signs_in_on_an_app_takes_it_over_and_its_former_owner_gets_nothing(channels: Channels) -> None:
    world = channels.world
    world.register_client("eve", display_name="Eve")
    register(world, "tom")
    world.rows("DELETE FROM installations WHERE id <> %s RETURNING id", PHONE)
    world.book("ada", world.add_service("tom"), tomorrow_at(12))

    register(world, "eve")
    channels.send()

    assert installed(world) == {PHONE: ("eve", TOKEN, "active")}
    assert world.rows("SELECT id FROM deliveries WHERE user_id = 'tom' AND state = 'accepted'") == []


def test_a_token_moves_with_its_app_to_another_id(people: World) -> None:
    register(people, "ada")

    register(people, "eve", id_="another-id-of-the-app")

    assert installed(people)[PHONE] == ("ada", TOKEN, "removed")
    assert installed(people)["another-id-of-the-app"] == ("eve", TOKEN, "active")


def test_the_app_that_was_used_longest_ago_makes_way(people: World) -> None:
    for number in range(MOST_INSTALLATIONS + 1):
        register(people, "ada", id_=f"phone-of-ada-number-{number:02}", token=f"token-of-ada-{number:02}-xyz")

    removed = [id_ for id_, (_, _, state) in installed(people).items() if state == "removed"]
    assert removed == ["phone-of-ada-number-00"]


def test_an_app_that_nobody_uses_expires_and_comes_back_with_its_user(people: World) -> None:
    register(people, "ada")
    people.rows("UPDATE installations SET refreshed_at = now() - interval '271 days' RETURNING id")

    jobs.nightly(people.backends)
    assert installed(people)[PHONE][2] == "expired"

    refreshed = people.call("ada", "notifications.refresh_installation", installation_id=PHONE)
    assert refreshed["state"] == "active"


def test_what_a_wrong_project_quarantined_needs_another_token(people: World) -> None:
    register(people, "ada")
    people.rows("UPDATE installations SET state = 'quarantined' RETURNING id")

    same = people.call("ada", "notifications.refresh_installation", installation_id=PHONE, token=TOKEN)
    other = people.call("ada", "notifications.refresh_installation", installation_id=PHONE, token=TOKEN + "b")

    assert (same["state"], other["state"]) == ("quarantined", "active")


def test_no_document_shows_an_installation(people: World) -> None:
    register(people, "ada")
    people.relay()

    shown = [document.to_dict() for document in people.firestore.collection("clients").stream()]
    assert TOKEN not in repr(shown)
    assert PHONE not in repr(shown)
    assert people.rows("SELECT path FROM projection WHERE path LIKE '%%installation%%'") == []
