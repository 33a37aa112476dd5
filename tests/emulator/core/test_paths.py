"""Names of resources and fields are taken apart and put together as the service does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import InvalidArgument
from emulator.core.order import encode_path
from emulator.core.paths import (
    DatabaseName,
    check_document_path,
    format_field_path,
    numeric_id,
    parse_database,
    parse_field_path,
    split_name,
)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b_1.C", ("a", "b_1", "C")),
        ("`a.b`.c", ("a.b", "c")),
        ("`with \\`quotes\\` and \\\\`", ("with `quotes` and \\",)),
        ("`1`", ("1",)),
        ("__name__", ("__name__",)),
    ],
)
def test_a_field_path_has_simple_and_quoted_segments(text: str, path: tuple[str, ...]) -> None:
    assert parse_field_path(text) == path


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "1a", "a-b", "`a", "`a`b", "``", "a.`", "a b"])
def test_a_malformed_field_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="invalid field path"):
        parse_field_path(text)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_a_formatted_field_path_parses_to_itself(segments: list[str]) -> None:
    assert parse_field_path(format_field_path(tuple(segments))) == tuple(segments)


def test_names_of_databases_and_documents() -> None:
    assert parse_database("projects/p/databases/(default)") == DatabaseName("p", "(default)")
    assert split_name("projects/p/databases/d/documents") == (DatabaseName("p", "d"), "")
    assert split_name("projects/p/databases/d/documents/a/b") == (DatabaseName("p", "d"), "a/b")
    assert str(DatabaseName("p", "d")) == "projects/p/databases/d"


@pytest.mark.parametrize(
    "name", ["", "projects/p", "projects//databases/d", "projects/p/databases/d/documents"]
)
def test_what_is_not_the_name_of_a_database_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match="not a database name"):
        parse_database(name)


def test_numeric_ids_are_recognised_by_their_form_and_range() -> None:
    assert numeric_id("__id-7__") == -7
    assert numeric_id("__id7") is None
    assert numeric_id(f"__id{1 << 63}__") is None


def test_a_path_may_hold_numeric_ids_but_no_other_reserved_ones() -> None:
    check_document_path("a/__id7__")
    with pytest.raises(InvalidArgument, match="reserved"):
        check_document_path("a/__idx__")


def test_a_path_is_at_most_a_hundred_collections_deep() -> None:
    check_document_path("/".join("a" * 200))
    with pytest.raises(InvalidArgument, match="deeper"):
        check_document_path("/".join("a" * 202))


def test_a_document_sorts_before_everything_below_it() -> None:
    assert encode_path("a/b") < encode_path("a/b/c/d") < encode_path("a/b\x00") < encode_path("a/bb")
