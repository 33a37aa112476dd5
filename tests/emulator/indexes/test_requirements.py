"""Which queries the automatic and declared indexes answer, as the service decides it."""

from typing import Any

import pytest

from emulator.core.paths import parse_database
from emulator.core.queries.parse import parse_query
from emulator.indexes.requirements import missing
from tests.emulator.databases import DOCUMENTS, structured_query
from tests.emulator.indexes.declared import answered, composite, definitions, override
from tests.emulator.values import DATABASE, Reference, Vector, value

NOTHING = definitions()
X, Y, Z = ("x", "==", 1), ("y", "==", 1), ("z", "==", 1)


@pytest.mark.parametrize(
    ("condition", "orders"),
    [
        (None, ()),
        (X, ()),
        (("and", X, Y, Z), ()),
        (("x", ">", 1), ()),
        (("and", ("x", ">", 1), ("x", "<", 5)), ()),
        (("x", "!=", 1), ()),
        (("x", "not-in", [1, 2]), ()),
        (("x", "in", [1, 2]), ()),
        (("and", ("x", "in", [1, 2]), ("y", "in", [1, 2]), Z), ()),
        (("tags", "array-contains", 1), ()),
        (("and", ("tags", "array-contains-any", [1, 2]), ("x", "in", [1, 2])), ()),
        (("or", X, Y), ()),
        (None, [("x", 1)]),
        (None, [("x", -1)]),
        (("x", ">", 1), [("x", -1)]),
        (X, [("x", 1)]),
        (("x", "in", [1, 2]), [("x", 1)]),
        (None, [("__name__", 1)]),
        (("__name__", ">", Reference("a/b")), ()),
        (("and", X, ("__name__", ">", Reference("a/b"))), ()),
        (None, [("x", -1), ("__name__", -1)]),
    ],
)
def test_automatic_indexes_answer(condition: Any, orders: Any) -> None:
    assert answered(NOTHING, condition, orders)


@pytest.mark.parametrize(
    ("condition", "orders", "needed"),
    [
        (X, [("y", 1)], ["x", "y"]),
        (X, [("y", -1)], ["x", "y desc"]),
        (("and", X, ("y", ">", 1)), (), ["x", "y"]),
        (("and", ("x", "in", [1, 2]), ("y", ">", 1)), (), ["x", "y"]),
        (("and", ("x", ">", 1), ("y", ">", 1)), (), ["x", "y"]),
        (("and", ("x", ">", 1), ("y", ">", 1)), [("y", 1)], ["y", "x"]),
        (None, [("x", 1), ("y", -1)], ["x", "y desc"]),
        (("tags", "array-contains", 1), [("x", 1)], ["tags contains", "x"]),
        (("and", ("tags", "array-contains-any", [1, 2]), ("x", "<", 1)), (), ["tags contains", "x"]),
        (("and", X, Y), [("z", 1)], ["y", "x", "z"]),
        (("or", X, ("z", "==", 2)), [("y", 1)], None),
        (None, [("x", 1), ("__name__", -1)], ["x", "__name__ desc"]),
        (None, [("__name__", -1)], ["__name__ desc"]),
        (("and", X, Y), [("z", 1), ("y", -1)], ["x", "y", "z", "__name__ desc"]),
    ],
)
def test_a_composite_index_is_needed(condition: Any, orders: Any, needed: list[str] | None) -> None:
    assert not answered(NOTHING, condition, orders)
    if needed is not None:
        assert answered(definitions(composite(*needed)), condition, orders)


def test_an_index_is_read_backwards_too() -> None:
    declared = definitions(composite("x", "y desc"))

    assert answered(declared, X, [("y", 1)])
    assert answered(declared, None, [("x", -1), ("y", 1)])
    assert not answered(declared, None, [("x", 1), ("y", 1)])


@pytest.mark.parametrize(
    "fields",
    [["x", "z"], ["x", "y", "z"], ["y", "x"], ["x desc", "w", "y"], ["tags contains", "y"]],
)
def test_an_index_of_other_fields_or_another_order_does_not_help(fields: list[str]) -> None:
    assert not answered(definitions(composite(*fields)), X, [("y", 1)])


def test_indexes_of_other_collections_and_scopes_do_not_help() -> None:
    declared = definitions(composite("x", "y", collection="b"), composite("x", "y", group=True))

    assert not answered(declared, X, [("y", 1)])
    assert answered(declared, X, [("y", 1)], all_descendants=True)


