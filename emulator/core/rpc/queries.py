"""RPCs that run queries."""

from collections.abc import Iterator
from typing import Any

from emulator.core.aggregations import parse_aggregations
from emulator.core.databases import Databases
from emulator.core.errors import InvalidArgument, Unimplemented
from emulator.core.fields import project
from emulator.core.paths import split_name
from emulator.core.queries.model import AllOf
from emulator.core.queries.parse import parse_query
from emulator.core.rpc.snapshots import open_snapshot
from emulator.wire import MESSAGES


def _refuse_explain(request: Any) -> None:
    if request.HasField("explain_options"):
        raise Unimplemented("explain_options (query explain) is not supported by this emulator yet")


async def run_query(databases: Databases, request: Any) -> Iterator[Any]:
    """A response per document found; the first also carries a new transaction, and there is always one."""
    instance = databases.get(split_name(request.parent)[0])
    if not request.HasField("structured_query"):
        raise InvalidArgument("structured_query is required")
    _refuse_explain(request)
    query = parse_query(request.parent, request.structured_query, instance.database.name)
    snapshot = open_snapshot(instance, request)
    read_time = snapshot.read_time()
    found = snapshot.query(query)
    return _query_responses(found, query.select, read_time, snapshot.begun)


def _query_responses(found: list[Any], select: Any, read_time: Any, begun: bytes) -> Iterator[Any]:
    response = MESSAGES["RunQueryResponse"]
    if begun or not found:
        yield response(read_time=read_time, transaction=begun)
    for version in found:
        document = version.document if select is None else project(version.document, select)
        yield response(document=document, read_time=read_time)


async def run_aggregation_query(databases: Databases, request: Any) -> Iterator[Any]:
    """One response with the value of every aggregation by alias."""
    instance = databases.get(split_name(request.parent)[0])
    if not request.HasField("structured_aggregation_query"):
        raise InvalidArgument("structured_aggregation_query is required")
    _refuse_explain(request)
    aggregated = request.structured_aggregation_query
    aggregations = parse_aggregations(aggregated)
    query = parse_query(request.parent, aggregated.structured_query, instance.database.name)
    snapshot = open_snapshot(instance, request)
    read_time = snapshot.read_time()
    response = MESSAGES["RunAggregationQueryResponse"](read_time=read_time, transaction=snapshot.begun)
    for alias, value in aggregations.compute(query, snapshot).items():
        response.result.aggregate_fields[alias].CopyFrom(value)
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
    found = open_snapshot(instance, request).query(query)
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
