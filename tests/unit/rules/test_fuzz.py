"""Whatever the source and the documents: a verdict or a refusal, never a crash, in bounded time."""

import time
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.rules.issues import RulesRefused
from emulator.rules.report.page import render_page
from emulator.rules.ruleset import compile_rules
from tests.unit.rules.builders import documents, request, source, stored
from tests.unit.rules.queries import list_verdict, query_of

SECONDS = 5.0
"""Far above what any example takes, even on a busy machine; a blow-up takes longer."""

PIECES = [
    "service",
    "cloud.firestore",
    "match",
    "allow",
    "function",
    "let",
    "return",
    "if",
    "read",
    "write",
    "rules_version",
    "/",
    "/a",
    "/{b}",
    "/{c=**}",
    "/$(",
    ")",
    "(",
    "{",
    "}",
    "[",
    "]",
    ",",
    ";",
    ":",
    "=",
    "'2'",
    "'",
    '"',
    "b'x'",
    "1",
    "1.5",
    "true",
    "null",
    "request",
    "resource",
    ".data",
    ".",
    "get",
    "exists",
    "in",
    "is",
    "map",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "?",
    "<=",
    "==",
    "//",
    "/*",
    "*/",
    "\n",
    " ",
    "\\",
    "$",
    "é",
    "\x00",
]
soups = st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)

atoms = st.sampled_from(
    [
        "true",
        "false",
        "null",
        "1",
        "0",
        "-2",
        "2.5",
        "'a'",
        "'1'",
        "''",
        "b'x'",
        "[]",
        "[1, 'a']",
        "{}",
        "{'a': 1}",
        "/a/b",
        "request",
        "resource",
        "resource.data",
        "resource.data.a",
        "request.auth.uid",
        "request.time",
        "a",
        "rest",
        "id",
        "duration.value(1, 's')",
        "timestamp.value(0)",
        "latlng.value(1, 1)",
        "[1].toSet()",
        "{'a': 1}.diff({})",
    ]
)
methods = st.sampled_from(
    [
        "size()",
        "keys()",
        "values()",
        "get('a', 1)",
        "hasAll([1])",
        "hasAny(['a'])",
        "hasOnly([])",
        "toSet()",
        "matches('a*')",
        "split('')",
        "replace('a', 'b')",
        "lower()",
        "toUtf8()",
        "toBase64()",
        "year()",
        "seconds()",
        "distance(latlng.value(0, 0))",
        "bind({'a': 'b'})",
        "diff({'b': 2})",
        "addedKeys()",
        "concat([1])",
        "a",
        "join(',')",
        "nothing()",
    ]
)
calls = st.sampled_from(
    ["int", "float", "string", "path", "get", "exists", "debug", "math.abs", "math.sqrt", "hashing.md5", "g"]
)
operators = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in"])
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("!{}".format, inner),
        st.builds("-{}".format, inner),
        st.builds("({}).{}".format, inner, methods),
        st.builds("{}({})".format, calls, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({})[{}:{}]".format, inner, inner, inner),
        st.builds("({} is {})".format, inner, st.sampled_from(["map", "int", "string", "nonsense"])),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("/databases/$({})/documents/$({})".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'k': {}, {}: 1}}".format, inner, inner),
    ),
    max_leaves=8,
)
contents = st.dictionaries(
    st.sampled_from(["a", "b"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=2),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
        max_leaves=4,
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | soups | soups.map(source))
@example("service cloud.firestore { match /a/{b} { allow read: if (")
@example("'" * 1000)
@example("/*" * 1000)
@example("match /a" * 1000)
def test_any_text_is_compiled_or_refused(text: str) -> None:
    started = time.monotonic()
    try:
        compile_rules(text)
    except RulesRefused as refused:
        assert any(issue.severity == "ERROR" for issue in refused.issues)  # noqa: PT017
    assert time.monotonic() - started < SECONDS


@settings(max_examples=300, deadline=None)
@given(expressions, contents, st.booleans())
def test_any_expression_has_a_verdict(expression: str, data: dict[str, Any], signed_in: bool) -> None:
    text = source(
        f"""function g(a) {{ let b = a; return b == 1 ? a : b; }}
        function f(a) {{ let b = a; return b == {expression}; }}
        match /{{id}}/{{rest=**}} {{ allow read: if {expression}; }}"""
    )
    ruleset = compile_rules(text)
    found = documents({"a/b": data})
    started = time.monotonic()
    ruleset.evaluate(request(data=data, uid="u1" if signed_in else None), found)
    list_verdict(ruleset, query_of(("a", "==", 1), ("b", ">", "x")))
    assert time.monotonic() - started < SECONDS
    assert render_page(ruleset.coverage)
    assert stored("a/b", data).value["id"] == "b"


def test_a_pattern_with_nested_repetitions_takes_linear_time() -> None:
    ruleset = compile_rules(source("match /{d=**} { allow read: if resource.data.a.matches('(a*)*b'); }"))
    started = time.monotonic()
    assert not ruleset.evaluate(request(data={"a": "a" * 100_000})).allowed
    assert time.monotonic() - started < SECONDS


def test_many_recursive_wildcards_take_bounded_time() -> None:
    pattern = "".join(f"/a/{{{name}=**}}" for name in "bcdefghijkl")
    ruleset = compile_rules(source(f"match {pattern}/end {{ allow read: if false; }}"))
    started = time.monotonic()
    answer = ruleset.evaluate(request(path="/".join(["a"] * 90)))
    assert answer.message == "The path matches in too many ways. for 'get' @ L0"
    assert time.monotonic() - started < SECONDS
