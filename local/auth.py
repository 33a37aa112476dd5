"""The official Auth emulator from npm, and the few calls of its REST interface that the suite makes."""

import json
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from local.environment import DEFAULT_PROJECT, ROOT
from local.errors import SetupMissing, SuiteError
from local.ports import LOOPBACK, free_port, free_ports, require_free
from local.processes import ChildProcess, spawn

PART = "Auth emulator"
_FIREBASE = ROOT / "node_modules" / ".bin" / "firebase"
_START_TIMEOUT_SECONDS = 90.0
_OWNER = {"Authorization": "Bearer owner"}  # the emulator's administrator


class AuthRefused(SuiteError):
    """The Auth emulator refused a call; the text is its own code, such as EMAIL_EXISTS."""


@dataclass(frozen=True)
class Account:
    """An account of the emulator, which keeps passwords readable."""

    uid: str
    email: str
    password: str


@dataclass(frozen=True)
class AuthServer:
    """A running Auth emulator; `host` is what FIREBASE_AUTH_EMULATOR_HOST takes."""

    host: str
    project: str
    process: ChildProcess

    def sign_up(self, email: str, password: str, uid: str | None = None) -> str:
        """Create an account, with a uid of the emulator's choice unless given, and return its uid."""
        account = {"email": email, "password": password, **({"localId": uid} if uid else {})}
        return str(self._admin("accounts", account)["localId"])

    def sign_in(self, email: str, password: str) -> str:
        """An ID token, valid for an hour. Raises AuthRefused."""
        credentials = {"email": email, "password": password, "returnSecureToken": True}
        return str(self._post("accounts:signInWithPassword?key=local", credentials)["idToken"])

    def set_claims(self, uid: str, claims: Mapping[str, object]) -> None:
        """Replace the custom claims of an account; they are in tokens issued from now on."""
        self._admin("accounts:update", {"localId": uid, "customAttributes": json.dumps(claims)})

    def accounts(self) -> list[Account]:
        """All accounts that sign in with a password."""
        known = self._admin("accounts:query", {}).get("userInfo", [])
        return [_account(entry) for entry in known if "passwordHash" in entry]

    def is_ready(self) -> bool:
        """Whether the emulator answers."""
        try:
            return httpx.get(f"http://{self.host}/", timeout=2, trust_env=False, verify=False).is_success
        except httpx.TransportError:
            return False

    def _admin(self, method: str, body: Mapping[str, object]) -> dict[str, Any]:
        return self._post(f"projects/{self.project}/{method}", body, _OWNER)

    def _post(
        self, method: str, body: Mapping[str, object], headers: Mapping[str, str] = {}
    ) -> dict[str, Any]:
        url = f"http://{self.host}/identitytoolkit.googleapis.com/v1/{method}"
        response = httpx.post(
            url, json=body, headers=dict(headers), timeout=10, trust_env=False, verify=False
        )
        answer: dict[str, Any] = response.json()
        if response.is_error:
            raise AuthRefused(f"{PART} refused {method.partition('?')[0]}: {answer['error']['message']}")
        return answer


def _account(entry: Mapping[str, Any]) -> Account:
    """The emulator's "hash" spells the password out after its last colon."""
    return Account(entry["localId"], entry["email"], entry["passwordHash"].partition(":password=")[2])


@contextmanager
def running_auth(port: int | None = None, project: str = DEFAULT_PROJECT) -> Iterator[AuthServer]:
    """An Auth emulator without accounts while the block runs, on loopback `port` or a free one.

    Raises PortTaken, SetupMissing and PartFailed.
    """
    with TemporaryDirectory(prefix="courtside-auth-") as scratch:
        directory = Path(scratch)
        server = spawn_auth(port or free_port(), project, directory, directory / "auth.log")
        try:
            server.process.wait_until(server.is_ready, _START_TIMEOUT_SECONDS)
            yield server
        finally:
            server.process.stop()


def spawn_auth(port: int, project: str, directory: Path, log: Path) -> AuthServer:
    """Start the emulator without waiting for it, which takes about ten seconds; the caller stops its process.

    Accounts are kept in `directory` when it ends in an orderly way, and found there at the next start.
    """
    require_free(port, PART, "--port-auth")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "firebase.json").write_text(json.dumps(_configuration(port)))
    kept = directory / "accounts"
    command = [str(_installed()), "emulators:start", "--only", "auth", "--project", project]
    command += [f"--import={kept}", f"--export-on-exit={kept}"]
    process = spawn(
        PART, command, log=log, env=private_environment(directory), cwd=directory, stop_signal=signal.SIGINT
    )
    return AuthServer(f"{LOOPBACK}:{port}", project, process)


def _configuration(port: int) -> dict[str, object]:
    """Unlike in the repository's firebase.json, its helpers take free ports, so that two suites can run."""
    ports = dict(zip(("auth", "hub", "logging"), (port, *free_ports(2)), strict=True))
    services = {name: {"host": LOOPBACK, "port": number} for name, number in ports.items()}
    return {"emulators": {**services, "ui": {"enabled": False}, "singleProjectMode": True}}


def private_environment(directory: Path) -> dict[str, str]:
    """Keep the tool's notes, a login of this user among them, and its hub's address to this directory."""
    return {
        "TMPDIR": str(directory),
        "XDG_CONFIG_HOME": str(directory / "config"),
        "NO_UPDATE_NOTIFIER": "1",
        "NO_COLOR": "1",
        "CI": "1",
    }


def _installed() -> Path:
    if not _FIREBASE.exists():
        raise SetupMissing("The Auth emulator is not installed: run `make node`.")
    if shutil.which("node", path=os.environ.get("PATH")) is None:
        raise SetupMissing("Node.js is not installed; version 20 or later is needed for the Auth emulator.")
    return _FIREBASE
