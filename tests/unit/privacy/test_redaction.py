"""What is cleared out of the audit: every text that is not known to be one of our own codes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.privacy.redaction import CLEARED, cleared

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def texts(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Every text in a value, with the name under which it stands."""
    match value:
        case str():
            return [(name, value)]
        case dict():
            return [found for key, item in value.items() for found in texts(item, key)]
        case list():
            return [found for item in value for found in texts(item, name)]
        case _:
            return []


def shape(value: Any) -> Any:
    """The value with its texts left out."""
    match value:
        case str():
            return ""
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return [shape(item) for item in value]
        case _:
            return value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"status": "cancelled", "reason": "Ada is ill"}, {"status": "cancelled", "reason": CLEARED}),
        ({"role": "client", "display_name": "Ada"}, {"role": "client", "display_name": CLEARED}),
        ({"specialties": ["boxing", ""], "capacity": 3}, {"specialties": [CLEARED, ""], "capacity": 3}),
        ({"hours": [{"weekday": 1, "start": "09:00"}]}, {"hours": [{"weekday": 1, "start": "09:00"}]}),
        ({"status": {"said": "by Ada"}}, {"status": {"said": CLEARED}}),
        (None, None),
    ],
)
def test_texts_go_and_codes_stay(before: Any, after: Any) -> None:
    assert cleared(before) == after


@given(JSON)
def test_what_is_not_known_is_cleared_and_the_shape_stays(value: Any) -> None:
    after = cleared(value)

    assert shape(after) == shape(value)
    assert cleared(after) == after
    kept = {"status", "role", "kind", "active", "start", "end", "ended", "outcome", "currency"}
    assert all(
        text in ("", CLEARED) or name in kept or name.endswith(("_id", "_at", "_date", "on_date"))
        for name, text in texts(after)
    )
