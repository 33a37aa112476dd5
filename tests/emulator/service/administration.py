"""The emulator's administrative endpoints, as a test calls them."""

import http.client
import json
from typing import Any


def call(address: str, method: str, path: str, content: Any = None) -> tuple[int, Any]:
    """The status and the JSON of a reply."""
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request(method, path, None if content is None else json.dumps(content))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def arm(address: str, *rules: dict[str, Any], seed: int = 1) -> None:
    """Set the fault rules."""
    status, content = call(address, "PUT", "/emulator/v1/faults", {"seed": seed, "rules": list(rules)})
    assert status == 200, content
