"""Issues: what refuses a source and what is only warned of, each with its place."""

import pytest

from emulator.rules.issues import Issue, RulesRefused, Severity
from emulator.rules.ruleset import compile_rules
from tests.unit.rules.builders import rules, source


def refusal(text: str) -> list[Issue]:
    """The issues for which a source is refused."""
    with pytest.raises(RulesRefused) as refused:
        compile_rules(text)
    return refused.value.issues


def texts(issues: list[Issue]) -> list[str]:
    return [str(issue) for issue in issues]


def test_an_issue_has_the_form_of_the_endpoint() -> None:
    (issue,) = refusal(source("match /rooms/{room} { allow reed; }"))
    assert issue.to_json() == {
        "severity": "ERROR",
        "description": "Invalid method 'reed'. Expected one of [get, list, create, update, delete, read, write].",
        "sourcePosition": {"line": 4, "column": 29},
    }


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ("match /a/{b} { allow read if true; }", "[E] 4:27 - Unexpected 'if'. Expected ':' or ';'."),
        ("match /a/{b} { allow read: true; }", "[E] 4:28 - Unexpected 'true'. Expected 'if'."),
        ("match /a/{b} { allow read: if ; }", "[E] 4:31 - Unexpected ';'. Expected an expression."),
        ("match /a/{b} { allow read: if 1 +; }", "[E] 4:34 - Unexpected ';'. Expected an expression."),
        ("match /a/{b} { allow read: if (true; }", "[E] 4:36 - Unexpected ';'. Expected ')'."),
        ("match /a/{b} { allow read: if true false; }", "[E] 4:36 - Unexpected 'false'. Expected ';'."),
        ("match /a/{b} { allow read: if a ? b; }", "[E] 4:36 - Unexpected ';'. Expected ':'."),
        ("match /a/{b} { allow read: if [1, 2; }", "[E] 4:36 - Unexpected ';'. Expected ']'."),
        ("match /a/{b} { allow read: if 'a; }", "[E] 4:31 - Unterminated string."),
        ("match /a/{b} { allow read: if b'\\xF'; }", "[E] 4:31 - Invalid escape in a literal."),
        ("match /a/{b} { allow read: if 1 == 9223372036854775808; }", "[E] 4:36 - Integer out of range."),
        ("match /a/{b} { allow read: if 1 # 2; }", "[E] 4:33 - Unexpected '#'."),
        (
            "match /a/{b} { allow read: if a.; }",
            "[E] 4:33 - Unexpected ';'. Expected the name of a field or method.",
        ),
        (
            "match /a/{b} { permit read; }",
            "[E] 4:16 - Unexpected 'permit'. Expected 'match', 'allow' or 'function'.",
        ),
        ("match a/{b} { }", "[E] 4:7 - Unexpected 'a'. Expected a path such as /users/{id} after 'match'."),
        ("/a/{b} { }", "[E] 4:1 - Missing 'match' keyword before path."),
        ("match /a/$(b) { }", "[E] 4:9 - Unexpected '$('. Expected '{'."),
        ("function f() { true; }", "[E] 4:16 - Unexpected 'true'. Expected 'return'."),
        ("function f(a, a) { return a; }", "[E] 4:15 - Variable 'a' is already defined."),
        ("function f(a) { let a = 1; return a; }", "[E] 4:21 - Variable 'a' is already defined."),
        (
            "function f() { return 1; } function f(a) { return a; }",
            "[E] 4:37 - Function 'f' is already defined.",
        ),
        ("function f() { return f(); }", "[E] 4:10 - Recursive call of function 'f'."),
        ("function f(a,b,c,d,e,g,h,i) { return 1; }", "[E] 4:10 - A function takes at most 7 parameters."),
    ],
)
def test_a_source_is_refused(body: str, issue: str) -> None:
    assert issue in texts(refusal(source(body)))


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("", "[E] 1:1 - Missing 'service cloud.firestore'."),
        ("rules_version = '2';", "[E] 1:1 - Missing 'service cloud.firestore'."),
        ("rules_version = '3';", "[E] 1:17 - Unknown rules_version '3'. Expected '1' or '2'."),
        ("service firebase.storage { }", "[E] 1:9 - Unknown service 'firebase.storage'. Expected 'cloud.firestore'."),
        ("match /a/{b} { allow read; }",
         "[E] 1:1 - Unexpected 'match'. Expected 'rules_version', 'function' or 'service'."),
        ("service cloud.firestore { allow read; }", "[E] 1:27 - An 'allow' statement must be inside a 'match' block."),
        ("service cloud.firestore { match /a/{b} { allow read;",
         "[E] 1:53 - Unexpected end of file. Expected '}'."),
        ("{ \"rules\": { \".read\": true } }",
         "[E] 1:1 - Unexpected '{'. Expected 'rules_version', 'function' or 'service'."),
        ("/* never closed", "[E] 1:1 - Unterminated comment."),
    ],
)  # fmt: skip
def test_a_file_is_refused(text: str, issue: str) -> None:
    assert issue in texts(refusal(text))


