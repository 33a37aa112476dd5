"""Many requests at once to one host over few HTTP/2 connections, by libcurl; for one thread, without an event loop.

A request costs it a twelfth of what it costs an HTTP/2 client in Python, which would be most of a push.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from io import BytesIO

import certifi
import pycurl

_LONGEST_WAIT_SECONDS = 0.25
# While a name is looked up there is nothing yet to wait for.
_BLIND_WAIT_SECONDS = 0.005


@dataclass(frozen=True)
class Post:
    """The body of a request and its own headers, `name: value`."""

    body: bytes
    headers: Sequence[str] = ()


@dataclass(frozen=True)
class Reply:
    """A whole answer; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Failure(Enum):
    """Why there is no answer."""

    UNREACHABLE = "nothing was sent"
    NO_ANSWER = "it may have arrived all the same"


_UNREACHABLE = frozenset(
    {
        pycurl.E_COULDNT_RESOLVE_HOST,
        pycurl.E_COULDNT_CONNECT,
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_PEER_FAILED_VERIFICATION,
    }
)


@dataclass(eq=False)
class _Handle:
    """A request in its turn: libcurl's handle, used for one after the other, and what has come of the answer."""

    curl: pycurl.Curl
    number: int = 0
    body: BytesIO = field(default_factory=BytesIO)
    headers: dict[str, str] = field(default_factory=dict)

    def reply(self) -> Reply:
        """The answer, now that it is whole."""
        return Reply(self.curl.getinfo(pycurl.RESPONSE_CODE), self.headers, self.body.getvalue())

    def take_header(self, line: bytes) -> None:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            self.headers[name.strip().lower()] = value.strip()


class Poster:
    """Posts to one URL; `https` with HTTP/2 where the server offers it, `http` with HTTP/2 at once."""

    def __init__(self, url: str, *, concurrent: int, connections: int, answer_seconds: float) -> None:
        self._url, self._answer_seconds = url, answer_seconds
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, connections)
        self._handles = [_Handle(self._open()) for _ in range(concurrent)]
        self._by_curl = {handle.curl: handle for handle in self._handles}

    def post_all(self, posts: Iterator[Post]) -> Iterator[tuple[int, Reply | Failure]]:
        """Post all, and give the number of each with its answer as it comes.

        The next is asked for when there is room for it; who asks for no more answers leaves the rest unheard.
        """
        free, busy, numbered = list(self._handles), set[_Handle](), enumerate(posts)
        try:
            while True:
                while free and (turn := next(numbered, None)) is not None:
                    busy.add(handle := free.pop())
                    self._begin(handle, *turn)
                if not busy:
                    return
                self._multi.perform()
                ended = list(self._ended())
                if not ended:
                    self._wait()
                busy.difference_update(handle for handle, _ in ended)
                for handle, answer in ended:
                    free.append(handle)
                    yield handle.number, answer
        finally:
            for handle in busy:
                self._multi.remove_handle(handle.curl)

    def close(self) -> None:
        """Close the connections."""
        for handle in self._handles:
            handle.curl.close()
        self._multi.close()

    def _open(self) -> pycurl.Curl:
        curl = pycurl.Curl()
        is_secure = self._url.startswith("https://")
        version = pycurl.CURL_HTTP_VERSION_2TLS if is_secure else pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
        for option, value in {
            pycurl.URL: self._url,
            pycurl.HTTP_VERSION: version,
            # Wait for a connection that others open, instead of opening one more.
            pycurl.PIPEWAIT: 1,
            pycurl.NOSIGNAL: 1,
            pycurl.PROXY: "",
            pycurl.CAINFO: certifi.where(),
            pycurl.TIMEOUT_MS: round(self._answer_seconds * 1000),
        }.items():
            curl.setopt(option, value)
        return curl

    def _begin(self, handle: _Handle, number: int, post: Post) -> None:
        handle.number, handle.body, handle.headers = number, BytesIO(), {}
        curl = handle.curl
        curl.setopt(pycurl.HTTPHEADER, [*post.headers, "expect:"])
        curl.setopt(pycurl.POSTFIELDS, post.body)
        curl.setopt(pycurl.WRITEDATA, handle.body)
        curl.setopt(pycurl.HEADERFUNCTION, handle.take_header)
        self._multi.add_handle(curl)

    def _wait(self) -> None:
        """Until there is something to read, or room to write."""
        if self._multi.select(_LONGEST_WAIT_SECONDS) < 0:
            time.sleep(_BLIND_WAIT_SECONDS)

    def _ended(self) -> Iterator[tuple[_Handle, Reply | Failure]]:
        left = 1
        while left:
            left, done, failed = self._multi.info_read()
            for curl in done:
                self._multi.remove_handle(curl)
                handle = self._by_curl[curl]
                yield handle, handle.reply()
            for curl, code, _ in failed:
                self._multi.remove_handle(curl)
                answer = Failure.UNREACHABLE if code in _UNREACHABLE else Failure.NO_ANSWER
                yield self._by_curl[curl], answer
