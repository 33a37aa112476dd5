"""What a query cost and which indexes it used, for requests that ask."""

from collections.abc import Iterable
from time import perf_counter_ns
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct

from emulator.core.indexes import Kind
from emulator.core.paths import format_field_path
from emulator.core.queries.execute import Execution
from emulator.core.queries.model import Query
from emulator.core.queries.plan import Scan, plan
from emulator.wire import MESSAGES

_KINDS = {Kind.ASCENDING: "ASC", Kind.DESCENDING: "DESC", Kind.CONTAINS: "CONTAINS"}


def indexes_used(query: Query) -> list[dict[str, str]]:
    """The indexes by scope and properties, such as `(a ASC, __name__ ASC)`."""
    scope = "Collection group" if query.source.all_descendants else "Collection"
    used = dict.fromkeys(_properties(query, step) for step in plan(query))
    return [{"query_scope": scope, "properties": properties} for properties in used]


def _properties(query: Query, step: object) -> str:
    parts = []
    if isinstance(step, Scan):
        pinned = step.shape[: len(step.shape) - len(query.orders)]
        parts = [f"{format_field_path(path)} {_KINDS[kind]}" for path, kind in pinned]
    parts += [
        f"{format_field_path(order.path)} {'DESC' if order.descending else 'ASC'}" for order in query.orders
    ]
    if query.nearest is not None:
        parts.append(f"{format_field_path(query.nearest.path)} VECTOR<{len(query.nearest.vector)}>")
    return f"({', '.join(parts)})"


class Explanation:
    """The metrics of one request; time runs from here."""

    def __init__(self, request: Any, query: Query) -> None:
        self.wanted: bool = request.HasField("explain_options")
        self.plan_only: bool = self.wanted and not request.explain_options.analyze
        self._query = query
        self._began = perf_counter_ns()

    def plan(self) -> Any:
        """The plan alone."""
        metrics = MESSAGES["ExplainMetrics"]()
        for used in indexes_used(self._query):
            described = metrics.plan_summary.indexes_used.add()
            described.update(used)
        return metrics

    def metrics(self, executed: Iterable[Execution], returned: int, documents: int) -> Any:
        """The plan and what running it took: results returned, documents read, index entries looked at."""
        metrics = self.plan()
        stats = metrics.execution_stats
        stats.results_returned = returned
        stats.read_operations = max(1, documents)
        stats.execution_duration.CopyFrom(Duration(nanos=perf_counter_ns() - self._began))
        stats.debug_stats.CopyFrom(_debug_stats(sum(one.entries for one in executed), documents))
        return metrics


def _debug_stats(entries: int, documents: int) -> Struct:
    stats = Struct()
    stats.update(
        {
            "index_entries_scanned": str(entries),
            "documents_scanned": str(documents),
            "billing_details": {
                "documents_billable": str(documents),
                "index_entries_billable": "0" if documents else str(entries),
                "small_ops": "0",
                "min_query_cost": "0" if documents else "1",
            },
        }
    )
    return stats
