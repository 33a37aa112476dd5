"""Dates, money and names as a reader sees them; whatever was stored, none of these raises."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, get_currency_precision

from courtside.notifications.messages.catalogue import language_of

# Control characters, line and paragraph separators, and marks that turn the direction of what follows.
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_HIDDEN_BUT_LINES = re.compile(_HIDDEN.pattern.replace(r"\x00-\x1f", r"\x00-\x09\x0b-\x1f"))
# A currency's code, where the locale knows no symbol, right before or after the digits.
_GLUED = re.compile(r"(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Z])")
# Some programs draw a box for the narrow space that English puts before AM and PM.
_NARROW_SPACE, _SPACE = "\u202f", "\u00a0"


@lru_cache(maxsize=200)
def locale_of(name: str) -> Locale:
    """How somebody with this locale writes dates and numbers, in the language that we tell them in."""
    with suppress(UnknownLocaleError, ValueError, TypeError):
        locale = Locale.parse(name, sep="_" if "_" in name else "-")
        if locale.language == language_of(name):
            return locale
    return Locale.parse(language_of(name))


def zone_of(name: str) -> tzinfo:
    """An IANA zone; UTC for what is none."""
    # No such zone is a KeyError; names of files and folders of the zone database are the others.
    with suppress(KeyError, ValueError, OSError):
        return ZoneInfo(name)
    return UTC


def date_of(day: date, locale: Locale) -> str:
    """A date with its weekday."""
    return format_date(day, "full", locale=locale).replace(_NARROW_SPACE, _SPACE)


def time_of(moment: datetime, locale: Locale) -> str:
    """A time of day, in the zone that the moment has."""
    return format_time(moment.time(), "short", locale=locale).replace(_NARROW_SPACE, _SPACE)


def zone_label(moment: datetime) -> str:
    """The zone's abbreviation at that moment, such as CEST; UTC+4 where it has none."""
    name = moment.tzname() or "UTC"
    if name[:1] not in "+-":
        return name
    hours, minutes = name[1:3].lstrip("0") or "0", name[3:5]
    return f"UTC{name[0]}{hours}" + (f":{minutes}" if minutes.strip("0") else "")


def money_of(minor: int, currency: str, locale: Locale) -> str:
    """An amount of minor units, with as many digits as the currency has."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    written = format_currency(amount, currency, locale=locale).replace(_NARROW_SPACE, _SPACE)
    return _GLUED.sub(_SPACE, written)


def number_of(number: int, locale: Locale) -> str:
    """A whole number."""
    return format_decimal(number, locale=locale)


def signed(number: int, locale: Locale) -> str:
    """A whole number with its sign."""
    return format_decimal(number, format="+#,##0;-#,##0", locale=locale)


def one_line(text: str, most: int) -> str:
    """Somebody's words as one line of at most so many characters, with nothing in it that cannot be seen."""
    return _shortened(" ".join(_HIDDEN.sub(" ", text).split()), most)


def lines(text: str, most: int) -> str:
    """The same, but for line breaks, which stay."""
    kept = _HIDDEN_BUT_LINES.sub(" ", text.replace("\r\n", "\n"))
    return _shortened("\n".join(line.strip() for line in kept.split("\n")).strip(), most)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
