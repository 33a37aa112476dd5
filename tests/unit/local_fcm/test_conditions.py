"""Conditions over topics: which FCM can read."""

import pytest

from local.fcm.conditions import complaint_about


@pytest.mark.parametrize(
    "condition",
    [
        "'a' in topics",
        '"a" in topics',
        "'a' in topics && ('b' in topics || 'c' in topics)",
        "!('a' in topics)",
        "!'a' in topics || !(!('b' in topics))",
        " ( 'a'  in  topics ) ",
        "'a' in topics || 'b' in topics || 'c' in topics || 'd' in topics || 'e' in topics",
    ],
)
def test_condition_can_be_read(condition: str) -> None:
    assert complaint_about(condition) is None


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "a in topics",
        "'a'",
        "'a' in topic",
        "'a' in topics &",
        "'a' in topics & 'b' in topics",
        "'a' in topics 'b' in topics",
        "&& 'a' in topics",
        "('a' in topics",
        "'a' in topics)",
        "()",
        "'a b' in topics",
        "'' in topics",
        " || ".join(f"'{name}' in topics" for name in "abcdef"),
    ],
)
def test_condition_that_cannot_be_read_is_complained_about(condition: str) -> None:
    assert complaint_about(condition)


def test_deep_nesting_is_read_or_refused_but_never_a_failure() -> None:
    assert complaint_about("(" * 20_000 + "'a' in topics" + ")" * 20_000)
