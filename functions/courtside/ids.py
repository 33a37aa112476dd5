"""Identifiers: time-ordered row ids, and which strings are safe as one segment of a document path."""

import re
import secrets
import time
from uuid import UUID

# Stricter than Firestore (any UTF-8 but `/`, not `.`, `..` or `__x__`): Firebase does not validate uids,
# so `a/../admin` is a legal uid that must never reach a path.
_SAFE_SEGMENT = re.compile(r"(?!__.*__\Z)[A-Za-z0-9_-]{1,128}\Z")


def uuid7() -> UUID:
    """A new time-ordered UUID (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def is_safe_segment(text: str) -> bool:
    """Whether `text` may stand between two slashes of a document path."""
    return _SAFE_SEGMENT.match(text) is not None
