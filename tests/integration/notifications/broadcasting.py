"""A studio full of people who can be told something all at once, and an admin who does."""

from collections import Counter
from typing import Any

from courtside.relay.broadcast_lane import fan_out_once
from courtside.relay.planning_lane import plan_once
from tests.world import ADMIN, World

TEXTS = {
    "en": {"title": "Closed on Monday", "body": "Back on <b>Tuesday</b> & open late."},
    "es": {"title": "Cerrado el lunes", "body": "Volvemos el martes."},
}
EVERYBODY = {"to": "everybody"}


def add_people(world: World, count: int, *, prefix: str = "guest") -> None:
    """So many clients with ids in order, straight into the table."""
    world.rows(
        "INSERT INTO users (id, role, display_name, created_at)"
        " SELECT %s || lpad(n::text, 6, '0'), 'client', 'Guest', now() FROM generate_series(1, %s) AS n RETURNING 1",
        prefix,
        count,
    )


def preview(world: World, **content: Any) -> dict[str, Any]:
    return world.call(ADMIN, "admin.preview_broadcast", **{"texts": TEXTS, "audience": EVERYBODY, **content})


def send(world: World, **content: Any) -> dict[str, Any]:
    """One that its admin has looked at; its answer."""
    asked = {"texts": TEXTS, "audience": EVERYBODY, **content}
    asked.setdefault("confirmed", preview(world, texts=asked["texts"], audience=asked["audience"])["people"])
    return world.call(ADMIN, "admin.send_broadcast", reason="the hall is painted", **asked)


def turn_page(world: World) -> int:
    """The next page, as if its time had come; how many inboxes or deliveries it changed."""
    world.rows("UPDATE broadcasts SET next_at = now() - interval '1 s' WHERE ended_at IS NULL RETURNING 1")
    return fan_out_once(world.backends)


def turn_all_pages(world: World) -> None:
    """All that are left, and decide where each notification goes."""
    while world.rows("SELECT 1 FROM broadcasts WHERE ended_at IS NULL"):
        turn_page(world)
        plan_once(world.backends)


def told(world: World) -> Counter[str]:
    """How often each person finds a broadcast in their inbox."""
    rows = world.rows("SELECT user_id FROM notifications WHERE type = 'broadcast.sent'")
    return Counter(user_id for (user_id,) in rows)


def state(world: World) -> tuple[str, int, int]:
    """Of the only one: its state, how many have it, and how many were meant."""
    ((state, sent, total),) = world.rows("SELECT state, sent, total FROM broadcasts")
    return state, sent, total


def audited(world: World, broadcast_id: str) -> list[tuple[str, str, str | None]]:
    """Command, actor and reason of each line of its audit."""
    return [
        (command, actor, reason)
        for command, actor, reason in world.rows(
            "SELECT command, actor, reason FROM audit WHERE subject = %s ORDER BY id",
            f"broadcasts/{broadcast_id}",
        )
    ]
