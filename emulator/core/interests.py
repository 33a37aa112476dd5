"""Which queries and listeners a change of a document can concern, without looking at its content."""

from emulator.core.paths import last_segment, parent_of
from emulator.core.queries.model import Query

Interest = tuple[str, str]
"""A kind (`document`, `collection`, `group` or `everything`) and the path or id it is about."""


def interest_of(wanted: Query | str) -> Interest:
    """Which commits can concern a listened document path or query."""
    if isinstance(wanted, str):
        return "document", wanted
    source = wanted.source
    if not source.collection_id:
        return "everything", ""
    return ("group", source.collection_id) if source.all_descendants else ("collection", source.collection)


def interests_in(path: str) -> tuple[Interest, ...]:
    """The interests that a change of the document at `path` touches."""
    collection = parent_of(path)
    return (
        ("document", path),
        ("collection", collection),
        ("group", last_segment(collection)),
        ("everything", ""),
    )
