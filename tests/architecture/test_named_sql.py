"""Named SQL and the code that uses it match: every query is used, has a sentence, and stands in an SQL file."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from courtside.db.sql import split_queries
from tests.architecture.source import FUNCTIONS, Module, courtside_modules, planted

SQL_KEYWORDS = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.DOTALL)
HEADING = re.compile(r"-- (?P<name>[a-z][a-z0-9_]*): [A-Z].*\.\Z")


@dataclass(frozen=True)
class Use:
    """One `Queries(…)` of a module: the file it reads, and the names it looks up."""

    module: Module
    file: Path
    names: frozenset[str]


def uses_of(module: Module) -> Iterator[Use]:
    """The `Queries` that a module makes; it keeps each in a variable of its own."""
    for node in module.tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=variable)], value=ast.Call(func=ast.Name(id="Queries"), args=args)
            ):
                file = args[1].value if len(args) > 1 and isinstance(args[1], ast.Constant) else "queries.sql"
                yield Use(module, module.path.with_name(str(file)), _names_looked_up(module, variable))


def _names_looked_up(module: Module, variable: str) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(module.tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))) if (
                name == variable
            ):
                names.add(key)
            case ast.Subscript(value=ast.Name(id=name)) if name == variable:
                names |= _texts(module)  # chosen by a variable: any text of the module may be its value
    return frozenset(names)


def _texts(module: Module) -> set[str]:
    constants = (node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and re.fullmatch(r"[a-z_]+", value)}


def inline_sql(module: Module) -> list[str]:
    """Statements written inside Python."""
    constants = (node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant))
    return [value for value in constants if isinstance(value, str) and SQL_KEYWORDS.search(value)]


def files() -> list[Path]:
    return sorted((FUNCTIONS / "courtside").rglob("*.sql"))


def uses() -> list[Use]:
    return [use for module in courtside_modules() for use in uses_of(module)]


def headings(file: Path) -> frozenset[str]:
    return frozenset(split_queries(file.read_text(encoding="utf-8")))


def test_every_query_is_used() -> None:
    used: dict[Path, set[str]] = {}
    for use in uses():
        used.setdefault(use.file, set()).update(use.names)

    unused = {file.name: headings(file) - used.get(file, set()) for file in files()}
    assert {file: sorted(names) for file, names in unused.items() if names} == {}
    assert len(files()) >= 6


def test_every_name_looked_up_is_a_query() -> None:
    dynamic = {str(use.module) for use in uses() if not use.names <= headings(use.file)}

    # Only the outbox chooses a query by a variable; its texts are more than names of queries.
    assert dynamic <= {"functions/courtside/db/outbox.py"}


@pytest.mark.parametrize("file", files(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_query_has_a_sentence_above_it(file: Path) -> None:
    lines = [text.splitlines()[0] for text in split_queries(file.read_text(encoding="utf-8")).values()]

    assert [line for line in lines if not HEADING.match(line)] == []


@pytest.mark.parametrize("file", files(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_nothing_stands_before_the_first_heading(file: Path) -> None:
    assert file.read_text(encoding="utf-8").startswith("-- ")


def test_sql_is_written_in_sql_files() -> None:
    # The runner of migrations makes the table in which it keeps them.
    runner = "functions/courtside/db/migrate.py"
    written = {str(module): inline_sql(module) for module in courtside_modules() if str(module) != runner}

    assert {module: texts for module, texts in written.items() if texts} == {}


def test_unused_and_unknown_names_would_be_caught() -> None:
    text = '_QUERIES = Queries(__package__, "x.sql")\n_QUERIES["find_a"]\n'

    (use,) = uses_of(planted("courtside.things.store", text))

    assert use.file.name == "x.sql"
    assert use.names == {"find_a"}


@pytest.mark.parametrize(
    "text",
    [
        'find("SELECT n FROM t")',
        'run(f"UPDATE {t} SET n = 1", "DELETE FROM t")',
        'run("INSERT INTO t VALUES (1)")',
        'run("""SELECT n\nFROM t""")',
    ],
)
def test_sql_inside_python_would_be_caught(text: str) -> None:
    assert inline_sql(planted("courtside.things.store", text))
