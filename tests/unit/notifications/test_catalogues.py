"""Every text exists in every language, with the same placeholders, and for every type."""

from datetime import date, timedelta
from string import Formatter

import pytest
from babel.messages.catalog import Message

from courtside.bookings.achievements import achieved
from courtside.bookings.conflicts import Kind
from courtside.notifications.messages.catalogue import (
    LANGUAGES,
    Catalogue,
    catalogue_of,
    language_of,
    read_source,
)
from courtside.notifications.messages.rendering import PLACEHOLDERS
from courtside.notifications.types import TYPES

ENTRIES = {
    language: {
        _key: each
        for each in read_source(language)
        if (_key := str(each.id if isinstance(each.id, str) else each.id[0]))
    }
    for language in LANGUAGES
}
KEYS = sorted(ENTRIES["en"])
FILLED_ELSEWHERE = {"count", "kind", "time", "zone"}


def texts_of(entry: Message) -> list[str]:
    return [entry.string] if isinstance(entry.string, str) else list(entry.string or ())


def placeholders_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated(language: str) -> None:
    assert sorted(ENTRIES[language]) == KEYS
    assert [key for key, entry in ENTRIES[language].items() if not all(texts_of(entry))] == []
    assert [key for key, entry in ENTRIES[language].items() if entry.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("key", KEYS)
def test_a_translation_says_what_the_original_says(language: str, key: str) -> None:
    original, translation = texts_of(ENTRIES["en"][key]), texts_of(ENTRIES[language][key])

    assert {name for text in translation for name in placeholders_of(text)} == {
        name for text in original for name in placeholders_of(text)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_is_known_and_plain(language: str) -> None:
    texts = [text for entry in ENTRIES[language].values() for text in texts_of(entry)]

    assert {name for text in texts for name in placeholders_of(text)} <= PLACEHOLDERS | FILLED_ELSEWHERE
    assert not any("!" in field or ":" in field for text in texts for field in _fields(text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("type_", [*TYPES, "unknown"])
def test_every_type_has_a_name_a_title_a_body_and_a_push(language: str, type_: str) -> None:
    texts = catalogue_of(language)

    assert all(texts.find(f"{type_}.{part}") for part in ("name", "title", "body", "push"))
    if type_ in TYPES and TYPES[type_].grouped:
        assert texts.find_plural(f"{type_}.many", 2)
    for actions in (TYPES[type_].actions if type_ in TYPES else {}).values():
        assert all(texts.find(f"action.{action.name}") for action in actions)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_achievement_and_every_kind_of_conflict_has_a_text(language: str) -> None:
    texts = catalogue_of(language)
    codes = achieved(100, [*_mondays(26)])

    assert len(codes) == 7
    assert all(texts.find(f"achievement.awarded.{code}.body") for code in codes)
    assert all(texts.find(f"schedule.conflict.{kind}.body") for kind in Kind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_push_tells_names_or_times(language: str) -> None:
    pushed = [
        key for key in KEYS if key.endswith((".push", ".title")) and not key.startswith("broadcast.sent")
    ]

    told = {
        name for key in pushed for text in texts_of(ENTRIES[language][key]) for name in placeholders_of(text)
    }
    assert told <= {"count"}


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", 1, "{count} new booking"),
        ("en", 0, "{count} new bookings"),
        ("es", 1, "{count} reserva nueva"),
        ("es", 2, "{count} reservas nuevas"),
    ],
)
def test_a_number_chooses_its_form(language: str, count: int, text: str) -> None:
    assert catalogue_of(language).find_plural("session.booked.many", count) == text


def test_a_missing_translation_would_be_caught() -> None:
    source = read_source("es")
    source["email.open"].string = ""
    texts = Catalogue(source)

    assert texts.find("email.open") is None
    with pytest.raises(KeyError, match=r"email\.open"):
        texts["email.open"]


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("es", "es"),
        ("es-AR", "es"),
        ("ES_mx", "es"),
        ("en-GB", "en"),
        ("de-DE", "en"),
        ("", "en"),
        ("est", "en"),
    ],
)
def test_a_locale_is_told_in_its_language_or_in_english(locale: str, language: str) -> None:
    assert language_of(locale) == language


def _fields(text: str) -> list[str]:
    return [
        f"{name}{'!' if conversion else ''}{':' if spec else ''}"
        for _, name, spec, conversion in Formatter().parse(text)
        if name
    ]


def _mondays(count: int) -> list[date]:
    return [date(2026, 1, 5) + timedelta(weeks=week) for week in range(count)]
