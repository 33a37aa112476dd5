"""Two host applications that the studio trusts: one publishes its keys, one shares a secret."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from tests.hosts import AUD, ISS, configured, jwk, key_set, secret_keys

GYM = "https://gym.example"
_KEYS = key_set(jwk("RS256"))


class _Publisher(BaseHTTPRequestHandler):
    """Answers everything with the keys of the club."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(_KEYS)))
        self.end_headers()
        self.wfile.write(_KEYS)

    def log_message(self, *ignored: object) -> None:
        """Nothing."""


@contextmanager
def running_hosts() -> Iterator[str]:
    """The setting that trusts both, while the club publishes its keys."""
    server = HTTPServer(("127.0.0.1", 0), _Publisher)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    keys = {"jwks_url": f"http://127.0.0.1:{server.server_port}/keys", "algorithms": ["RS256"]}
    club = configured(iss=ISS, aud=AUD, keys=keys, replay="once")
    gym = configured(id="gym", iss=GYM, keys=secret_keys(), typ="courtside+jwt")
    try:
        yield json.dumps([club, gym])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
