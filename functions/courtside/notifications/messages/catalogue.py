"""The texts of one language: a gettext catalogue beside this file, compiled in memory when it is first asked for."""

from functools import lru_cache
from gettext import GNUTranslations
from importlib import resources
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# A language is a file here and a word in this line. The first is what everybody else gets.
LANGUAGES = ("en", "es")


class Catalogue:
    """Texts by key; a key that is not translated is not there."""

    def __init__(self, source: Catalog) -> None:
        compiled = BytesIO()
        write_mo(compiled, source)
        compiled.seek(0)
        self._translations = GNUTranslations(compiled)
        self._keys = {
            str(each.id if isinstance(each.id, str) else each.id[0]) for each in source if each.string
        }

    def find(self, key: str) -> str | None:
        """A text with its placeholders."""
        return self._translations.gettext(key) if key in self._keys else None

    def find_plural(self, key: str, count: int) -> str | None:
        """The text for so many."""
        return self._translations.ngettext(key, key, count) if key in self._keys else None

    def __getitem__(self, key: str) -> str:
        """A text that every language has.

        Raises:
            KeyError: this one has not.
        """
        if key not in self._keys:
            raise KeyError(key)
        return self._translations.gettext(key)


def read_source(language: str) -> Catalog:
    """A catalogue as translators see it."""
    text = resources.files(__package__).joinpath(f"{language}.po").read_bytes()
    return read_po(BytesIO(text), locale=language)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue_of(language: str) -> Catalogue:
    """The catalogue of one of LANGUAGES."""
    return Catalogue(read_source(language))


def language_of(locale: str) -> str:
    """Which of our languages somebody with this locale, such as `es-AR`, is told in."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else LANGUAGES[0]
