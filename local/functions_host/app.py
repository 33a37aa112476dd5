"""The WSGI application: `/{project}/{region}/{name}` is a function, `/` lists them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from local.functions_host.discovery import REGION, ServedFunction

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class Route:
    """Where a request goes: `prefix` is what the function does not see of the path, `rest` what it does."""

    name: str
    prefix: str
    rest: str


def route(path: str, project: str) -> Route | None:
    """The function a path names; None when it is not of this project and region."""
    parts = path.split("/", 4)
    if len(parts) < 4 or parts[:3] != ["", project, REGION] or not parts[3]:
        return None
    return Route(parts[3], "/".join(parts[:4]), f"/{parts[4]}" if len(parts) == 5 else "/")


class FunctionsApp:
    """Dispatches to one application per function, as if each were deployed alone."""

    def __init__(
        self, project: str, functions: Sequence[ServedFunction], apps: Mapping[str, "WSGIApplication"]
    ) -> None:
        self._project = project
        self._functions = functions
        self._apps = apps

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/":
            return _json("200 OK", self._index(), start_response)
        target = route(path, self._project)
        if target is None or target.name not in self._apps:
            return _json("404 Not Found", self._unknown(path), start_response)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + target.prefix
        environ["PATH_INFO"] = target.rest
        return self._apps[target.name](environ, start_response)

    def _index(self) -> dict[str, object]:
        return {"project": self._project, "region": REGION, "functions": [asdict(f) for f in self._functions]}

    def _unknown(self, path: str) -> dict[str, object]:
        """The error shape that client SDKs of callables understand."""
        known = ", ".join(f"/{self._project}/{REGION}/{f.name}" for f in self._functions)
        return {"error": {"status": "NOT_FOUND", "message": f"No function at {path}. There are: {known}."}}


def _json(status: str, body: object, start_response: "StartResponse") -> Iterable[bytes]:
    content = json.dumps(body).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]
