"""Data files hold what was written to them, up to where a write was torn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.data.errors import Damaged
from emulator.data.records import HEADER, Batch, Entry, decode_batches, encode_batch

times = st.integers(0, (1 << 63) - 1)
entries = st.builds(
    Entry,
    path=st.text(min_size=1, max_size=8),
    created=times,
    time=times,
    wire=st.none() | st.binary(max_size=20),
)
batches = st.builds(Batch, database=st.text(max_size=8), time=times, entries=st.lists(entries, max_size=4))


def encoded(found: list[Batch]) -> bytes:
    return HEADER + b"".join(encode_batch(*batch) for batch in found)


def decoded(data: bytes) -> list[Batch]:
    return [batch for batch, _ in decode_batches(data)]


@given(st.lists(batches, max_size=4))
def test_batches_come_back_as_they_were(written: list[Batch]) -> None:
    assert decoded(encoded(written)) == written


SOME = [
    Batch("db", time, [Entry(f"rooms/{time}", 1, time, b"x" * time), Entry("rooms/gone", 0, time, None)])
    for time in range(1, 4)
]


def test_a_file_cut_anywhere_holds_what_was_written_whole() -> None:
    data = encoded(SOME)
    ends = [len(encoded(SOME[:number])) for number in range(1, 4)]

    for length in range(len(data)):
        found = list(decode_batches(data[:length]))

        assert [batch for batch, _ in found] == SOME[: sum(end <= length for end in ends)]
        assert [end for _, end in found] == [end for end in ends if end <= length]


def test_a_last_record_with_a_wrong_checksum_counts_as_torn() -> None:
    data = encoded(SOME)

    assert decoded(data[:-1] + bytes([data[-1] ^ 1])) == SOME[:-1]


def test_damage_before_the_last_record_is_reported_with_its_place() -> None:
    data = bytearray(encoded(SOME))
    place = len(encoded(SOME[:1]))
    data[place + 20] ^= 1

    with pytest.raises(Damaged, match=f"the record at byte {place} "):
        decoded(bytes(data))


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(Damaged, match="does not begin like"):
        decoded(b"something else\n" * 3)
