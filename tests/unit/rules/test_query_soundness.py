"""Whatever rule and query: if the query is allowed, the rule allows every document that the query finds."""

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator import naive
from tests.unit.rules.builders import request, rules
from tests.unit.rules.queries import list_verdict, query_of

MISSING = object()
SCALARS: list[Any] = [0, 1, 1.0, 1.5, 2, "x", "y", True, None]
LISTS: list[Any] = [[], [0], [1, "x"], ["x", "y"]]
FIELDS = ("a", "b", "m.k")
DOCUMENTS: list[dict[str, Any]] = [
    {name: item for name, item in (("a", a), ("b", b), ("m", m)) if item is not MISSING}
    for a, b, m in product(
        [MISSING, *SCALARS, *LISTS], [MISSING, 0, 1, 2, "x"], [MISSING, None, {}, {"k": 1}, {"k": "x"}]
    )
]
"""Every document over small domains."""


def literal(value: Any) -> str:
    """A value as the rules language writes it."""
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return repr(value)


fields = st.sampled_from(FIELDS)
scalars = st.sampled_from(SCALARS)
bounds = st.sampled_from([0, 1, 1.5, 2, "x", "y"])
filters = st.one_of(
    st.tuples(fields, st.just("=="), scalars),
    st.tuples(fields, st.just("!="), scalars),
    st.tuples(fields, st.just("in"), st.lists(bounds, min_size=1, max_size=2)),
    st.tuples(fields, st.just("not-in"), st.lists(bounds, min_size=1, max_size=2)),
    st.tuples(st.just("a"), st.just("array-contains"), bounds),
    st.tuples(st.just("a"), st.just("array-contains-any"), st.lists(bounds, min_size=1, max_size=2)),
    st.tuples(fields, st.sampled_from([">", ">=", "<", "<="]), bounds),
    st.tuples(fields, st.sampled_from([">", ">=", "<", "<="]), bounds),
)
TYPES = ["int", "float", "number", "string", "null", "list", "map", "bool"]


def conditions_about(field: str, value: Any) -> st.SearchStrategy[str]:
    """Conditions on a field, mostly with a value that a filter uses."""
    name = f"resource.data.{field}"
    item = st.one_of(st.just(value), st.just(value), scalars | st.sampled_from(LISTS)).map(literal)
    items = st.lists(item, min_size=1, max_size=2).map(lambda found: f"[{', '.join(found)}]")
    return st.one_of(
        st.builds(f"{name} {{}} {{}}".format, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), item),
        st.builds(f"{{}} {{}} {name}".format, item, st.sampled_from(["==", "!=", "<", "<=", ">", ">="])),
        st.builds(f"{name} in {{}}".format, items),
        st.builds(f"{{}} in {name}".format, item),
        st.builds(f"{name}.{{}}({{}})".format, st.sampled_from(["hasAny", "hasAll", "hasOnly"]), items),
        st.builds(f"{{}}.hasAny({name})".format, items),
        st.builds(f"{name} is {{}}".format, st.sampled_from(TYPES)),
        st.just(f"'{field[0]}' in resource.data && resource.data.keys().hasAll(['{field[0]}'])"),
        st.builds(
            f"resource.data.get({field.split('.')!r}, {{}}) {{}} {{}}".format,
            item,
            st.sampled_from(["==", "!="]),
            item,
        ),
        st.just(f"{name} == resource.data.b"),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """A query's filters, and a condition that has to do with them."""
    chosen = draw(st.lists(filters, min_size=1, max_size=2))
    values = [item for _, _, value in chosen for item in (value if isinstance(value, list) else [value])]
    leaves = st.one_of([conditions_about(field, value) for field, _, _ in chosen for value in values])
    nested = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} && {})".format, inner, inner),
            st.builds("({} || {})".format, inner, inner),
            st.builds("!({})".format, inner),
            st.builds("({} ? {} : {})".format, inner, inner, inner),
        ),
        max_leaves=3,
    )
    return draw(nested), chosen


def finds(chosen: list[Any], data: dict[str, Any]) -> bool:
    """Whether a document is a result of the query."""
    inner = data.get("m")
    flat = {**data, **({"m.k": inner["k"]} if isinstance(inner, dict) and "k" in inner else {})}
    return naive.matches(flat, ("and", *chosen))


@settings(max_examples=120, deadline=None)
@given(cases())
def test_an_allowed_query_finds_only_what_the_rule_allows(case: tuple[str, list[Any]]) -> None:
    condition, chosen = case
    ruleset = rules(f"match /rooms/{{room}} {{ allow get, list: if {condition}; }}")
    if not list_verdict(ruleset, query_of(*chosen)).allowed:
        return
    for data in DOCUMENTS:
        if finds(chosen, data):
            answer = ruleset.evaluate(request("get", "rooms/r1", uid="u1", data=data))
            assert answer.allowed, (data, answer.message)
