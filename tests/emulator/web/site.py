"""The site that the pages come from: the test's own files, and npm packages as they are, found by an import map."""

import contextlib
import json
import threading
from collections.abc import Iterator
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.emulator.process import ROOT

PAGE = Path(__file__).parent / "page"
PACKAGES = ROOT / "node_modules"
ENTRIES = {
    "firebase": ["app", "firestore"],
    "@firebase/app": ["."],
    "@firebase/component": ["."],
    "@firebase/firestore": ["."],
    "@firebase/logger": ["."],
    "@firebase/util": ["."],
    "@firebase/webchannel-wrapper": ["webchannel-blob", "bloom-blob"],
}
PLAIN = {"idb": "build/index.js", "re2js": "build/index.js"}


def import_map() -> dict[str, Any]:
    """Where a browser finds the modules that the packages' browser builds import."""
    imports = {name: f"/npm/{name}/{path}" for name, path in PLAIN.items()}
    for package, entries in ENTRIES.items():
        exports = json.loads((PACKAGES / package / "package.json").read_text())["exports"]
        for entry in entries:
            key = "." if entry == "." else f"./{entry}"
            name = package if entry == "." else f"{package}/{entry}"
            imports[name] = f"/npm/{package}/{_browser_build(exports[key])}"
    return {"imports": imports}


def _browser_build(conditions: Any) -> str:
    while not isinstance(conditions, str):
        conditions = next(conditions[key] for key in ("browser", "import", "default") if key in conditions)
    return conditions.removeprefix("./")


@cache
def _index() -> bytes:
    page = (PAGE / "index.html").read_text()
    return page.replace("IMPORT_MAP", json.dumps(import_map())).encode()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        body = _index()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path: str) -> str:
        root, _, rest = path.lstrip("/").partition("/")
        return str((PACKAGES if root == "npm" else PAGE) / rest)

    def log_message(self, *_: object) -> None:
        """Requests are not worth a line."""


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The site's URL while the context lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
