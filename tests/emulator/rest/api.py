"""Calls of the REST API as any HTTP client makes them."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Answer:
    """A response; `content` is its JSON."""

    status: int
    content: Any
    headers: dict[str, str]

    @property
    def error(self) -> tuple[int, str]:
        """The code and status of an error, alone or within an array."""
        content = self.content[0] if isinstance(self.content, list) else self.content
        return content["error"]["code"], content["error"]["status"]


class Api:
    """One database."""

    def __init__(self, address: str, project: str, database: str = "(default)") -> None:
        self.address = address
        self.name = f"projects/{project}/databases/{database}"

    def document(self, path: str) -> str:
        """The resource name of a document."""
        return f"{self.name}/documents/{path}"

    def call(
        self,
        method: str,
        path: str = "",
        content: Any = None,
        parameters: list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Make a call below the database's documents: `path` begins with a slash or the colon of a verb."""
        url = f"/v1/{quote(self.name)}/documents{path}"
        if parameters:
            url += "?" + urlencode(parameters)
        body = None if content is None else json.dumps(content).encode()
        return send(self.address, method, url, body, {"content-type": "text/plain", **(headers or {})})

    def write(self, path: str, **fields: Any) -> Any:
        """Set a document with integer fields; its JSON."""
        content = {"fields": {name: {"integerValue": str(value)} for name, value in fields.items()}}
        answer = self.call("PATCH", f"/{path}", content)
        assert answer.status == 200, answer
        return answer.content


def send(address: str, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
    """Make an HTTP request."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request(method, url, body, headers)
        response = connection.getresponse()
        text = response.read()
        json_text = "json" in response.headers["content-type"]
        return Answer(
            response.status, json.loads(text) if json_text else text.decode(), dict(response.headers)
        )
    finally:
        connection.close()
