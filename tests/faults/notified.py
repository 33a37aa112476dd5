"""Phones and mailboxes in a fault run: who is told of bookings there, and what must hold of it at the end."""

import psycopg

from local.fcm.client import FcmStandIn
from local.mail.client import MailSink
from tests.faults.arena import Arena
from tests.integration.relay.rest import wait_until

_UNSETTLED = """
SELECT (SELECT count(*) FROM notifications WHERE planned_at IS NULL AND created_at < %s)
     + (SELECT count(*) FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id
        WHERE d.channel = %s AND d.state IN ('waiting', 'sending') AND n.created_at < %s)
"""
_ENDS = (
    "SELECT id::text, state, reason FROM deliveries WHERE channel = %s AND state <> 'sending'"
    " AND (accepted_at IS NULL OR accepted_at > to_timestamp(%s))"
)
_KNOWN = "SELECT id::text FROM deliveries WHERE channel = %s"
# The mail server keeps the newest thousand; one is marked within so many seconds of its arrival, or comes again.
_MARKED_SECONDS = 10.0
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


def open_mailboxes(arena: Arena) -> None:
    """An address for each trainer and each client."""
    arena.world.rows("UPDATE users SET email = id || '@example.org' RETURNING id")


def settle(arena: Arena, channel: str = "push") -> None:
    """Wait until all that has happened by now has come to an end on a channel; pauses of deliveries are cut short."""
    ((now,),) = arena.world.rows("SELECT clock_timestamp()")

    def is_settled() -> bool:
        arena.world.rows(
            "UPDATE deliveries SET next_at = now() WHERE state = 'waiting' AND next_at > now() RETURNING id"
        )
        ((left,),) = arena.world.rows(_UNSETTLED, now, channel, now)
        return bool(left == 0)

    wait_until(is_settled, f"what goes by {channel} to be settled", _PATIENCE_SECONDS)


def expect_each_told_once(arena: Arena, fcm: FcmStandIn) -> None:
    """Each push was accepted or says why not; what was accepted was sent, and is seen once per notification."""
    # Read before its receiver is asked: people book on meanwhile.
    ends = arena.world.rows(_ENDS, "push", 0)
    _expect(arena, ends, {sent.message["data"]["delivery_id"] for sent in fcm.attempts() if sent.accepted})
    for user_id in (*arena.studio.trainers, *arena.studio.ground.clients):
        shown = [each.data["notification_id"] for each in fcm.visible(f"phone:{user_id}")]
        arena.expect(len(shown) == len(set(shown)), f"{user_id} sees a notification twice")


def expect_each_mailed_once(arena: Arena, mail: MailSink) -> None:
    """Each mail was taken or says why not; what was sent twice has one Message-ID, which programs show once."""
    kept = mail.mails()
    is_whole = mail.counts()["accepted"] == len(kept)
    ends = arena.world.rows(_ENDS, "email", 0 if is_whole else kept[len(kept) // 2].at + _MARKED_SECONDS)
    taken = {str(each.header("Message-ID")).strip("<>").partition("@")[0] for each in mail.mails()}
    _expect(arena, ends, taken)
    known = {id_ for (id_,) in arena.world.rows(_KNOWN, "email")}
    arena.expect(taken <= known, "a mail came under a name of its own")


def _expect(arena: Arena, ends: list[tuple[str, str, str | None]], taken: set[str]) -> None:
    arena.expect(bool(taken), "nothing was ever taken")
    for id_, state, reason in ends:
        arena.expect(state == "accepted" or bool(reason), f"delivery {id_} is {state} without a reason")
        arena.expect(state != "accepted" or id_ in taken, f"delivery {id_} was never sent")
