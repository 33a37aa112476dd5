"""Encoded document changes are what protobuf makes of them."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.listen.encoding import encode_document_change
from emulator.wire import ListenResponse
from tests.emulator.values import document

targets = st.lists(st.integers(1, 2**31 - 1), max_size=3, unique=True)


@given(st.integers(0, 40_000), targets, targets)
def test_a_document_change_reads_as_protobuf_writes_it(
    length: int, added: list[int], removed: list[int]
) -> None:
    changed = document("rooms/a", {"x": "y" * length})
    expected = ListenResponse()
    expected.document_change.document.CopyFrom(changed)
    expected.document_change.target_ids.extend(added)
    expected.document_change.removed_target_ids.extend(removed)

    encoded = encode_document_change(changed.SerializeToString(), added, removed)

    assert ListenResponse.FromString(encoded) == expected
