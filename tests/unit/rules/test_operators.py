"""Operators: precedence, equality across types, arithmetic, order, absorption of errors."""

import pytest

from tests.unit.rules.builders import outcome, request

TRUE = [
    # literals
    "true",
    "!false",
    "null == null",
    "'a' == \"a\"",
    "0x1F == 31",
    "1e3 == 1000.0",
    "1.5e-1 == 0.15",
    "9223372036854775807 == 9223372036854775807",
    "-9223372036854775808 < 0",
    "'\\u00e9' == 'é'",
    "'\\x41' == 'A'",
    "'\\101' == 'A'",
    "'a\\tb'.size() == 3",
    "'it\\'s'.size() == 4",
    "b'\\x2A' == b'*'",
    "b'€' == b'\\342\\202\\254'",
    "[1, 'a', null,][1] == 'a'",
    "{'a': 1, 'b': {'c': 2}}.b.c == 2",
    "{'a': 1}['a'] == 1",
    # precedence
    "1 + 2 * 3 == 7",
    "(1 + 2) * 3 == 9",
    "10 - 2 - 3 == 5",
    "2 * 7 % 4 == 2",
    "-2 + 3 == 1",
    "!false && true",
    "false && false || true",
    "true || false && false",
    "1 < 2 == true",
    "1 in [1] == true",
    "1 is int == true",
    "true ? true : false",
    "false ? false : true ? true : false",
    "!(1 in [2]) && true",
    "1 + 1 < 3 && 'a' != 'b'",
    "-(-1) == 1",
    "!!true",
    "- -1 == 1",
    # equality
    "1 == 1.0",
    "1 != 2",
    "1 != '1'",
    "true != 1",
    "null != false",
    "[1, 2] == [1, 2.0]",
    "[1, 2] != [2, 1]",
    "{'a': [1]} == {'a': [1]}",
    "{'a': 1} != {'a': 1, 'b': 2}",
    "[1, 2].toSet() == [2, 1, 2].toSet()",
    "[1].toSet() != [1]",
    "/a/b == path('a/b')",
    "/a/b != 'a/b'",
    "0.0 / 0.0 != 0.0 / 0.0",
    "9007199254740993 != 9007199254740992.0",
    # arithmetic
    "7 / 2 == 3",
    "-7 / 2 == -3",
    "7 / -2 == -3",
    "7 % 3 == 1",
    "-7 % 3 == -1",
    "7.0 / 2 == 3.5",
    "1 / 2.0 == 0.5",
    "7.5 % 2 == 1.5",
    "1.0 / 0.0 > 1e308",
    "-1.0 / 0.0 < -1e308",
    "'a' + 'b' == 'ab'",
    "1 + 1.5 == 2.5",
    "9223372036854775806 + 1 == 9223372036854775807",
    "(1 + 1) is int",
    "(1 + 1.0) is float",
    # order
    "1 < 1.5",
    "2 >= 2.0",
    "'a' < 'b'",
    "'B' < 'a'",
    "'a' <= 'a'",
    "b'a' < b'b'",
    "'ab' > 'a'",
    # membership
    "1 in [1.0]",
    "'a' in {'a': null}",
    "!('b' in {'a': 1})",
    "'a' in ['a'].toSet()",
    "[1] in [[1]]",
    "null in [null]",
    # type tests
    "null is null",
    "true is bool",
    "1 is int",
    "1 is number",
    "1.0 is number",
    "!(1 is float)",
    "'' is string",
    "b'' is bytes",
    "[] is list",
    "{} is map",
    "[].toSet() is set",
    "/a is path",
    "request.time is timestamp",
    "duration.value(1, 's') is duration",
    "latlng.value(0, 0) is latlng",
    "{}.diff({}) is map_diff",
    "!(null is map)",
    # index and slice
    "'abc'[1] == 'b'",
    "'abc'[0:2] == 'ab'",
    "[1, 2, 3][1:3] == [2, 3]",
    "[1][1:1] == []",
    "/a/b[0] == 'a'",
    "[[1, 2], [3]][0][1] == 2",
]

FALSE = [
    "false",
    "1 == 2",
    "1 == '1'",
    "null == 0",
    "1.5 < 1",
    "'a' in []",
    "1 is string",
    "1.0 is int",
    "!true",
    "false || false",
    "true && false",
    "[1] == [1, 2]",
    "true ? false : true",
    "'1' == 1",
    "/a/b == /a/c",
]

