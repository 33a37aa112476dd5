"""Document changes encoded around the stored bytes of their document, which need not be parsed for that."""

from collections.abc import Sequence
from functools import lru_cache

from emulator.wire import MESSAGES, ListenResponse

_LENGTH_DELIMITED = 2


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _tag(message: object, field: str) -> bytes:
    number = message.DESCRIPTOR.fields_by_name[field].number  # type: ignore[attr-defined]
    return _varint(number << 3 | _LENGTH_DELIMITED)


_CHANGE = _tag(ListenResponse, "document_change")
_DOCUMENT = _tag(MESSAGES["DocumentChange"], "document")


@lru_cache(maxsize=1024)
def _targets(added: tuple[int, ...], removed: tuple[int, ...]) -> bytes:
    change = MESSAGES["DocumentChange"](target_ids=added, removed_target_ids=removed)
    encoded: bytes = change.SerializeToString()
    return encoded


def encode_document_change(document: bytes, added: Sequence[int], removed: Sequence[int]) -> bytes:
    """A ListenResponse with a change of a serialised document for targets it is in and was in."""
    targets = _targets(tuple(added), tuple(removed))
    length = _varint(len(document))
    size = _varint(len(_DOCUMENT) + len(length) + len(document) + len(targets))
    return b"".join((_CHANGE, size, _DOCUMENT, length, document, targets))
