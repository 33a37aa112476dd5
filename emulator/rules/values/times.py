"""Methods and functions of timestamps and durations (rules.Timestamp, rules.Duration; all in UTC)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from emulator.rules.values.signatures import DURATION, INT, STRING, TIMESTAMP, Signature
from emulator.rules.values.types import Duration, EvaluationError, Timestamp

SECOND = 1_000_000_000
_DAY = 86_400 * SECOND
_UNITS = {
    "w": 7 * _DAY,
    "d": _DAY,
    "h": 3600 * SECOND,
    "m": 60 * SECOND,
    "s": SECOND,
    "ms": 1_000_000,
    "ns": 1,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _calendar(time: Timestamp) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=time.nanos // 1000)
    except OverflowError:
        raise EvaluationError("Timestamp out of range.") from None


def _start_of_day(time: Timestamp) -> Timestamp:
    return Timestamp(time.nanos // _DAY * _DAY)


def timestamp_date(year: int, month: int, day: int) -> Timestamp:
    """Midnight at the start of a day."""
    try:
        days = (datetime(year, month, day, tzinfo=UTC) - _EPOCH).days
    except (ValueError, OverflowError):
        raise EvaluationError(f"{year}-{month}-{day} is not a date.") from None
    return Timestamp(days * _DAY)


def duration_value(magnitude: int, unit: str) -> Duration:
    """A number of weeks (w), days (d), hours (h), minutes (m), seconds (s), ms or ns."""
    if unit not in _UNITS:
        raise EvaluationError(f"Unknown unit {unit!r}. Expected one of [{', '.join(_UNITS)}].")
    return Duration(magnitude * _UNITS[unit])


def _duration_time(hours: int, minutes: int, seconds: int, nanos: int) -> Duration:
    return Duration(((hours * 60 + minutes) * 60 + seconds) * SECOND + nanos)


def _truncated(nanos: int, unit: int) -> int:
    return nanos // unit if nanos >= 0 else -(-nanos // unit)


def _sub_second(duration: Duration) -> int:
    return duration.nanos - _truncated(duration.nanos, SECOND) * SECOND


TIMESTAMP_METHODS: Mapping[str, Signature] = {
    "date": Signature(_start_of_day, (), TIMESTAMP),
    "day": Signature(lambda time: _calendar(time).day, (), INT),
    "dayOfWeek": Signature(lambda time: _calendar(time).isoweekday(), (), INT),
    "dayOfYear": Signature(lambda time: _calendar(time).timetuple().tm_yday, (), INT),
    "hours": Signature(lambda time: _calendar(time).hour, (), INT),
    "minutes": Signature(lambda time: _calendar(time).minute, (), INT),
    "month": Signature(lambda time: _calendar(time).month, (), INT),
    "nanos": Signature(lambda time: time.nanos % SECOND, (), INT),
    "seconds": Signature(lambda time: _calendar(time).second, (), INT),
    "time": Signature(lambda time: Duration(time.nanos % _DAY), (), DURATION),
    "toMillis": Signature(lambda time: time.nanos // 1_000_000, (), INT),
    "year": Signature(lambda time: _calendar(time).year, (), INT),
}

DURATION_METHODS: Mapping[str, Signature] = {
    "nanos": Signature(_sub_second, (), INT),
    "seconds": Signature(lambda duration: _truncated(duration.nanos, SECOND), (), INT),
}

TIMESTAMP_FUNCTIONS: Mapping[str, Signature] = {
    "date": Signature(timestamp_date, (INT, INT, INT), TIMESTAMP),
    "value": Signature(lambda millis: Timestamp(millis * 1_000_000), (INT,), TIMESTAMP),
}

DURATION_FUNCTIONS: Mapping[str, Signature] = {
    "abs": Signature(lambda duration: Duration(abs(duration.nanos)), (DURATION,), DURATION),
    "time": Signature(_duration_time, (INT, INT, INT, INT), DURATION),
    "value": Signature(duration_value, (INT, STRING), DURATION),
}
