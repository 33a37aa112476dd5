"""The links at the end of e-mails: following one asks, its form and a mail program's one click do it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Request
from werkzeug.test import Client, TestResponse

import main
from courtside.notifications.types import TYPES, Channel
from courtside.notifications.unsubscribing import Subscription, token_of
from tests.world import World

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
Click = Callable[..., TestResponse]


@pytest.fixture
def click(world: World) -> Iterator[Click]:
    """Follows a link: GET, or POST of a form."""
    world.call("ada", "account.register_client", display_name="Ada", time_zone="UTC", locale="es-ES")
    runtime: dict[str, Any] = vars(main.runtime)
    before = dict(runtime)
    runtime["backends_factory"] = lambda: world.backends

    def click(
        token: str, form: dict[str, str] | None = None, *, method: str | None = None, **options: Any
    ) -> TestResponse:
        client = Client(lambda environ, start: main.unsubscribe(Request(environ))(environ, start))
        method = method or ("GET" if form is None else "POST")
        return client.open(f"/unsubscribe/{token}", method=method, data=form, **options)

    yield click
    runtime.clear()
    runtime.update(before)


def link(world: World, type_: str = "session.booked", uid: str = "ada") -> str:
    return token_of(world.backends.settings.unsubscribe_secrets, Subscription(uid, type_))


def emails(world: World, uid: str = "ada") -> dict[str, Any]:
    """Type → whether somebody wants its e-mails, where that was set."""
    rows = world.rows("SELECT types FROM notification_settings WHERE user_id = %s", uid)
    return {type_: set_["email"] for (types,) in rows for type_, set_ in types.items() if "email" in set_}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_following_a_link_asks_and_changes_nothing(click: Click, world: World, method: str) -> None:
    answer = click(link(world), method=method)

    assert answer.status_code == 200
    assert emails(world) == {}
    if method == "GET":
        assert "«Reservas nuevas»" in answer.text
        assert '<form method="post">' in answer.text


def test_one_click_of_a_mail_program_does_it(click: Click, world: World) -> None:
    assert click(link(world), ONE_CLICK).status_code == 200
    assert emails(world) == {"session.booked": False}

    assert click(link(world), ONE_CLICK).status_code == 200
    assert emails(world) == {"session.booked": False}


def test_one_click_may_be_sent_in_parts(click: Click, world: World) -> None:
    answer = click(link(world), ONE_CLICK, content_type="multipart/form-data")

    assert answer.status_code == 200
    assert emails(world) == {"session.booked": False}


def test_the_form_can_be_undone(click: Click, world: World) -> None:
    done = click(link(world), {"choice": "this"})
    assert "Hecho: ya no recibirás correos sobre «Reservas nuevas»." in done.text
    assert 'value="undo"' in done.text

    undone = click(link(world), {"choice": "undo"})
    assert "Vuelves a recibir correos sobre «Reservas nuevas»." in undone.text
    assert emails(world) == {"session.booked": True}


def test_all_that_is_not_mandatory_can_be_switched_off_at_once(click: Click, world: World) -> None:
    world.rows("INSERT INTO notification_settings (user_id, digest) VALUES ('ada', 'weekly') RETURNING 1")
    click(link(world), {"choice": "all"})

    off = {name for name, wanted in emails(world).items() if not wanted}
    assert off == {
        name
        for name, type_ in TYPES.items()
        if Channel.EMAIL in type_.channels and not type_.mandatory and not type_.asked_for
    }
    assert world.rows("SELECT digest, digest_before FROM notification_settings") == [("none", "weekly")]


def test_what_else_somebody_has_set_stays(click: Click, world: World) -> None:
    world.rows(
        "INSERT INTO notification_settings (user_id, types, digest)"
        """ VALUES ('ada', '{"session.booked": {"push": false}, "review.created": {"email": true}}', 'weekly')"""
        " RETURNING 1"
    )

    click(link(world), ONE_CLICK)

    assert world.rows("SELECT types, digest FROM notification_settings") == [
        ({"session.booked": {"push": False, "email": False}, "review.created": {"email": True}}, "weekly")
    ]


def test_what_is_mandatory_cannot_be_switched_off(click: Click, world: World) -> None:
    mandatory = link(world, "session.cancelled")

    assert "no se pueden desactivar" in click(mandatory).text
    assert "no se pueden desactivar" in click(mandatory, ONE_CLICK).text
    assert emails(world) == {}


@pytest.mark.parametrize("token", ["", "x", "a.b", "ä.ö", "../../health", "a" * 500])
def test_what_is_no_link_of_ours_is_not_found(click: Click, world: World, token: str) -> None:
    for answer in (click(token), click(token, ONE_CLICK)):
        assert answer.status_code == 404
        assert "incomplete or too old" in answer.text
    assert world.rows("SELECT count(*) FROM notification_settings") == [(0,)]


def test_links_of_nobody_lead_nowhere(click: Click, world: World) -> None:
    assert click(link(world, uid="nobody"), ONE_CLICK).status_code == 404
    world.rows("UPDATE users SET deleted_at = now() WHERE id = 'ada' RETURNING id")
    assert click(link(world), ONE_CLICK).status_code == 404
    assert world.rows("SELECT count(*) FROM notification_settings") == [(0,)]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_do_nothing(click: Click, world: World, method: str) -> None:
    answer = click(link(world), method=method)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert emails(world) == {}


def test_its_page_may_post_its_form_and_nothing_else(click: Click, world: World) -> None:
    answer = click(link(world))
    policy = answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "style-src 'sha256-" in policy
    assert "script" not in policy + answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_in_the_audit(click: Click, world: World) -> None:
    click(link(world), ONE_CLICK)

    assert world.rows("SELECT actor, command, subject, after FROM audit WHERE command = 'unsubscribe'") == [
        ("ada", "unsubscribe", "users/ada/notifications", {"email": {"session.booked": False}})
    ]
