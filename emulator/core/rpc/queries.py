"""RPCs that run queries."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from emulator.core.aggregations import parse_aggregations
from emulator.core.databases import Databases
from emulator.core.documents import Version
from emulator.core.errors import InvalidArgument, Unimplemented
from emulator.core.fields import project
from emulator.core.paths import split_name
from emulator.core.queries.model import AllOf, Query
from emulator.core.queries.nearest import nearest_of
from emulator.core.queries.parse import parse_query
from emulator.core.rpc.explain import Explanation
from emulator.core.rpc.snapshots import Snapshot, open_snapshot
from emulator.core.usage import note_aggregation, note_nearest, note_query, note_reads
from emulator.wire import MESSAGES, Document


async def run_query(databases: Databases, request: Any) -> Iterator[Any]:
    """A response per document found; the first may carry a new transaction, the last metrics; never none."""
    instance = databases.get(split_name(request.parent)[0])
    if not request.HasField("structured_query"):
        raise InvalidArgument("structured_query is required")
    query = parse_query(request.parent, request.structured_query, instance.database.name)
    instance.access.check_list(query.source.parent, request.structured_query)
    instance.database.check_indexes(query)
    explanation = Explanation(request, query)
    response = MESSAGES["RunQueryResponse"]
    if explanation.plan_only:
        return iter([response(explain_metrics=explanation.plan())])
    snapshot = open_snapshot(instance, request)
    read_time = snapshot.read_time()
    found = snapshot.query(query)
    _note_reads(query, snapshot, len(found))
    documents = _selected(query, found)
    first = [response(read_time=read_time, transaction=snapshot.begun)] if snapshot.begun or not found else []
    last = []
    if explanation.wanted:
        documents = list(documents)
        last = [response(explain_metrics=explanation.metrics(snapshot.executed, len(documents), len(found)))]
    results = (response(document=document, read_time=read_time) for document in documents)
    return chain(first, results, last)


def _note_reads(query: Query, snapshot: Snapshot, found: int) -> None:
    entries = sum(execution.entries for execution in snapshot.executed)
    if query.nearest is not None:
        note_nearest(entries, min(found, query.nearest.limit))
    else:
        note_query(found, min(query.offset, max(0, entries - found)))


def _selected(query: Query, found: list[Version]) -> Iterable[Document]:
    """The documents of a result, the nearest of them where that is asked, with the fields that are."""
    if query.nearest is None:
        documents: Iterable[Document] = (version.document for version in found)
    else:
        documents = nearest_of(query.nearest, found)
    select = query.select
    if select is None:
        return documents
    if query.nearest is not None and query.nearest.result_path is not None:
        select = (*select, query.nearest.result_path)
    return (project(document, select) for document in documents)


async def run_aggregation_query(databases: Databases, request: Any) -> Iterator[Any]:
    """One response with the value of every aggregation by alias, and metrics if asked."""
    instance = databases.get(split_name(request.parent)[0])
    if not request.HasField("structured_aggregation_query"):
        raise InvalidArgument("structured_aggregation_query is required")
    aggregated = request.structured_aggregation_query
    aggregations = parse_aggregations(aggregated)
    query = parse_query(request.parent, aggregated.structured_query, instance.database.name)
    if query.nearest is not None:
        raise Unimplemented("aggregations over find_nearest are not supported by this emulator")
    instance.access.check_list(query.source.parent, aggregated.structured_query)
    instance.database.check_indexes(aggregations.over(query))
    explanation = Explanation(request, aggregations.over(query))
    response = MESSAGES["RunAggregationQueryResponse"]()
    if explanation.plan_only:
        response.explain_metrics.CopyFrom(explanation.plan())
        return iter([response])
    snapshot = open_snapshot(instance, request)
    response.transaction = snapshot.begun
    response.read_time.CopyFrom(snapshot.read_time())
    for alias, value in aggregations.compute(query, snapshot).items():
        response.result.aggregate_fields[alias].CopyFrom(value)
    note_aggregation(sum(execution.entries for execution in snapshot.executed))
    if explanation.wanted:
        response.explain_metrics.CopyFrom(explanation.metrics(snapshot.executed, 1, 0))
    return iter([response])


async def partition_query(databases: Databases, request: Any) -> Any:
    """Cursors that cut a query over a collection group, ordered by name, into parts of about equal size."""
    instance = databases.get(split_name(request.parent)[0])
    if not request.HasField("structured_query"):
        raise InvalidArgument("structured_query is required")
    if request.partition_count < 1:
        raise InvalidArgument("partition_count must be positive")
    query = parse_query(request.parent, request.structured_query, instance.database.name)
    if (
        not query.source.all_descendants
        or query.where != AllOf(())
        or len(query.orders) > 1
        or query.orders[0].descending
    ):
        raise InvalidArgument(
            "PartitionQuery needs a collection group ordered by __name__ ascending, unfiltered"
        )
    instance.access.check_list(query.source.parent, request.structured_query)
    found = open_snapshot(instance, request).query(query)
    note_reads(1)
    step = max(1, len(found) // (request.partition_count + 1))
    cuts = found[step::step][: request.partition_count]
    return _partition_page(request, [version.document.name for version in cuts])


def _partition_page(request: Any, names: list[str]) -> Any:
    response = MESSAGES["PartitionQueryResponse"]()
    start = names.index(request.page_token) if request.page_token in names else 0
    end = start + request.page_size if request.page_size > 0 else len(names)
    for name in names[start:end]:
        response.partitions.add(values=[{"reference_value": name}], before=True)
    response.next_page_token = names[end] if end < len(names) else ""
    return response
