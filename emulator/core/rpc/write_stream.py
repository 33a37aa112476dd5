"""A Write stream: commits one after another over one connection, each answered with a new token."""

from typing import Any

from emulator.core.clock import to_timestamp
from emulator.core.databases import Databases, Instance
from emulator.core.errors import InvalidArgument
from emulator.core.paths import parse_database
from emulator.wire import MESSAGES


class WriteStream:
    """The state of one stream; no I/O."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._instance: Instance | None = None
        self._responses = 0

    async def answer(self, request: Any) -> Any:
        """The response to the next request; the first one opens the stream and carries no writes."""
        if self._instance is None:
            if request.writes or request.stream_id:
                raise InvalidArgument("the first request of a Write stream names the database only")
            self._instance = self._databases.get(parse_database(request.database))
            return self._response(stream_id="stream")
        if not request.stream_token:
            raise InvalidArgument("a Write request needs the stream token of the last response")
        committed = await self._instance.commit(request.writes)
        return self._response(write_results=committed.results, commit_time=to_timestamp(committed.time))

    def _response(self, **content: Any) -> Any:
        self._responses += 1
        return MESSAGES["WriteResponse"](stream_token=self._responses.to_bytes(8, "big"), **content)
