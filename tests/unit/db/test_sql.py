"""Named SQL: files are read once and split at their headings."""

import pytest

from courtside.db.sql import Queries, QueryUnknown, split_queries


def test_file_is_split_at_its_headings() -> None:
    text = (
        "-- find_a: Finds a.\nSELECT 1;\n\n"
        "-- update_b: Changes b: all of it.\nUPDATE b SET n = 1\n-- not a heading\nWHERE true;\n"
    )

    assert split_queries(text) == {
        "find_a": "-- find_a: Finds a.\nSELECT 1;",
        "update_b": "-- update_b: Changes b: all of it.\nUPDATE b SET n = 1\n-- not a heading\nWHERE true;",
    }


def test_text_without_a_heading_has_no_queries() -> None:
    assert split_queries("SELECT 1;\n") == {}


def test_comment_with_a_colon_inside_a_query_is_no_heading() -> None:
    text = "-- find_a: Finds a.\nSELECT 1 -- one: the first\n  -- two: indented\n;"

    assert list(split_queries(text)) == ["find_a"]


def test_query_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="find_a"):
        split_queries("-- find_a: One.\nSELECT 1;\n-- find_a: Two.\nSELECT 2;\n")


def test_queries_are_looked_up_by_name() -> None:
    queries = Queries("courtside.db", "idempotency.sql")

    assert queries["find_command"].endswith(";")
    assert {"claim_command", "find_command", "insert_refusal"} <= queries.names()


def test_unknown_query_names_its_file() -> None:
    with pytest.raises(QueryUnknown, match=r"find_nothing in courtside\.db/idempotency\.sql"):
        Queries("courtside.db", "idempotency.sql")["find_nothing"]
