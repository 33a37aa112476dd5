"""RPCs that change documents."""

from typing import Any

from emulator.core.clock import to_timestamp
from emulator.core.databases import Databases
from emulator.core.errors import FirestoreError
from emulator.core.paths import parse_database
from emulator.wire import MESSAGES, Status, WriteResult


async def commit(databases: Databases, request: Any) -> Any:
    """All writes of a request at one time, or none of them."""
    database = databases.get(parse_database(request.database))
    committed = database.commit(request.writes)
    return MESSAGES["CommitResponse"](
        write_results=committed.results, commit_time=to_timestamp(committed.time)
    )


async def batch_write(databases: Databases, request: Any) -> Any:
    """Each write on its own, with a status for each."""
    database = databases.get(parse_database(request.database))
    outcomes = database.batch_write(request.writes)
    response = MESSAGES["BatchWriteResponse"]()
    for outcome in outcomes:
        refused = isinstance(outcome, FirestoreError)
        response.write_results.append(WriteResult() if refused else outcome)
        response.status.append(Status(code=outcome.code, message=outcome.message) if refused else Status())
    return response
