"""Removes documents that nobody projects: what a person wrote into Firestore, or was told there once."""

from google.api_core.exceptions import GoogleAPICallError, RetryError

from courtside.errors import Unavailable
from courtside.firestore.client import FirestoreConnection, StructuredQuery, Write

# As many as one BatchWrite takes.
PAGE = 500
_EQUAL = StructuredQuery.FieldFilter.Operator.EQUAL


def delete_in(
    connection: FirestoreConnection,
    collection: str,
    *,
    where: dict[str, str] | None = None,
    timeout_seconds: float,
) -> int:
    """Delete a page of a collection, or of its documents in which these fields, given by their paths, have these texts.

    Returns how many there were: as long as that is not 0 there may be more.

    Raises:
        Unavailable: Firestore did not answer, or has not deleted all of them.
    """
    parent, _, collection_id = collection.rpartition("/")
    query = StructuredQuery()
    query.from_.add(collection_id=collection_id)
    query.select.fields.add(field_path="__name__")
    query.limit.value = PAGE
    for path, text in (where or {}).items():
        condition = query.where.composite_filter.filters.add().field_filter
        condition.field.field_path, condition.op, condition.value.string_value = path, _EQUAL, text
    if where:
        query.where.composite_filter.op = StructuredQuery.CompositeFilter.Operator.AND
    try:
        found = connection.run_query(query, parent=parent, timeout_seconds=timeout_seconds)
        writes = [Write(delete=document.name) for document in found]
        statuses = connection.batch_write(writes, timeout_seconds=timeout_seconds).status if writes else ()
    except (GoogleAPICallError, RetryError) as error:
        raise Unavailable from error
    if any(status.code for status in statuses):
        raise Unavailable
    return len(found)
