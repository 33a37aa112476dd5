"""The doors that attackers stand before: callables and HTTP functions as they are served, and Firestore itself."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.attacks.attempt import Answer, Attempt
from tests.http_calls import body_of, unsigned_token

OWNER = {"Authorization": "Bearer owner"}


@dataclass
class Doors:
    """One project's functions and its Firestore, reached as anybody on the network reaches them."""

    project: str
    functions: str
    firestore: str
    # uid → the claims of its token beside the standard ones.
    claims: Mapping[str, Mapping[str, Any]]
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=30, trust_env=False, verify=False)
    )

    def try_(self, attempt: Attempt) -> Answer:
        """Carry out an attempt whose names are resolved."""
        if attempt.door == "callable":
            domain, command = attempt.what.split(".")
            return self.call(attempt.who, domain, body_of(command, **attempt.content))
        method, _, path = attempt.what.partition(" ")
        return self.ask_firestore(attempt.who, method, path, attempt.content or None)

    def call(self, who: str, domain: str, body: bytes, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Send any body to a callable; the verdict is `STATUS REASON`, or OK."""
        reply = self.http.post(
            f"{self.functions}/{domain}",
            content=body,
            headers={"Content-Type": "application/json", **self.signed_in(who), **(headers or {})},
        )
        return Answer(verdict_of(reply), f"{reply.headers}\n{reply.text}")

    def ask_firestore(self, who: str, method: str, path: str, content: Any = None) -> Answer:
        """A request of the REST interface, below the database's documents; the verdict is its status, or OK."""
        reply = self.http.request(
            method,
            f"http://{self.firestore}/v1/{self.database}/documents{path}",
            json=content,
            headers=self.signed_in(who),
        )
        body = reply.json()
        found = body[0] if isinstance(body, list) and body else body
        error = found.get("error") if isinstance(found, dict) else None
        return Answer(error["status"] if error else "OK", json.dumps(body))

    @property
    def database(self) -> str:
        """The resource name of the project's database."""
        return f"projects/{self.project}/databases/(default)"

    def signed_in(self, who: str) -> dict[str, str]:
        """The header with the token of an account; nothing for a visitor."""
        return {"Authorization": f"Bearer {self.token(who)}"} if who else {}

    def token(self, who: str, **claims: Any) -> str:
        """A fresh ID token, with the claims that the account has and these."""
        now = int(time.time())
        fresh = {"auth_time": now, "iat": now, "exp": now + 3_600}
        return unsigned_token(who, self.project, **{**fresh, **self.claims.get(who, {}), **claims})

    def documents(self) -> str:
        """Every document of the project, versions included."""
        url = f"http://{self.firestore}/emulator/v1/{self.database}/documents:export"
        return self.http.get(url, headers=OWNER).text

    def put_rules(self, rules: str) -> None:
        """Put security rules in force."""
        url = f"http://{self.firestore}/emulator/v1/projects/{self.project}:securityRules"
        self.http.put(url, json={"rules": {"files": [{"content": rules}]}}, headers=OWNER).raise_for_status()


def verdict_of(reply: httpx.Response) -> str:
    """`STATUS REASON` of a callable's refusal, OK for an answer, the HTTP status for anything else."""
    try:
        body = reply.json()
    except ValueError:
        return str(reply.status_code)
    if reply.is_success:
        return "OK"
    error = body["error"]
    return f"{error['status']} {error.get('details', {}).get('reason', '')}".strip()
