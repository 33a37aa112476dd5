"""A row holds only if its fault struck, the system came to rest, and nothing was found."""

from dataclasses import replace

import pytest

from tests.faults.catalogue import NotInjected, Row, Setup
from tests.faults.report import documented, verdict
from tests.faults.runner import Result

ROW = Row(21, "outage", "for a while", "goes on", "I3", lambda arena: 1, Setup(), rest_seconds=60.0)
HELD = Result(ROW, struck=1_234, answers=50, rest_seconds=2.04)


def test_a_row_holds() -> None:
    assert HELD.holds
    assert "holds" in verdict(HELD)


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (replace(HELD, violations=["lost"]), "FAILS"),
        (replace(HELD, rest_seconds=None), "never at rest"),
        (replace(HELD, struck=0), "never struck"),
    ],
    ids=["violated", "restless", "unharmed"],
)
def test_a_row_does_not_hold(result: Result, shown: str) -> None:
    assert not result.holds
    assert shown in verdict(result)


def test_documentation_has_a_line_for_each_row_and_each_absent_one() -> None:
    table = documented([HELD], [NotInjected(35, "pushes", "not built yet")])

    assert table.splitlines()[2:] == [
        "| 21 | outage | for a while | goes on | I3 | struck 1,234 times, 0 violations, at rest after 2.0 s |",
        "| 35 | pushes | - | not built yet |  | not injected |",
    ]
