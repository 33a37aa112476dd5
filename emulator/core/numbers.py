"""Numbers as bytes that sort like the numbers, integers and doubles among each other exactly."""

import struct
from math import isnan, nextafter

NAN = b"\x00"
"""The sort key of NaN, before all numbers."""

_SIGN = 1 << 63
_ALL = (1 << 64) - 1
_pack_number = struct.Struct(">BQH").pack
_pack_double = struct.Struct(">d").pack
_unpack_u64 = struct.Struct(">Q").unpack


def double_bits(number: float) -> int:
    """Bits of a double as an integer that grows with the number (-0.0 equals 0.0)."""
    bits: int = _unpack_u64(_pack_double(number + 0.0))[0]
    return bits ^ _ALL if bits & _SIGN else bits | _SIGN


def encode_double(number: float) -> bytes:
    """Sort key of a double."""
    return NAN if isnan(number) else _pack_number(1, double_bits(number), 0)


def encode_integer(number: int) -> bytes:
    """Sort key of an integer: the greatest double that is not above it, then what is missing.

    A 64-bit integer is less than 2048 above that double, so both kinds of number compare exactly.
    """
    below = float(number)
    if below > number:
        below = nextafter(below, float("-inf"))
    return _pack_number(1, double_bits(below), number - int(below))
