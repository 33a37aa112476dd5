"""The server process: loads `main.py` as a deployment does and serves it with production's server, gunicorn.

The listening socket is inherited, so that two generations of the code share it while one replaces the other.
"""

import argparse
import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import functions_framework
from gunicorn.app.base import BaseApplication

from local.functions_host.app import FunctionsApp
from local.functions_host.discovery import functions_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_SERVED = Path(__file__).with_name("served.py")
READY = b"ready"


def load_app(project: str) -> FunctionsApp:
    """Import `main` and wrap each of its functions as functions-framework does in production."""
    functions = functions_of(importlib.import_module("main"))
    apps: Mapping[str, WSGIApplication] = {
        served.name: functions_framework.create_app(served.name, str(_SERVED), "http") for served in functions
    }
    return FunctionsApp(project, functions, apps)


class FunctionsServer(BaseApplication):
    """gunicorn with the options of functions-framework, on an inherited socket."""

    def __init__(self, app: FunctionsApp, listen_fd: int, ready_fd: int, threads: int) -> None:
        self._app = app
        self._options: dict[str, Any] = {
            "bind": f"fd://{listen_fd}",
            "workers": 1,
            "threads": threads,
            "timeout": 0,
            "graceful_timeout": 10,  # what Cloud Run grants
            "limit_request_line": 0,
            "loglevel": "error",
            "control_socket_disable": True,
            "post_worker_init": lambda worker: os.write(ready_fd, READY),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app


def main() -> None:
    """Serve until SIGTERM; writes READY to `--ready-fd` once requests are accepted."""
    parser = argparse.ArgumentParser(prog="python -m local.functions_host.server")
    parser.add_argument("--project", required=True)
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--ready-fd", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    app = load_app(options.project)  # before gunicorn forks, as functions-framework does
    FunctionsServer(app, options.listen_fd, options.ready_fd, options.threads).run()


if __name__ == "__main__":
    main()
