"""The `math`, `latlng` and `hashing` namespaces, and the methods of points on earth."""

import hashlib
import math
import zlib
from collections.abc import Mapping

from emulator.rules.values.signatures import BOOL, BYTES, FLOAT, INT, LATLNG, NUMBER, STRING, Signature
from emulator.rules.values.types import EvaluationError, LatLng, check_int

_Number = int | float
_EARTH_RADIUS_M = 6_371_010.0


def _whole(value: _Number) -> int:
    if not math.isfinite(value):
        raise EvaluationError("The number has no integer value.")
    return check_int(int(value))


def _ceil(value: _Number) -> int:
    return _whole(math.ceil(value) if math.isfinite(value) else value)


def _floor(value: _Number) -> int:
    return _whole(math.floor(value) if math.isfinite(value) else value)


def _round(value: _Number) -> int:
    """Halves go up, as in `math.round(2.5) == 3`."""
    return value if isinstance(value, int) else _floor(value + 0.5)


def _abs(value: _Number) -> _Number:
    return check_int(abs(value)) if isinstance(value, int) else abs(value)


def _pow(base: _Number, exponent: _Number) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


MATH_FUNCTIONS: Mapping[str, Signature] = {
    "abs": Signature(_abs, (NUMBER,), NUMBER),
    "ceil": Signature(_ceil, (NUMBER,), INT),
    "floor": Signature(_floor, (NUMBER,), INT),
    "isInfinite": Signature(lambda value: math.isinf(value), (NUMBER,), BOOL),
    "isNaN": Signature(lambda value: math.isnan(value), (NUMBER,), BOOL),
    "pow": Signature(_pow, (NUMBER, NUMBER), FLOAT),
    "round": Signature(_round, (NUMBER,), INT),
    "sqrt": Signature(lambda value: math.sqrt(value) if value >= 0 else math.nan, (NUMBER,), FLOAT),
}


def _latlng(latitude: _Number, longitude: _Number) -> LatLng:
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        raise EvaluationError(f"({latitude}, {longitude}) is not a point on earth.")
    return LatLng(float(latitude), float(longitude))


def _distance(one: LatLng, other: LatLng) -> float:
    """Metres along a great circle (haversine)."""
    latitudes = math.radians(one.latitude), math.radians(other.latitude)
    half_height = (latitudes[1] - latitudes[0]) / 2
    half_width = math.radians(other.longitude - one.longitude) / 2
    squared = math.sin(half_height) ** 2
    squared += math.cos(latitudes[0]) * math.cos(latitudes[1]) * math.sin(half_width) ** 2
    return 2 * _EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(squared)))


LATLNG_FUNCTIONS: Mapping[str, Signature] = {"value": Signature(_latlng, (NUMBER, NUMBER), LATLNG)}

LATLNG_METHODS: Mapping[str, Signature] = {
    "distance": Signature(_distance, (LATLNG,), FLOAT),
    "latitude": Signature(lambda point: point.latitude, (), FLOAT),
    "longitude": Signature(lambda point: point.longitude, (), FLOAT),
}


def _octets(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _crc32c_table() -> list[int]:
    table = []
    for byte in range(256):
        code = byte
        for _ in range(8):
            code = code >> 1 ^ (0x82F63B78 if code & 1 else 0)
        table.append(code)
    return table


_CRC32C = _crc32c_table()


def _crc32c(content: str | bytes) -> bytes:
    code = 0xFFFFFFFF
    for byte in _octets(content):
        code = code >> 8 ^ _CRC32C[(code ^ byte) & 0xFF]
    return (code ^ 0xFFFFFFFF).to_bytes(4, "big")


def _crc32(content: str | bytes) -> bytes:
    return zlib.crc32(_octets(content)).to_bytes(4, "big")


def _md5(content: str | bytes) -> bytes:
    return hashlib.md5(_octets(content), usedforsecurity=False).digest()


HASHING_FUNCTIONS: Mapping[str, Signature] = {
    "crc32": Signature(_crc32, (BYTES | STRING,), BYTES),
    "crc32c": Signature(_crc32c, (BYTES | STRING,), BYTES),
    "md5": Signature(_md5, (BYTES | STRING,), BYTES),
    "sha256": Signature(lambda content: hashlib.sha256(_octets(content)).digest(), (BYTES | STRING,), BYTES),
}
