"""Identifiers: row ids, and which strings are safe as one segment of a document path."""

import re
from uuid import UUID, uuid4

# Stricter than Firestore (any UTF-8 but `/`, not `.`, `..` or `__x__`): Firebase does not validate uids,
# so `a/../admin` is a legal uid that must never reach a path.
_SAFE_SEGMENT = re.compile(r"(?!__.*__\Z)[A-Za-z0-9_-]{1,128}\Z")


def new_id() -> UUID:
    """A new random id, not ordered by time: it becomes a document's, and Firestore splits load by ranges of ids."""
    return uuid4()


def is_safe_segment(text: str) -> bool:
    """Whether `text` may stand between two slashes of a document path."""
    return _SAFE_SEGMENT.match(text) is not None