ERRORS = {
    "1 / 0 == 1": "Division by zero.",
    "1 % 0 == 1": "Division by zero.",
    "9223372036854775807 + 1 > 0": "Integer overflow.",
    "-9223372036854775808 - 1 < 0": "Integer overflow.",
    "9223372036854775807 * 2 > 0": "Integer overflow.",
    "-9223372036854775808 / -1 > 0": "Integer overflow.",
    "'a' + 1 == 'a1'": "Unsupported operation error. Received: string + int.",
    "1 < 'a'": "Unsupported operation error. Received: int < string.",
    "true < false": "Unsupported operation error. Received: bool < bool.",
    "[1] < [2]": "Unsupported operation error. Received: list < list.",
    "null < 1": "Null value error.",
    "1 + null == 1": "Null value error.",
    "-'a' == 'a'": "Unsupported operation error. Received: -string.",
    "1 in 2": "Unsupported operation error. Received: int in int.",
    "'a' in 'abc'": "Unsupported operation error. Received: string in string.",
    "1 in {'a': 1}": "Unsupported operation error. Received: int in map.",
    "!1": "Type error. Received: [int] Expected: [bool].",
    "1 && true": "Type error. Received: [int] Expected: [bool].",
    "'yes'": "Type error. Received: [string] Expected: [bool].",
    "null": "Null value error.",
    "null ? true : true": "Null value error.",
    "{'a': 1}.b == 1": "Property b is undefined on object.",
    "{'a': 1}['b'] == 1": "Property b is undefined on object.",
    "{'a': 1}[1] == 1": "Type error. Received: [int] Expected: [string].",
    "['a'].size > 0": "Type error. Received: [list] Expected: [map].",
    "null.a == 1": "Null value error.",
    "[1][1] == 1": "Index 1 is out of bounds.",
    "[1][-1] == 1": "Index -1 is out of bounds.",
    "[1]['a'] == 1": "Type error. Received: [string] Expected: [int].",
    "'abc'[3] == ''": "Index 3 is out of bounds.",
    "'abc'[1:4] == 'bc'": "Range [1:4] is out of bounds.",
    "'abc'[2:1] == ''": "Range [2:1] is out of bounds.",
    "[1, 2][-1:1] == []": "Range [-1:1] is out of bounds.",
    "[1, 2]['a':1] == []": "Type error. Received: [string] Expected: [int].",
    "5[0] == 1": "Type error. Received: [int] Expected: [map,list,string,path].",
    "5[0:1] == 1": "Type error. Received: [int] Expected: [list,string].",
    "1 is integer": "Type not found error: Name: [integer].",
    "{} / 1 == 1": "Unsupported operation error. Received: map / int.",
    "[] / 1 == 1": "Unsupported operation error. Received: list / int.",
    "{1: 2} == {}": "Type error. Received: [int] Expected: [string].",
    "nothing == 1": "Variable not found error: Name: [nothing].",
}


@pytest.mark.parametrize("condition", TRUE)
def test_holds(condition: str) -> None:
    assert outcome(condition) is True


@pytest.mark.parametrize("condition", FALSE)
def test_does_not_hold(condition: str) -> None:
    assert outcome(condition) is False


@pytest.mark.parametrize(("condition", "message"), ERRORS.items())
def test_fails(condition: str, message: str) -> None:
    assert outcome(condition) == message


FAILS = "request.missing"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{FAILS} || true", True),
        (f"true || {FAILS}", True),
        (f"{FAILS} || false || true", True),
        (f"({FAILS} && true) || true", True),
        (f"!({FAILS} && false)", True),
        (f"!(false && {FAILS})", True),
        (f"!({FAILS} || true)", False),
        (f"{FAILS} && false", False),
        (f"1 + 1 == 2 || {FAILS}", True),
        ("1 || true", True),
    ],
)
def test_an_error_is_absorbed_where_the_other_side_decides(condition: str, expected: bool) -> None:
    assert outcome(condition) is expected


@pytest.mark.parametrize(
    "condition",
    [
        f"{FAILS} || false",
        f"false || {FAILS}",
        f"{FAILS} && true",
        f"true && {FAILS}",
        f"!{FAILS}",
        f"{FAILS} ? true : true",
        f"{FAILS} == {FAILS}",
        f"[{FAILS}].size() == 1",
        f"true ? {FAILS} : true",
    ],
)
def test_an_error_is_kept_where_nothing_decides(condition: str) -> None:
    assert outcome(condition) == "Property missing is undefined on object."


def test_the_first_error_is_reported_when_several_operands_fail() -> None:
    assert outcome("request.one || request.two") == "Property one is undefined on object."


def test_only_the_chosen_side_of_a_conditional_is_evaluated() -> None:
    assert outcome(f"true ? true : {FAILS}") is True


def test_and_does_not_look_at_what_follows_a_false_operand() -> None:
    answer = outcome("request.auth != null && request.auth.uid == 'u'", request(uid=None))
    assert answer is False