def test_all_broken_statements_are_reported_at_once() -> None:
    issues = refusal(
        source("""match /a/{b} {
  allow read: if ;
  allow wrote: if true;
  match /c/{d} { allow get: true; }
  allow list: if 1 +;
}
match /e/{f} { allow write: if ); }""")
    )
    assert [(issue.line, issue.column) for issue in issues] == [(5, 18), (6, 9), (7, 29), (8, 21), (10, 32)]


def test_mutual_recursion_is_refused_at_every_function_of_the_circle() -> None:
    issues = refusal(source("function f() { return g(); } function g() { return f(); }"))
    assert texts(issues) == [
        "[E] 4:10 - Recursive call of function 'f'.",
        "[E] 4:39 - Recursive call of function 'g'.",
    ]


def test_a_function_that_calls_a_hidden_one_of_its_name_is_not_recursive() -> None:
    body = """
        function f() { return true; }
        match /a/{b} { function g() { return f(); } allow read: if g(); }
    """
    assert rules(body).issues == []


def test_more_than_ten_variables_are_refused() -> None:
    lets = "".join(f"let v{number} = 1; " for number in range(11))
    assert "[E] 4:10 - A function has at most 10 variables." in texts(
        refusal(source(f"function f() {{ {lets} return v0; }}"))
    )


def test_match_blocks_nest_ten_deep_at_most() -> None:
    ten = "match /a/{b}" + " { match /c/{d}" * 8 + " { allow read; }" + " }" * 8
    with pytest.raises(RulesRefused, match="nested more than 10 deep"):
        rules(ten.replace("{ allow", "{ match /x/{y} { allow", 1) + "}")
    assert rules(ten)


@pytest.mark.parametrize(
    "body", ["(" * 5000 + ")" * 5000, "!" * 100_000 + "true", "[" * 300, "a" + ".b" * 20_000]
)
def test_deep_nesting_is_refused_and_does_not_crash(body: str) -> None:
    assert refusal(source(f"match /a/{{b}} {{ allow read: if {body}; }}"))


def test_blocks_nested_without_end_are_refused() -> None:
    assert refusal(source("match /a/{b} {" * 2000))


def test_a_source_beyond_the_limit_of_size_is_refused() -> None:
    assert "[E] 1:1 - The source is larger than 256 KiB." in texts(refusal(source("// " + "x" * 256 * 1024)))


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        (
            "match /{a=**}/b/{c} { allow read; }",
            "[E] 4:7 - A recursive wildcard must end the path in rules_version '1'.",
        ),
        (
            "match /{a=**} { match /b/{c} { allow read; } }",
            "[W] 4:7 - A recursive wildcard should not have match blocks inside.",
        ),
    ],
)
def test_recursive_wildcards_in_version_1(body: str, issue: str) -> None:
    text = source(body, version="1")
    issues = refusal(text) if issue.startswith("[E]") else compile_rules(text).issues
    assert issue in texts(issues)


def test_the_old_version_is_warned_of() -> None:
    issues = rules("match /a/{b} { allow read; }", version="1").issues
    assert texts(issues) == ["[W] 1:1 - Ruleset uses old version (version [1]). Please use version [2]."]


