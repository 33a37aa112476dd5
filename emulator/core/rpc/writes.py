"""RPCs that change documents."""

import secrets
import string
from typing import Any

from emulator.core.clock import to_timestamp
from emulator.core.databases import Databases, Instance
from emulator.core.errors import FirestoreError, InvalidArgument
from emulator.core.paths import check_document_path, check_id, document_path, parse_database, split_name
from emulator.core.rpc.reads import masked, parse_mask
from emulator.core.writes import target_of
from emulator.wire import MESSAGES, Document, Status, Write, WriteResult

AUTO_ID_LENGTH = 20
_ID_LETTERS = string.ascii_letters + string.digits


async def begin_transaction(databases: Databases, request: Any) -> Any:
    """The id of a new transaction, read-write unless asked otherwise."""
    instance = databases.get(parse_database(request.database))
    transaction = instance.transactions.begin(request.options)
    return MESSAGES["BeginTransactionResponse"](transaction=transaction.id)


async def rollback(databases: Databases, request: Any) -> Any:
    """End a transaction without effect."""
    databases.get(parse_database(request.database)).transactions.rollback(request.transaction)
    return MESSAGES["Empty"]()


async def commit(databases: Databases, request: Any) -> Any:
    """All writes of a request at one time, or none of them."""
    instance = databases.get(parse_database(request.database))
    transaction = instance.transactions.get(request.transaction) if request.transaction else None
    committed = await instance.commit(request.writes, transaction)
    return MESSAGES["CommitResponse"](
        write_results=committed.results, commit_time=to_timestamp(committed.time)
    )


async def batch_write(databases: Databases, request: Any) -> Any:
    """Each write on its own, with a status for each."""
    instance = databases.get(parse_database(request.database))
    paths = [target_of(write, instance.database.name) for write in request.writes]
    if len(set(paths)) < len(paths):
        raise InvalidArgument("a batch cannot write the same document twice")
    response = MESSAGES["BatchWriteResponse"]()
    for outcome in await instance.commit_apart(request.writes):
        if isinstance(outcome, FirestoreError):
            response.write_results.append(WriteResult())
            response.status.append(Status(code=outcome.code, message=outcome.message))
        else:
            response.write_results.append(outcome)
            response.status.append(Status())
    return response


async def create_document(databases: Databases, request: Any) -> Any:
    """A new document, under an id of ours if the request names none; AlreadyExists if there is one."""
    name, parent = split_name(request.parent)
    check_id(request.collection_id, request.collection_id)
    document_id = request.document_id or "".join(secrets.choice(_ID_LETTERS) for _ in range(AUTO_ID_LENGTH))
    path = "/".join(filter(None, (parent, request.collection_id, document_id)))
    check_document_path(path)
    write = Write(update=request.document, current_document={"exists": False})
    write.update.name = f"{name.documents}/{path}"
    return masked(await _write_one(databases.get(name), write, path), parse_mask(request))


async def update_document(databases: Databases, request: Any) -> Any:
    """A document with the fields of the update mask changed, or all replaced where there is none."""
    instance = databases.get(split_name(request.document.name)[0])
    path = document_path(request.document.name, instance.database.name)
    write = Write(update=request.document)
    if request.HasField("update_mask"):
        write.update_mask.CopyFrom(request.update_mask)
    if request.HasField("current_document"):
        write.current_document.CopyFrom(request.current_document)
    return masked(await _write_one(instance, write, path), parse_mask(request))


async def delete_document(databases: Databases, request: Any) -> Any:
    """Delete a document, whether it exists or not."""
    instance = databases.get(split_name(request.name)[0])
    write = Write(delete=request.name)
    if request.HasField("current_document"):
        write.current_document.CopyFrom(request.current_document)
    await instance.commit([write])
    return MESSAGES["Empty"]()


async def _write_one(instance: Instance, write: Write, path: str) -> Document:
    await instance.commit([write])
    version = instance.database.find(path)
    assert version is not None
    return version.document