class TestMerging:
    """The example of the service's documentation: three indexes answer every combination."""

    DECLARED = definitions(*(composite(name, "stars") for name in ("category", "city", "pick")))

    @pytest.mark.parametrize("names", [["category"], ["city", "pick"], ["category", "city", "pick"]])
    def test_indexes_that_end_with_the_same_order_are_merged(self, names: list[str]) -> None:
        condition = ("and", *((name, "==", 1) for name in names))

        assert answered(self.DECLARED, condition, [("stars", 1)])
        assert answered(self.DECLARED, condition, [("stars", -1)])

    def test_every_equality_must_be_in_one_of_them(self) -> None:
        assert not answered(self.DECLARED, ("and", ("city", "==", 1), X), [("stars", 1)])

    def test_an_index_with_another_order_is_not_merged(self) -> None:
        declared = definitions(composite("x", "stars"), composite("y", "stars desc", "z"))

        assert not answered(declared, ("and", X, Y), [("stars", 1)])

    def test_larger_ones_are_merged_with_smaller_ones(self) -> None:
        declared = definitions(composite("x", "y", "stars"), composite("z", "stars"))

        assert answered(declared, ("and", X, Y, Z), [("stars", 1)])
        assert not answered(declared, ("and", X, Z), [("stars", 1)])

    def test_an_array_is_merged_with_an_equality(self) -> None:
        declared = definitions(composite("tags contains", "stars"), composite("x", "stars"))

        assert answered(declared, ("and", ("tags", "array-contains", 1), X), [("stars", 1)])


class TestDisjunctions:
    def test_each_disjunct_needs_its_own(self) -> None:
        condition = ("or", X, ("and", Y, Z))
        orders = [("stars", 1)]

        assert answered(definitions(composite("x", "stars"), composite("y", "z", "stars")), condition, orders)
        assert not answered(definitions(composite("x", "stars")), condition, orders)
        assert not answered(definitions(composite("y", "z", "stars")), condition, orders)

    def test_an_inequality_in_one_disjunct_orders_all(self) -> None:
        condition = ("or", X, ("y", ">", 1))

        assert not answered(NOTHING, condition)
        assert answered(definitions(composite("x", "y")), condition)


class TestFieldOverrides:
    def test_an_exempted_field_is_not_found(self) -> None:
        declared = definitions(overrides=[override("x")])

        assert not answered(declared, X)
        assert not answered(declared, None, [("x", 1)])
        assert not answered(declared, ("x.deep", "==", 1))
        assert answered(declared, Y)

    def test_a_composite_index_may_hold_an_exempted_field(self) -> None:
        declared = definitions(composite("x", "y"), overrides=[override("x"), override("y")])

        assert answered(declared, X, [("y", 1)])

    def test_the_closest_override_counts(self) -> None:
        declared = definitions(overrides=[override("*"), override("x", "asc"), override("x.deep")])

        assert answered(declared, ("x.other", "==", 1))
        assert not answered(declared, ("x.deep", "==", 1))
        assert not answered(declared, Y)

    def test_the_directions_left_answer_what_they_can(self) -> None:
        declared = definitions(overrides=[override("x", "asc")])

        assert answered(declared, None, [("x", -1)])
        assert not answered(declared, ("x", "array-contains", 1))

    def test_groups_have_no_single_field_indexes_unless_declared(self) -> None:
        assert answered(NOTHING, all_descendants=True)
        assert not answered(NOTHING, X, all_descendants=True)
        assert not answered(NOTHING, None, [("x", 1)], all_descendants=True)

        declared = definitions(overrides=[override("x", "asc", "asc group")])

        assert answered(declared, X, all_descendants=True)
        assert answered(declared, None, [("x", -1)], all_descendants=True)
        assert not answered(declared, ("and", X, Y), all_descendants=True)


class TestVectors:
    def lacks(self, *declared: dict[str, Any], condition: Any = None) -> bool:
        query = structured_query("a", condition)
        query.find_nearest.vector_field.field_path = "v"
        query.find_nearest.query_vector.CopyFrom(value(Vector([1.0, 2.0, 3.0])))
        query.find_nearest.distance_measure = 1
        query.find_nearest.limit.value = 3
        return bool(missing(parse_query(DOCUMENTS, query, parse_database(DATABASE)), definitions(*declared)))

    def test_a_search_needs_an_index_of_its_dimensions(self) -> None:
        assert self.lacks()
        assert self.lacks(composite("v vector 2"))
        assert not self.lacks(composite("v vector 3"))

    def test_a_filtered_search_needs_the_filter_in_the_same_index(self) -> None:
        assert self.lacks(composite("v vector 3"), condition=X)
        assert not self.lacks(composite("x", "v vector 3"), condition=X)
