"""Functions: what they see, their variables, and how deep they call each other."""

import pytest

from emulator.rules.requests import Verdict
from emulator.rules.ruleset import compile_rules
from tests.unit.rules.builders import documents, request, rules, verdict


def ask(body: str) -> Verdict:
    """The verdict on reading rooms/r1 as u1."""
    return rules(body).evaluate(request("get", "rooms/r1", uid="u1"))


def allow(condition: str, functions: str = "") -> bool:
    return ask(f"{functions} match /rooms/{{room}} {{ allow read: if {condition}; }}").allowed


def test_a_function_computes_with_its_parameters() -> None:
    assert allow("sum(1, 2) == 3", "function sum(a, b) { return a + b; }")


def test_a_function_sees_the_variables_declared_before() -> None:
    function = "function f(a) { let double = a * 2; let more = double + 1; return more; }"
    assert allow("f(2) == 5", function)


def test_a_variable_is_not_seen_before_its_declaration() -> None:
    answer = ask("""
        function f() { let a = b; let b = 1; return a == 1; }
        match /rooms/{room} { allow read: if f(); }
    """)
    assert answer.message == "Variable not found error: Name: [b]. for 'get' @ L6"


def test_a_function_sees_wildcards_around_its_declaration_only() -> None:
    inside = "match /rooms/{room} { function f() { return room == 'r1'; } allow read: if f(); }"
    outside = "function f() { return room == 'r1'; } match /rooms/{room} { allow read: if f(); }"
    assert ask(inside).allowed
    assert ask(outside).message == "Variable not found error: Name: [room]. for 'get' @ L4"


def test_a_function_does_not_see_the_variables_of_its_caller() -> None:
    answer = ask("""
        function inner() { return secret; }
        function outer() { let secret = true; return secret && inner(); }
        match /rooms/{room} { allow read: if outer(); }
    """)
    assert answer.message == "Variable not found error: Name: [secret]. for 'get' @ L7"


def test_a_parameter_hides_a_wildcard_and_a_global() -> None:
    body = """match /rooms/{room} {
        function f(room, request) { return room == 1 && request == 2; }
        allow read: if f(1, 2) && room == 'r1' && request.auth.uid == 'u1';
    }"""
    assert ask(body).allowed


def test_an_inner_function_hides_an_outer_one() -> None:
    body = """
        function f() { return false; }
        match /rooms/{room} { function f() { return true; } allow read: if f(); }
    """
    assert ask(body).allowed


def test_a_function_may_be_used_before_its_declaration() -> None:
    assert allow("first()", "function first() { return second(); } function second() { return true; }")


def test_a_function_may_be_declared_outside_the_service() -> None:
    text = """rules_version = '2'
        function answer() { return 42; }
        service cloud.firestore { match /databases/{d}/documents {
            match /rooms/{room} { allow read: if answer() == 42 }
        } }"""
    assert compile_rules(text).evaluate(request("get", "rooms/r1")).allowed


def test_a_function_outside_the_service_sees_the_request_with_a_warning() -> None:
    text = """rules_version = '2';
function signedIn() { return request.auth.uid == 'u1'; }
service cloud.firestore { match /databases/{d}/documents { match /rooms/{room} { allow read: if signedIn(); } } }"""
    ruleset = compile_rules(text)
    assert [str(issue) for issue in ruleset.issues] == ["[W] 2:30 - Invalid variable name: request."]
    assert ruleset.evaluate(request("get", "rooms/r1", uid="u1")).allowed


def test_a_parameter_may_have_the_name_of_a_namespace() -> None:
    assert allow("f('abc')", "function f(math) { return math.size() == 3; }")


def test_semicolons_inside_functions_are_optional() -> None:
    assert allow("f(1)", "function f(a) { let b = a\n return b == 1 }")


def test_an_error_in_a_variable_counts_only_where_it_is_used() -> None:
    function = "function f(x) { let bad = request.missing; return x == 1 || bad == 2; }"
    assert allow("f(1)", function)
    assert not allow("f(3)", function)


def test_an_error_in_an_argument_counts_only_where_it_is_used() -> None:
    function = "function f(a, b) { return a || b; }"
    assert allow("f(request.missing, true)", function)
    assert ask(f"{function} match /rooms/{{r}} {{ allow read: if f(request.missing, false); }}").message == (
        "Property missing is undefined on object. for 'get' @ L4"
    )


def test_a_call_with_the_wrong_number_of_arguments_fails() -> None:
    answer = ask("function f(a) { return true; } match /rooms/{r} { allow read: if f() || f(1, 2); }")
    assert answer.message == "Invalid argument count. Received: 0. Expected: 1. for 'get' @ L4"


def test_an_unknown_function_fails_where_it_is_called_only() -> None:
    assert allow("true || unknown()")
    assert not allow("unknown()")


def chain(length: int) -> str:
    """Functions f1 … f<length>, each calling the next."""
    calls = "".join(f"function f{n}() {{ return f{n + 1}(); }}\n" for n in range(1, length))
    return f"{calls} function f{length}() {{ return true; }}\n"


@pytest.mark.parametrize(("length", "expected"), [(20, True), (21, False)])
def test_functions_call_each_other_twenty_deep(length: int, expected: bool) -> None:
    assert allow("f1()", chain(length)) is expected


@pytest.mark.parametrize(("operands", "expected"), [(400, True), (600, False)])
def test_a_thousand_expressions_are_evaluated_at_most(operands: int, expected: bool) -> None:
    condition = " && ".join(["request.auth != null"] * operands)
    asked = request(uid="u1")
    assert verdict(condition, asked).allowed is expected


def test_the_limit_of_expressions_is_not_absorbed_by_or() -> None:
    condition = " && ".join(["request.auth != null"] * 600)
    answer = verdict(f"({condition}) || true", request(uid="u1"))
    assert "Maximum of 1000 expressions" in answer.message


def test_debug_passes_its_value_on_and_records_it() -> None:
    answer = verdict("debug(debug(request.auth.uid) == 'u1')", request(uid="u1"), found=documents())
    assert answer.allowed
    assert answer.debug == ('string_value: "u1"', "bool_value: true")
