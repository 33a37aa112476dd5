"""Coverage: which expression had which value how often, as JSON and as a page."""

from html.parser import HTMLParser
from typing import Any

from emulator.rules.report.page import render_page
from emulator.rules.ruleset import Ruleset
from tests.unit.rules.builders import request, rules

BODY = """function isAdmin() { return request.auth.token.role == 'admin'; }
match /rooms/{room} {
  allow get: if resource.data.public == true || isAdmin();
  allow delete: if true;
}"""


def visited() -> Ruleset:
    """Rules after three reads: one of a public room, two of a room without the field."""
    ruleset = rules(BODY)
    ruleset.evaluate(request(data={"public": True}))
    ruleset.evaluate(request(data={}, uid="u1", token={"role": "admin"}))
    ruleset.evaluate(request(data={}))
    return ruleset


def values(report: dict[str, Any]) -> list[tuple[Any, int]]:
    return [(entry["value"], entry["count"]) for entry in report.get("values", [])]


def test_the_report_holds_the_source_and_a_tree_for_each_condition() -> None:
    ruleset = visited()
    report = ruleset.coverage.to_json()
    assert report["rules"]["files"][0]["content"] == ruleset.text
    positions = [
        (item["sourcePosition"]["line"], item["sourcePosition"]["column"]) for item in report["report"]
    ]
    assert positions == [(4, 29), (6, 17), (7, 20)]


def test_positions_cover_the_text_of_the_expression() -> None:
    ruleset = visited()
    condition = ruleset.coverage.to_json()["report"][1]
    place = condition["sourcePosition"]
    text = ruleset.text[place["currentOffset"] : place["endOffset"] + 1]
    assert text == "resource.data.public == true || isAdmin()"
    assert [child["sourcePosition"]["column"] for child in condition["children"]] == [17, 49]


def test_values_are_counted_per_expression() -> None:
    function, condition, untouched = visited().coverage.to_json()["report"]
    null_error = {"undefined": {"causeMessage": "Null value error."}}
    missing = {"undefined": {"causeMessage": "Property public is undefined on object."}}
    assert values(condition) == [({"boolValue": True}, 2), (missing, 1)]
    comparison, call = condition["children"]
    assert values(comparison) == [({"boolValue": True}, 1), (missing, 2)]
    assert values(call) == [({"boolValue": True}, 1), (null_error, 1)]
    assert values(function) == [({"boolValue": True}, 1), (null_error, 1)]
    assert "values" not in untouched


def test_scalars_are_counted_by_value_and_the_rest_by_type() -> None:
    ruleset = rules(
        "match /rooms/{room} { allow get: if request.auth.token.n == 1 && resource.data.l.size() == 0; }"
    )
    for number in (1, 1, 2, 2.5, "x", None):
        ruleset.evaluate(request(uid="u1", token={"n": number}, data={"l": [number]}))
    first, second = ruleset.coverage.to_json()["report"][0]["children"]
    assert values(first["children"][0]) == [
        ({"intValue": "1"}, 2),
        ({"intValue": "2"}, 1),
        ({"floatValue": 2.5}, 1),
        ({"stringValue": "x"}, 1),
        ({"nullValue": None}, 1),
    ]
    assert values(second["children"][0]["children"][0]) == [({"listValue": {}}, 2)]


def test_many_distinct_values_are_counted_together() -> None:
    ruleset = rules("match /rooms/{room} { allow get: if request.auth.uid == 'nobody'; }")
    for number in range(30):
        ruleset.evaluate(request(uid=f"u{number}"))
    counted = values(ruleset.coverage.to_json()["report"][0]["children"][0])
    assert len(counted) == 21
    assert counted[-1] == ({"stringValue": {}}, 10)


def test_text_that_is_not_unicode_is_reported_as_text_that_is() -> None:
    ruleset = rules("match /rooms/{room} { allow get: if debug(request.auth.uid).toUtf8().size() == 1; }")
    answer = ruleset.evaluate(request(uid="\ud800"))
    assert answer.message == "The string is not valid Unicode. for 'get' @ L4"
    assert answer.debug == ('string_value: "?"',)
    assert render_page(ruleset.coverage).encode()


def test_clearing_forgets_all_counts() -> None:
    ruleset = visited()
    ruleset.coverage.clear()
    assert "values" not in ruleset.coverage.to_json()["report"][1]


class Page(HTMLParser):
    """The text of each line of a page's source table, and how often each class of mark occurs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.marks: dict[str, int] = {}
        self.open_spans = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self.lines.append("")
        if tag == "span":
            self.open_spans += 1
            name = (dict(attributes)["class"] or "").removeprefix("x ")
            self.marks[name] = self.marks.get(name, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            self.open_spans -= 1
        if tag == "pre":
            assert self.open_spans == 0

    def handle_data(self, data: str) -> None:
        if self.lines and self.lasttag in ("pre", "span"):
            self.lines[-1] += data


def parsed(ruleset: Ruleset) -> Page:
    page = Page()
    page.feed(render_page(ruleset.coverage))
    return page


def test_the_page_shows_the_whole_source() -> None:
    ruleset = visited()
    assert [line.strip() for line in parsed(ruleset).lines] == [
        line.strip() for line in ruleset.text.split("\n")
    ]


def test_the_page_marks_what_became_of_each_expression() -> None:
    fresh = parsed(rules(BODY)).marks
    assert set(fresh) == {"never"}
    marks = parsed(visited()).marks
    assert marks["never"] == 1
    assert set(marks) == {"never", "failed", "covered"}


def test_an_expression_of_several_lines_is_marked_on_each() -> None:
    ruleset = rules("match /a/{b} {\n allow read: if b == 'x'\n   || b == '<y>';\n}")
    assert parsed(ruleset).lines[4].strip() == "allow read: if b == 'x'"
    assert parsed(ruleset).lines[5].strip() == "|| b == '<y>';"
