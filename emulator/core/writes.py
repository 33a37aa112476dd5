"""One write applied to one document: precondition, mask, transforms."""

from dataclasses import dataclass

from emulator.core.clock import to_micros, to_timestamp
from emulator.core.documents import Version
from emulator.core.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from emulator.core.fields import Fields, delete_value, find_value, set_value
from emulator.core.paths import DatabaseName, document_path, parse_field_path
from emulator.core.transforms import apply_transforms
from emulator.core.validation import check_size, normalise_fields
from emulator.wire import Document, Precondition, Value, Write, WriteResult

MAX_TRANSFORMS = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write leaves behind: the document (None when deleted) and the result for the client."""

    document: Document | None
    created: int
    result: WriteResult
    changed: bool = True


def target_of(write: Write, database: DatabaseName) -> str:
    """The path of the document that a write is about."""
    operation = write.WhichOneof("operation")
    if operation == "update":
        return document_path(write.update.name, database)
    if operation == "delete":
        return document_path(write.delete, database)
    if operation == "transform":
        return document_path(write.transform.document, database)
    raise InvalidArgument("a write must hold an update, a delete or a transform")


def apply_write(
    write: Write, name: str, old: Version | None, commit_time: int, *, conditional: bool = True
) -> Outcome:
    """The effect of `write` on the document `name` whose version is `old`.

    NotFound, AlreadyExists or FailedPrecondition when its precondition does not hold, unless it is left aside.
    """
    if conditional:
        check_precondition(write.current_document, name, old, commit_time)
    if write.WhichOneof("operation") == "delete":
        return Outcome(None, commit_time, WriteResult())
    document = _updated_document(write, old)
    transforms = write.transform.field_transforms if write.HasField("transform") else write.update_transforms
    if len(transforms) > MAX_TRANSFORMS:
        raise InvalidArgument(f"{name}: more than {MAX_TRANSFORMS} field transforms in one write")
    results = apply_transforms(document.fields, transforms, commit_time)
    return _outcome(name, old, document, results, commit_time)


def _outcome(
    name: str, old: Version | None, document: Document, results: list[Value], commit_time: int
) -> Outcome:
    normalise_fields(document.fields, name)
    if old is not None and _same_fields(old.document.fields, document.fields):
        kept = WriteResult(update_time=old.document.update_time, transform_results=results)
        return Outcome(old.document, old.created, kept, changed=False)
    created = commit_time if old is None else old.created
    document.name = name
    document.create_time.CopyFrom(to_timestamp(created))
    document.update_time.CopyFrom(to_timestamp(commit_time))
    check_size(document)
    return Outcome(
        document, created, WriteResult(update_time=document.update_time, transform_results=results)
    )


def _same_fields(before: Fields, fields: Fields) -> bool:
    return len(before) == len(fields) and all(key in before and before[key] == fields[key] for key in fields)


def check_precondition(condition: Precondition, name: str, old: Version | None, now: int) -> None:
    """Refuse a write whose precondition does not hold for the stored version."""
    kind = condition.WhichOneof("condition_type")
    if kind == "exists":
        if condition.exists and old is None:
            raise NotFound(f"No document to update: {name}")
        if not condition.exists and old is not None:
            raise AlreadyExists(f"Document already exists: {name}")
    elif kind == "update_time":
        if to_micros(condition.update_time) > now:
            raise InvalidArgument(f"{name}: the required update_time is in the future")
        if old is None:
            raise FailedPrecondition(f"No document to compare the required update time with: {name}")
        if old.time != to_micros(condition.update_time):
            raise FailedPrecondition(
                f"{name}: the stored version ({to_timestamp(old.time).ToJsonString()}) does not match "
                f"the required base version ({condition.update_time.ToJsonString()})"
            )


def _updated_document(write: Write, old: Version | None) -> Document:
    """A new document with the fields as the update leaves them, before the transforms."""
    document = Document()
    stored = old.document if old is not None else None
    masked = write.HasField("update_mask")
    if stored is not None and (masked or write.HasField("transform")):
        document.CopyFrom(stored)
    if masked:
        for text in write.update_mask.field_paths:
            _copy_masked(document.fields, write.update.fields, text)
    elif write.HasField("update"):
        # Its name and times are set later.
        document.CopyFrom(write.update)
    return document


def _copy_masked(fields: Fields, update: Fields, text: str) -> None:
    path = parse_field_path(text)
    value = find_value(update, path)
    if value is None:
        delete_value(fields, path)
    else:
        set_value(fields, path, value)
