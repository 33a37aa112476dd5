"""What a caller may do in a database by the security rules of its project."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from emulator.core.access import NO_GROUNDS, UNRESTRICTED, Access, Grounds
from emulator.core.database import Database
from emulator.core.documents import Change, Version
from emulator.core.errors import PermissionDenied
from emulator.core.history import Commit
from emulator.core.usage import note_reads
from emulator.permissions.rulebook import Rulebook
from emulator.rules.access import Documents
from emulator.rules.queries.proofs import query_requests
from emulator.rules.requests import Method, Request, Resource, Verdict
from emulator.rules.values.types import Timestamp, Value
from emulator.rules.wire_values import stored_resource
from emulator.service.authorizers import Authorizer
from emulator.service.callers import Caller
from emulator.service.identities import Identity, identify
from emulator.wire import StructuredQuery

_LOG = logging.getLogger(__name__)
_DENIED = "Missing or insufficient permissions."
_NANOS_PER_MICRO = 1000
_MICROS_PER_MILLI = 1000


def authorize_by_rules(rulebook: Rulebook, *, explain: bool = True) -> Authorizer:
    """Hold everybody but the owner to the rules in force; with `explain` denials name the lines that denied."""

    def authorize(caller: Caller, database: Database) -> Access:
        identity = identify(caller.authorization)
        return (
            UNRESTRICTED if identity.is_owner else RulesAccess(rulebook, identity, database, explain=explain)
        )

    return authorize


class RulesAccess:
    """The access of a user or of nobody; the rules are looked up for every operation, since they change."""

    def __init__(
        self, rulebook: Rulebook, identity: Identity, database: Database, *, explain: bool = True
    ) -> None:
        self._rulebook = rulebook
        self._database = database
        self._auth = _auth_of(identity)
        self._explain = explain

    def check_get(self, documents: Mapping[str, Version | None]) -> Grounds:
        """Every document must be allowed to be got."""
        ruleset = self._rulebook.find(self._database.name.project)
        if ruleset is None:
            return NO_GROUNDS
        time = self._now()
        with _billed(Documents(self._read)) as read:
            for path, version in documents.items():
                self._judge(ruleset.evaluate(self._request("get", path, time, _resource(version)), read))
        return _grounds(read)

    def check_list(self, parent: str, query: StructuredQuery) -> Grounds:
        """The rules must allow every document that the query could find."""
        ruleset = self._rulebook.find(self._database.name.project)
        if ruleset is None:
            return NO_GROUNDS
        segments = parent.split("/") if parent else []
        alternatives = query_requests(self._request("list", parent, self._now()), query, segments)
        with _billed(Documents(self._read)) as read:
            self._judge(ruleset.evaluate_query(alternatives, read))
        return _grounds(read)

    def check_write(self, proposed: Commit) -> None:
        """Every change must be allowed; each may look at what all of them together leave."""
        ruleset = self._rulebook.find(self._database.name.project)
        if ruleset is None:
            return
        after = {change.record.path: change.new for change in proposed.changes}

        def read_after(path: tuple[str, ...]) -> Resource | None:
            joined = "/".join(path)
            return _resource(after[joined]) if joined in after else self._read(path)

        time = Timestamp(proposed.time // _MICROS_PER_MILLI * _MICROS_PER_MILLI * _NANOS_PER_MICRO)
        with _billed(Documents(self._read, read_after)) as documents:
            for change in proposed.changes:
                request = self._request(
                    _method(change), change.record.path, time, _resource(change.old), _resource(change.new)
                )
                self._judge(ruleset.evaluate(request, documents))

    def check_owner(self, what: str) -> None:
        """Rules give nobody what is the owner's alone; without rules everything is allowed."""
        if self._rulebook.find(self._database.name.project) is not None:
            raise PermissionDenied(f"{what} is for the owner of the project only")

    def _now(self) -> Timestamp:
        return Timestamp(self._database.clock.now() * _NANOS_PER_MICRO)

    def _read(self, path: tuple[str, ...]) -> Resource | None:
        return _resource(self._database.find("/".join(path)))

    def _request(
        self,
        method: Method,
        path: str,
        time: Timestamp,
        resource: Resource | None = None,
        new_resource: Resource | None = None,
    ) -> Request:
        return Request(
            method,
            tuple(path.split("/")),
            time,
            self._auth,
            resource,
            new_resource,
            database=self._database.name.database,
        )

    def _judge(self, verdict: Verdict) -> None:
        for line in verdict.debug:
            _LOG.info("debug: %s", line)
        if not verdict.allowed:
            raise PermissionDenied(f"{_DENIED} {verdict.message}" if self._explain else _DENIED)


def _auth_of(identity: Identity) -> Mapping[str, Value] | None:
    """The value of `request.auth`."""
    if identity.claims is None:
        return None
    return {"uid": identity.uid, "token": dict(identity.claims)}


@contextmanager
def _billed(read: Documents) -> Iterator[Documents]:
    """Note what rules looked up, also for what they deny."""
    try:
        yield read
    finally:
        note_reads(len(read.paths))


def _grounds(read: Documents) -> Grounds:
    return frozenset("/".join(path) for path in read.paths)


def _resource(version: Version | None) -> Resource | None:
    return None if version is None else stored_resource(version.document)


def _method(change: Change) -> Method:
    if change.new is None:
        return "delete"
    return "create" if change.old is None else "update"
