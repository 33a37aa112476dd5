"""Field types that the inputs of several domains share: time zones, names, instants, dates."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints

from courtside.names import require_plain_name

# RFC 3339, with the seconds and the offset optional. Pydantic alone would also take "86400" as seconds since 1970.
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_AND_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
# Files of a machine's zone database that mean something else, or nothing, on the next machine.
_LOCAL_ZONES = {"localtime", "Factory"}


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones() - _LOCAL_ZONES)


def _require_zone(name: str) -> str:
    if name not in _known_zones():
        raise ValueError("not an IANA time zone, such as Europe/Madrid")
    return name


def _read_date(value: object) -> object:
    return _read(value, _DATE, date.fromisoformat, "not a date as YYYY-MM-DD")


def _read_instant(value: object) -> object:
    return _read(
        value, _DATE_AND_TIME, datetime.fromisoformat, "not a time as YYYY-MM-DDTHH:MM and its offset"
    )


def _read(value: object, shape: re.Pattern[str], parse: Callable[[str], date], problem: str) -> object:
    if not isinstance(value, str):
        return value
    if not shape.fullmatch(value):
        raise ValueError(problem)
    try:
        return parse(value)
    except ValueError:
        # Its own message repeats the input.
        raise ValueError(f"{problem}, or one that does not exist") from None


def _require_sane_instant(moment: datetime) -> datetime:
    # The year as written first: in UTC the last hours of the year 9999 may not exist.
    if not 2000 <= moment.year <= 2199 or not 2000 <= (utc := moment.astimezone(UTC)).year <= 2199:
        raise ValueError("not a time between the years 2000 and 2199")
    if utc.second or utc.microsecond:
        raise ValueError("must be a whole minute")
    return utc


TimeZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_require_zone)]
# Seen by others: of people, services, rooms.
DisplayName = Annotated[
    str, StringConstraints(min_length=1, max_length=80), AfterValidator(require_plain_name)
]
ShortText = Annotated[str, StringConstraints(max_length=200)]
LongText = Annotated[str, StringConstraints(max_length=4000)]
# Why somebody did what others may ask about.
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(require_plain_name)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
# An instant with its offset; a naive time is refused, whole minutes only, given back in UTC.
Instant = Annotated[AwareDatetime, BeforeValidator(_read_instant), AfterValidator(_require_sane_instant)]
CalendarDate = Annotated[date, BeforeValidator(_read_date)]