@pytest.mark.parametrize(
    ("condition", "issue"),
    [
        ("unknown()", "[W] 4:31 - Invalid function name: unknown."),
        ("reqest.auth != null", "[W] 4:31 - Invalid variable name: reqest."),
        ("'a'.length() == 1", "[W] 4:35 - Invalid function name: length."),
        ("math.sin(1) == 0", "[W] 4:36 - Invalid function name: sin."),
        ("[1].toSet().difference([1]).size() == 0",
         "[W] 4:54 - Invalid type. Received one of [list]. Expected one of [set]."),
        ("'a'.matches(1)", "[W] 4:43 - Invalid type. Received one of [int]. Expected one of [string]."),
        ("'a'.size(1) == 1", "[W] 4:35 - Invalid argument count of size. Received 1. Expected 0."),
        ("get('a') != null", "[W] 4:35 - Invalid type. Received one of [string]. Expected one of [path]."),
        ("exists() && true", "[W] 4:31 - Invalid argument count of exists. Received 0. Expected 1."),
        ("'a' + 1 == 'a1'", "[W] 4:31 - Invalid operation: [string] + [int]."),
        ("1 < 'a'", "[W] 4:31 - Invalid operation: [int] < [string]."),
        ("1 in 'abc'", "[W] 4:31 - Invalid operation: [int] in [string]."),
        ("!'a'", "[W] 4:32 - Invalid type. Received one of [string]. Expected one of [bool]."),
        ("1 && true", "[W] 4:31 - Invalid type. Received one of [int]. Expected one of [bool]."),
        ("'text'", "[W] 4:31 - Invalid type. Received one of [string]. Expected one of [bool]."),
        ("1 ? true : false", "[W] 4:31 - Invalid type. Received one of [int]. Expected one of [bool]."),
        ("['a'].size > 0", "[W] 4:31 - Invalid type. Received one of [list]. Expected one of [map]."),
        ("null.a == 1", "[W] 4:31 - Invalid type. Received one of [null]. Expected one of [map]."),
        ("1 is integer", "[W] 4:31 - Invalid type name: integer."),
        ("exists(/a/$(1))", "[W] 4:43 - Invalid type. Received one of [int]. Expected one of [path, string]."),
        ("'a'.matches('(?=a)')", "[W] 4:43 - Invalid regular expression: '(?=a)'."),
    ],
)  # fmt: skip
def test_a_condition_that_must_fail_is_warned_of(condition: str, issue: str) -> None:
    assert issue in texts(rules(f"match /a/{{b}} {{ allow read: if {condition}; }}").issues)


@pytest.mark.parametrize(
    "condition",
    [
        "request.auth.token.x.y.z == 1",
        "resource.data.a + 1 == 2 && resource.data.a + 'b' == 'ab'",
        "resource.data.keys().hasOnly(['a']) && resource.data.diff({}).affectedKeys().size() == 0",
        "(true ? 1 : 'a') == 1",
        "(b == 'x' ? [1] : {'a': 1}).size() == 1",
        "get(/databases/$(database)/documents/a/$(b)).data.x is string",
        "request.time + duration.value(1, 's') > timestamp.date(2026, 1, 1)",
        "'a'.split(',')[0].lower() == 'a'",
    ],
)
def test_a_condition_that_may_hold_is_not_warned_of(condition: str) -> None:
    assert rules(f"match /a/{{b}} {{ allow read: if {condition}; }}").issues == []


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ("match /a/{b}/{b} { allow read; }", "[W] 4:13 - 'b' is captured twice in this path."),
        ("function get(a) { return a; }", "[W] 4:10 - 'get' hides a built-in function."),
    ],
)
def test_a_name_that_hides_another_is_warned_of(body: str, issue: str) -> None:
    assert issue in texts(rules(body).issues)


def test_what_nothing_uses_is_warned_of() -> None:
    issues = rules("function f(a, b) { let c = a; return 1; } match /a/{b} { allow read; }").issues
    assert texts(issues) == [
        "[W] 4:10 - Unused function: f.",
        "[W] 4:15 - Unused variable: b.",
        "[W] 4:24 - Unused variable: c.",
    ]
    assert {issue.severity for issue in issues} == {Severity.WARNING}


def test_a_call_with_the_wrong_number_of_arguments_is_warned_of() -> None:
    issues = rules("function f(a) { return a; } match /a/{b} { allow read: if f(); }").issues
    assert texts(issues) == ["[W] 4:59 - Invalid argument count of f. Received 0. Expected 1."]


def test_comments_are_not_part_of_the_rules() -> None:
    body = "// match { /* \nmatch /a/{b} { /* allow write; \n*/ allow read: /* why */ if true; // 'open\n }"
    assert rules(body).issues == []
