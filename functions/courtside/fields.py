"""Field types that the inputs of several domains share: time zones, names, instants."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, StringConstraints


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _require_zone(name: str) -> str:
    if name not in _known_zones():
        raise ValueError("not an IANA time zone, such as Europe/Madrid")
    return name


def _require_sane_instant(moment: datetime) -> datetime:
    utc = moment.astimezone(UTC)
    if not 2000 <= utc.year <= 2199:
        raise ValueError("not a time between the years 2000 and 2199")
    if utc.second or utc.microsecond:
        raise ValueError("must be a whole minute")
    return utc


TimeZoneName = Annotated[str, StringConstraints(max_length=64), AfterValidator(_require_zone)]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=80)]
ShortText = Annotated[str, StringConstraints(max_length=200)]
LongText = Annotated[str, StringConstraints(max_length=4000)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
# An instant with its offset; a naive time is refused, whole minutes only, given back in UTC.
Instant = Annotated[AwareDatetime, AfterValidator(_require_sane_instant)]
