"""RPCs that run queries."""

from collections.abc import Iterator
from typing import Any

from emulator.core.clock import to_timestamp
from emulator.core.databases import Databases
from emulator.core.errors import InvalidArgument
from emulator.core.fields import project
from emulator.core.paths import split_name
from emulator.core.queries.parse import parse_query
from emulator.core.rpc.reads import requested_time
from emulator.wire import MESSAGES


async def run_query(databases: Databases, request: Any) -> Iterator[Any]:
    """The documents that a query finds, then nothing; at least one response, with the read time."""
    database = databases.get(split_name(request.parent)[0])
    if not request.HasField("structured_query"):
        raise InvalidArgument("structured_query is required")
    query = parse_query(request.parent, request.structured_query, database.name)
    time = requested_time(request)
    read_time = to_timestamp(database.read_time(time))
    found = database.query(query, time)

    def responses() -> Iterator[Any]:
        response = MESSAGES["RunQueryResponse"]
        for version in found:
            document = version.document if query.select is None else project(version.document, query.select)
            yield response(document=document, read_time=read_time)
        if not found:
            yield response(read_time=read_time)

    return responses()
