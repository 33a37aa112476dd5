"""Named SQL: each domain's `queries.sql`, read once, looked up by the name of the function that uses it.

A query opens with one heading, `-- name: what it is for, in a sentence.`, and runs to the next heading.
"""

import re
from importlib import resources
from itertools import zip_longest
from typing import LiteralString

_HEADING = re.compile(r"^-- (?P<name>[a-z][a-z0-9_]*): ", re.MULTILINE)


class QueryUnknown(KeyError):
    """No query of that name in the file."""


class Queries:
    """The queries of one package's file, by name."""

    def __init__(self, package: str, file: str = "queries.sql") -> None:
        self.source = f"{package}/{file}"
        self._texts = split_queries(resources.files(package).joinpath(file).read_text(encoding="utf-8"))

    def __getitem__(self, name: str) -> LiteralString:
        """The text of one query; file contents are as trusted as literals, values are always parameters.

        Raises:
            QueryUnknown: the file has no such heading.
        """
        try:
            return self._texts[name]
        except KeyError:
            raise QueryUnknown(f"{name} in {self.source}") from None

    def names(self) -> frozenset[str]:
        """Every heading of the file."""
        return frozenset(self._texts)


def split_queries(text: str) -> dict[str, str]:
    """Name → statement, headings kept as a comment so that the server's logs name the query.

    Raises:
        ValueError: two queries have the same name.
    """
    headings = list(_HEADING.finditer(text))
    queries: dict[str, str] = {}
    for heading, following in zip_longest(headings, headings[1:]):
        name = heading["name"]
        if name in queries:
            raise ValueError(f"two queries are named {name}")
        queries[name] = text[heading.start() : following.start() if following else None].strip()
    return queries
