"""RPCs that list documents and collections."""

from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from typing import Any

from emulator.core.databases import Databases
from emulator.core.errors import InvalidArgument
from emulator.core.indexes import KeyRange
from emulator.core.order import after, encode_path
from emulator.core.paths import (
    DOCUMENT_ID,
    check_document_path,
    format_field_path,
    parse_field_path,
    split_name,
)
from emulator.core.queries.model import AllOf, Order, Query, Source
from emulator.core.rpc.reads import masked, parse_mask
from emulator.core.rpc.snapshots import Snapshot, open_snapshot
from emulator.core.usage import note_query, note_reads
from emulator.wire import MESSAGES, Document, StructuredQuery

DEFAULT_PAGE = 300


def _page_token(key: bytes) -> str:
    return urlsafe_b64encode(key).decode()


def _token_key(token: str) -> bytes:
    try:
        return b64decode(token, altchars=b"-_", validate=True)
    except (NotBase64, ValueError):
        raise InvalidArgument("page_token was not issued by this emulator") from None


def _parse_order_by(text: str) -> tuple[Order, ...]:
    """`a desc, b.c` as orders, the document id last."""
    orders = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        field, _, direction = part.partition(" ")
        if direction.strip().lower() not in ("", "asc", "desc"):
            raise InvalidArgument(f"order_by: {direction!r} is neither asc nor desc")
        orders.append(Order(parse_field_path(field), direction.strip().lower() == "desc"))
    if any(order.path == DOCUMENT_ID for order in orders):
        return tuple(orders)
    return (*orders, Order(DOCUMENT_ID, orders[-1].descending if orders else False))


async def list_documents(databases: Databases, request: Any) -> Any:
    """A page of the documents of a collection; on request with those that only have subcollections."""
    name, parent = split_name(request.parent)
    instance = databases.get(name)
    source = Source(parent, request.collection_id, all_descendants=False)
    orders = _parse_order_by(request.order_by)
    low = after(_token_key(request.page_token)) if request.page_token else None
    size = request.page_size if request.page_size > 0 else DEFAULT_PAGE
    query = Query(source, AllOf(()), orders, KeyRange(low, None), limit=size + 1)
    mask = parse_mask(request)
    instance.access.check_list(parent, _as_structured(request, orders, size))
    if request.show_missing:
        instance.access.check_owner("show_missing")
    instance.database.check_indexes(query)
    snapshot = open_snapshot(instance, request)
    found = snapshot.query(query)
    page = [(query.order_key(version) or b"", masked(version.document, mask)) for version in found]
    if request.show_missing:
        if request.order_by:
            raise InvalidArgument("show_missing cannot be combined with order_by")
        page = sorted([*page, *_missing(snapshot, source, low)], key=lambda entry: entry[0])
    note_query(len(page[:size]), 0)
    response = MESSAGES["ListDocumentsResponse"](documents=[document for _, document in page[:size]])
    if len(page) > size:
        response.next_page_token = _page_token(page[size - 1][0])
    return response


def _as_structured(request: Any, orders: tuple[Order, ...], size: int) -> StructuredQuery:
    """The query that stands for a listing where queries are judged."""
    query = StructuredQuery(limit={"value": size})
    query.from_.add(collection_id=request.collection_id)
    for order in orders:
        direction = StructuredQuery.DESCENDING if order.descending else StructuredQuery.ASCENDING
        query.order_by.add(field={"field_path": format_field_path(order.path)}, direction=direction)
    return query


def _missing(snapshot: Snapshot, source: Source, low: bytes | None) -> Iterable[tuple[bytes, Document]]:
    """Documents that do not exist but have something below them, by sort key."""
    depth = len(source.parent.split("/")) + 2 if source.parent else 2
    prefix = f"{source.collection}/" if source.collection_id else f"{source.parent}/" if source.parent else ""
    below = (path for path in snapshot.database.collections_at(snapshot.time) if path.startswith(prefix))
    ancestors = {"/".join(path.split("/")[:depth]) for path in below if path.count("/") >= depth}
    for path in ancestors:
        key = encode_path(path)
        if snapshot.find(path) is None and (low is None or key >= low):
            yield key, Document(name=f"{snapshot.database.name.documents}/{path}")


async def list_collection_ids(databases: Databases, request: Any) -> Any:
    """A page of the ids of the collections directly below a document or the root that hold something."""
    name, parent = split_name(request.parent)
    if parent:
        check_document_path(parent)
    instance = databases.get(name)
    instance.access.check_owner("ListCollectionIds")
    snapshot = open_snapshot(instance, request)
    depth = parent.count("/") + 1 if parent else 0
    prefix = f"{parent}/" if parent else ""
    paths = snapshot.database.collections_at(snapshot.time)
    note_reads(1)
    ids = sorted(
        {path.split("/")[depth] for path in paths if path.startswith(prefix)}, key=lambda text: text.encode()
    )
    start = next((position for position, one in enumerate(ids) if one > request.page_token), len(ids))
    end = start + request.page_size if request.page_size > 0 else len(ids)
    token = ids[end - 1] if end < len(ids) else ""
    return MESSAGES["ListCollectionIdsResponse"](collection_ids=ids[start:end], next_page_token=token)
