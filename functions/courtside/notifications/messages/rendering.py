"""What a notification says, in its reader's language: a pure function of what is to be told."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any, Protocol

from babel import Locale

from courtside.notifications.messages.catalogue import Catalogue, catalogue_of, language_of
from courtside.notifications.messages.formats import (
    date_of,
    lines,
    locale_of,
    money_of,
    number_of,
    one_line,
    signed,
    time_of,
    zone_label,
    zone_of,
)
from courtside.notifications.model import LeasedDelivery
from courtside.notifications.types import actions_of, link_of, type_of

_MOST_NAME, _MOST_TITLE, _MOST_BODY, _MOST_PUSH = 120, 150, 4_000, 240


class Told(Protocol):
    """What is to be told: a notice before it is written, or a notification that may stand for several."""

    @property
    def type(self) -> str: ...

    @property
    def payload(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Message:
    """Plain texts, all of one language; `link` is a path below the application's address.

    What a push says holds no names: it stands on locked screens. `facts` are label and value of each line of an e-mail
    that stands out; `actions` are name and label of each thing that can be done about it.
    """

    type: str
    language: str
    title: str
    body: str
    push_title: str
    push_body: str
    subject: str
    link: str
    facts: tuple[tuple[str, str], ...]
    actions: tuple[tuple[str, str], ...]


def message_of(told: Told, language: str, time_zone: str) -> Message:
    """What a notification says to a reader of this locale, such as `es-AR`, in this zone.

    It never raises: what a payload lacks is left out, and of an unknown type it says that there is something new.
    """
    locale, texts = locale_of(language), catalogue_of(language_of(language))
    payload, count = told.payload, getattr(told, "count", 1)
    values = _Values(payload, locale, texts, time_zone)
    keys = list(_keys(told.type, payload))
    if count > 1:
        title, body = _many(keys, count, texts, locale), texts["many.body"]
        push = body
    else:
        title = _text(keys, "title", texts, values)
        body, push = _text(keys, "body", texts, values), _text(keys, "push", texts, values)
    service = values.find("service") if count == 1 else None
    return Message(
        type=told.type,
        language=language_of(language),
        title=one_line(title, _MOST_TITLE),
        body=lines(body, _MOST_BODY),
        push_title=one_line(title, _MOST_TITLE),
        push_body=one_line(push, _MOST_PUSH),
        subject=one_line(f"{title}: {service}" if service else title, _MOST_TITLE),
        link=link_of(told.type, payload) if count == 1 else "/inbox",
        facts=tuple(_facts(texts, values)) if count == 1 else (),
        actions=tuple(_actions(told.type, payload, texts)) if count == 1 else (),
    )


@dataclass(frozen=True)
class _Item:
    type: str
    payload: dict[str, Any]


def items_of(delivery: LeasedDelivery) -> tuple[Message, ...]:
    """What an e-mail for several names of them, each as it would be told by itself."""
    items = (_Item(type_, payload) for type_, payload in delivery.told)
    return tuple(message_of(item, delivery.language, delivery.time_zone) for item in items)


def name_of_type(type_: str, language: str) -> str:
    """What notifications of a type are called where people choose among them."""
    texts = catalogue_of(language_of(language))
    return texts.find(f"{type_}.name") or texts["unknown.name"]


class _Values(Mapping[str, str]):
    """What may stand in a text, by the name of its placeholder; KeyError where the payload does not give it."""

    def __init__(self, payload: Mapping[str, Any], locale: Locale, texts: Catalogue, time_zone: str) -> None:
        self._payload, self._locale, self._texts = payload, locale, texts
        self._zone = zone_of(time_zone)

    def __getitem__(self, name: str) -> str:
        field, render = _PLACEHOLDERS[name]
        value = self._payload[field]
        if value is None:
            raise KeyError(name)
        try:
            return render(self, value)
        except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
            raise KeyError(name) from error

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACEHOLDERS)

    def __len__(self) -> int:
        return len(_PLACEHOLDERS)

    def find(self, name: str) -> str | None:
        """A value, if the payload gives it."""
        try:
            return self[name]
        except KeyError:
            return None

    def moment(self, text: str) -> str:
        """A moment on the reader's clock, with weekday and zone."""
        return _moment(self._texts["when"], text, self._zone, self._locale)

    def day(self, text: str) -> str:
        """A date with its weekday."""
        return date_of(date.fromisoformat(text), self._locale)

    def amount(self, key: str, number: int) -> str:
        """So many of something; a fraction of it is not told."""
        if not isinstance(number, int):
            raise TypeError(f"{number!r} is no count")
        text = self._texts.find_plural(f"amount.{key}", abs(number)) or "{count}"
        return text.format(count=number_of(abs(number), self._locale))

    def money(self, minor: int) -> str:
        """Minor units of the payload's currency."""
        return money_of(minor, str(self._payload["currency"]), self._locale)

    def signed(self, number: int) -> str:
        """A number that was added or taken."""
        return signed(number, self._locale)


