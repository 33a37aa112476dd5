"""Phones and mailboxes in a fault run: who is told of bookings there, and what must hold of it at the end."""

import psycopg

from local.fcm.client import FcmStandIn
from tests.faults.arena import Arena
from tests.integration.relay.rest import wait_until

_UNSETTLED = """
SELECT (SELECT count(*) FROM notifications WHERE planned_at IS NULL AND created_at < %s)
     + (SELECT count(*) FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id
        WHERE d.channel = 'push' AND d.state IN ('waiting', 'sending') AND n.created_at < %s)
"""
_PUSHES = (
    "SELECT notification_id::text, target, state, reason FROM deliveries"
    " WHERE channel = 'push' AND state <> 'sending'"
)
_PATIENCE_SECONDS = 60.0


def install_phones(arena: Arena) -> None:
    """A phone for each trainer and each client; from now on they are told of what happens."""
    people = [*arena.studio.trainers, *arena.studio.ground.clients]
    with psycopg.connect(arena.database_url, autocommit=True) as connection:
        for user_id in people:
            connection.execute(
                "INSERT INTO installations (id, user_id, platform, token, created_at, refreshed_at)"
                " VALUES (%s, %s, 'android', %s, now(), now())",
                [f"app-{user_id}", user_id, f"phone:{user_id}"],
            )


def forget_how_often(arena: Arena) -> None:
    """As if a day had passed: caps and groups begin anew."""
    arena.world.rows("UPDATE deliveries SET created_at = created_at - interval '3 days' RETURNING id")


def settle(arena: Arena) -> None:
    """Wait until every push of what has happened by now has come to an end; pauses of deliveries are cut short."""
    ((now,),) = arena.world.rows("SELECT clock_timestamp()")

    def is_settled() -> bool:
        arena.world.rows(
            "UPDATE deliveries SET next_at = now() WHERE state = 'waiting' AND next_at > now() RETURNING id"
        )
        ((left,),) = arena.world.rows(_UNSETTLED, now, now)
        return bool(left == 0)

    wait_until(is_settled, "the pushes to be settled", _PATIENCE_SECONDS)


def expect_each_told_once(arena: Arena, fcm: FcmStandIn) -> None:
    """Each push was accepted or says why not; what was accepted was sent, and is seen once per notification."""
    accepted = {
        (sent.target, sent.message["data"]["notification_id"]) for sent in fcm.attempts() if sent.accepted
    }
    for notification_id, target, state, reason in arena.world.rows(_PUSHES):
        place = f"phone:{target.removeprefix('app-')}", notification_id
        arena.expect(
            state == "accepted" or bool(reason), f"push {notification_id} is {state} without a reason"
        )
        arena.expect(state != "accepted" or place in accepted, f"push {notification_id} was never sent")
    for user_id in (*arena.studio.trainers, *arena.studio.ground.clients):
        shown = [each.data["notification_id"] for each in fcm.visible(f"phone:{user_id}")]
        arena.expect(len(shown) == len(set(shown)), f"{user_id} sees a notification twice")
