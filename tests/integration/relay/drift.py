"""Whether Postgres and Firestore agree at rest: every document against the projection of the facts, both ways.

What should exist is asked of the facts themselves, so a document that nobody ever wanted is found as well.
Reports of health and statistics are left out: they are written again all the time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from courtside.db.unit_of_work import read_snapshot
from courtside.relay.documents import Rendered, render
from tests.world import World

# Every kind of collection that projections write; feeds are compared apart, by the ids of their entries.
_COLLECTIONS = (
    "trainers",
    "days",
    "sessions",
    "bookings",
    "clients",
    "access",
    "inbox",
    "reviews",
    "disputes",
    "conflicts",
    "broadcasts",
)

_PATHS = (
    "SELECT path FROM projection WHERE path NOT LIKE 'health/%%' AND path NOT LIKE 'stats/%%'"
    " AND path NOT LIKE 'feeds/%%' ORDER BY path"
)

# Which documents the facts call for. A day is open from the trainer's today until the horizon.
_CALLED_FOR = """
    SELECT 'bookings/' || id FROM bookings
    UNION ALL SELECT 'sessions/' || id FROM sessions
    UNION ALL SELECT 'clients/' || id FROM users WHERE deleted_at IS NULL
    UNION ALL SELECT 'access/' || id FROM users WHERE deleted_at IS NULL
    UNION ALL SELECT 'disputes/' || id FROM disputes
    UNION ALL SELECT 'schedule/' || on_date || '/conflicts/' || id FROM conflicts
    UNION ALL SELECT 'trainers/' || trainer_id || '/reviews/' || id FROM reviews
              WHERE hidden_at IS NULL AND deleted_at IS NULL
    UNION ALL SELECT 'users/' || user_id || '/inbox/' || id FROM notifications WHERE NOT receipt
    UNION ALL SELECT 'broadcasts/' || id FROM broadcasts
    UNION ALL SELECT 'trainers/' || id FROM trainers WHERE status = 'approved'
    UNION ALL SELECT 'trainers/' || id || '/days/' || ((now() AT TIME ZONE time_zone)::date + ahead)
              FROM trainers, generate_series(0, greatest(horizon_days, (
                  SELECT max(s.horizon_days) FROM services AS s WHERE s.trainer_id = trainers.id AND s.active
              ))) AS ahead WHERE status = 'approved'
"""


def drift(world: World) -> list[str]:
    """What differs, one line each; nothing when all is as it should be and nothing is left to do."""
    stored = {path: fields for group in _COLLECTIONS for path, fields in documents_of(world, group).items()}
    paths = [path for (path,) in world.rows(_PATHS)]
    earliest = _earliest_starts(world)
    rendered = read_snapshot(world.backends.pool, lambda reader: render(reader, paths))
    return [
        *_unfinished(world),
        *(
            line
            for document in rendered
            for line in _difference(document, stored.get(document.path), earliest)
        ),
        *_unknown_to_facts(world, rendered, stored),
        *_feed_differences(world),
    ]


def documents_of(world: World, collection: str) -> dict[str, dict[str, Any]]:
    """Path → fields of every document in collections of this name, as the official client reads them."""
    found = world.firestore.collection_group(collection).stream()
    return {document.reference.path: document.to_dict() for document in found}


def _unfinished(world: World) -> list[str]:
    documents = world.rows(
        "SELECT path, want, have, last_error FROM projection"
        " WHERE (want <> have OR dead_at IS NOT NULL)"
        " AND path NOT LIKE 'health/%%' AND path NOT LIKE 'stats/%%'"
    )
    entries = world.rows("SELECT id, last_error FROM outbox WHERE done_at IS NULL")
    return [f"not carried out: {row}" for row in [*documents, *entries]]


def _difference(
    document: Rendered, stored: Mapping[str, Any] | None, earliest: Mapping[str, datetime]
) -> list[str]:
    if document.fields is None or stored is None:
        return [] if (document.fields is None) == (stored is None) else [f"{document.path}: {stored}"]
    expected = {**document.fields, "version": document.version}
    actual = dict(stored)
    if "/days/" in document.path:
        # Time alone closes slots; readers drop those themselves.
        actual["slots"] = [
            slot for slot in actual["slots"] if slot["starts_at"] >= earliest[slot["service_id"]]
        ]
    return [
        f"{document.path}.{name}: stored {actual.get(name)!r}, should be {expected.get(name)!r}"
        for name in sorted(expected.keys() | actual.keys())
        if expected.get(name) != actual.get(name)
    ]


def _earliest_starts(world: World) -> dict[str, datetime]:
    """Service → the earliest start that its notice still allows."""
    return dict(
        world.rows(
            "SELECT s.id::text, now() + make_interval(mins => coalesce(s.min_notice_minutes, t.min_notice_minutes)) "
            "FROM services AS s JOIN trainers AS t ON t.id = s.trainer_id"
        )
    )


def _unknown_to_facts(
    world: World, rendered: list[Rendered], stored: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    should_exist = {path for (path,) in world.rows(_CALLED_FOR)}
    made = {document.path for document in rendered if document.fields is not None}
    return [
        f"{path}: facts call for it, it is not there" for path in sorted(should_exist - stored.keys())
    ] + [f"{path}: is there, no facts call for it" for path in sorted(stored.keys() - made)]


def _feed_differences(world: World) -> list[str]:
    stored = documents_of(world, "events")
    entries: dict[str, tuple[str, str]] = {
        f"feeds/{target}/events/{id_}": (payload["type"], payload["occurred_at"])
        for target, id_, payload in world.rows("SELECT target, id, payload FROM outbox WHERE kind = 'feed'")
    }
    told = {path: (event["type"], event["occurred_at"].isoformat()) for path, event in stored.items()}
    return [
        f"{path}: told {told.get(path)}, should be {entries.get(path)}"
        for path in sorted(told.keys() | entries.keys())
        if told.get(path) != entries.get(path)
    ]
