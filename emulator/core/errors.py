"""Refusals of the database, each with its canonical code.

FirestoreError
├── InvalidArgument      the request itself is wrong
├── NotFound             a document that had to exist does not
├── AlreadyExists        a document that had to be new is not
├── Unauthenticated      the caller's token cannot be read
├── PermissionDenied     security rules say no
├── FailedPrecondition   the state of the database forbids it
├── Aborted              a conflict with another transaction; trying again is right
├── ResourceExhausted    a limit of the service
├── OutOfRange           a value outside what the service can represent
├── Unavailable          try again later
├── Internal             a bug of the emulator
└── Unimplemented        a feature this emulator does not have
"""

from enum import IntEnum


class Code(IntEnum):
    """Canonical status codes (google/rpc/code.proto)."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class FirestoreError(Exception):
    """A refusal that the client sees as status `code` with this message."""

    code = Code.UNKNOWN

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidArgument(FirestoreError):
    """The request itself is wrong."""

    code = Code.INVALID_ARGUMENT


class NotFound(FirestoreError):
    """A document that had to exist does not."""

    code = Code.NOT_FOUND


class AlreadyExists(FirestoreError):
    """A document that had to be new is not."""

    code = Code.ALREADY_EXISTS


class Unauthenticated(FirestoreError):
    """The caller's token cannot be read."""

    code = Code.UNAUTHENTICATED


class PermissionDenied(FirestoreError):
    """Security rules say no."""

    code = Code.PERMISSION_DENIED


class FailedPrecondition(FirestoreError):
    """The state of the database forbids the operation."""

    code = Code.FAILED_PRECONDITION


class Aborted(FirestoreError):
    """A conflict with another transaction; trying again is right."""

    code = Code.ABORTED


class ResourceExhausted(FirestoreError):
    """A limit of the service is reached."""

    code = Code.RESOURCE_EXHAUSTED


class OutOfRange(FirestoreError):
    """A value outside what the service can represent."""

    code = Code.OUT_OF_RANGE


class Unavailable(FirestoreError):
    """The service cannot answer now."""

    code = Code.UNAVAILABLE


class Internal(FirestoreError):
    """A bug of the emulator; the log has the details."""

    code = Code.INTERNAL


class Unimplemented(FirestoreError):
    """A feature this emulator does not have; the message names it."""

    code = Code.UNIMPLEMENTED