@lru_cache(
    maxsize=2_000
)  # each that is told of a session is told when it is, in an inbox, a push and an e-mail
def _moment(template: str, text: str, zone: tzinfo, locale: Locale) -> str:
    local = datetime.fromisoformat(text).astimezone(zone)
    return template.format(
        date=date_of(local.date(), locale), time=time_of(local, locale), zone=zone_label(local)
    )


# Placeholder → the field of the payload that it comes from, and how it is written.
_PLACEHOLDERS: Mapping[str, tuple[str, Callable[[_Values, Any], str]]] = {
    "service": ("service_name", lambda values, name: one_line(name, _MOST_NAME)),
    "when": ("starts_at", _Values.moment),
    "old_when": ("old_starts_at", _Values.moment),
    "until": ("expires_at", _Values.moment),
    "date": ("on_date", _Values.day),
    "credits": ("change", lambda values, number: values.amount("credits", number)),
    "change": ("change", _Values.signed),
    "money": ("amount_minor", _Values.money),
    "stars": ("rating", lambda values, number: values.amount("stars", number)),
    "unread": ("unread", lambda values, number: values.amount("unread", number)),
    "times": ("failures", lambda values, number: values.amount("times", number)),
    "position": ("position", lambda values, number: number_of(number, values._locale)),
    "announced": ("title", lambda values, text: one_line(text, _MOST_TITLE)),
    "announcement": ("body", lambda values, text: lines(text, _MOST_BODY)),
}
PLACEHOLDERS = frozenset(_PLACEHOLDERS)


def _keys(type_: str, payload: Mapping[str, Any]) -> Iterator[str]:
    """Keys of the texts that may fit, the most particular first."""
    variants = [str(payload.get(field, "")) for field in type_of(type_).told_by]
    yield ".".join((type_, *variants))
    for variant in reversed(variants):
        yield f"{type_}.{variant}"
    yield type_
    yield "unknown"


def _text(keys: list[str], part: str, texts: Catalogue, values: _Values) -> str:
    """The first text that the payload fills; there always is one, for the last has nothing to fill."""
    templates = filter(None, (texts.find(f"{key}.{part}") for key in keys))
    return next(filled for template in templates if (filled := _filled(template, values)))


def _filled(template: str, values: _Values) -> str:
    """A text with its placeholders filled in; empty where the payload has nothing for one of them."""
    try:
        return template.format_map(values).strip()
    except KeyError:
        return ""


def _many(keys: list[str], count: int, texts: Catalogue, locale: Locale) -> str:
    found = (texts.find_plural(f"{key}.many", count) for key in keys)
    # The last is there in every language.
    text = next(text for text in found if text is not None)
    return text.format(count=number_of(count, locale))


def _facts(texts: Catalogue, values: _Values) -> Iterator[tuple[str, str]]:
    for label, name in (("what", "service"), ("when", "when"), ("was", "old_when"), ("until", "until")):
        if value := values.find(name):
            yield texts[f"email.{label}"], value


def _actions(type_: str, payload: Mapping[str, Any], texts: Catalogue) -> Iterator[tuple[str, str]]:
    for action in actions_of(type_, payload):
        yield action["name"], texts[f"action.{action['name']}"]
