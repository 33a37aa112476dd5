"""Demo accounts of the Auth emulator: made in one call, with the uids that the studio gives them."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from seed.errors import StepRefused, SuiteNotRunning
from seed.people import DEMO_PASSWORD, Person

PART = "The Auth emulator"
_OWNER = {"Authorization": "Bearer owner"}  # the emulator's administrator
_AT_ONCE = 500
_THERE_ALREADY = "localId belongs to an existing account"


class Accounts:
    """Signs people in; tokens are kept, as they are good for an hour. Threads may share it."""

    def __init__(self, host: str, project: str) -> None:
        self._host = host
        self._project = project
        self._http = httpx.Client(
            base_url=f"http://{host}/identitytoolkit.googleapis.com/v1", timeout=30, trust_env=False
        )
        self._tokens: dict[str, str] = {}

    def ensure(self, people: Sequence[Person]) -> int:
        """Make the accounts of those who have none; the number of accounts made.

        Raises:
            SuiteNotRunning: the emulator does not answer.
            StepRefused: an account could not be made, such as when its address is somebody else's.
        """
        made = 0
        for start in range(0, len(people), _AT_ONCE):
            made += self._ensure(people[start : start + _AT_ONCE])
        return made

    def token(self, person: Person) -> str:
        """An identity token.

        Raises:
            SuiteNotRunning: the emulator does not answer.
            StepRefused: it does not let this person in.
        """
        if person.uid not in self._tokens:
            credentials = {"email": person.email, "password": DEMO_PASSWORD, "returnSecureToken": True}
            answer = self._post("/accounts:signInWithPassword?key=local", credentials)
            self._tokens[person.uid] = answer["idToken"]
        return self._tokens[person.uid]

    def close(self) -> None:
        self._http.close()

    def _ensure(self, people: Sequence[Person]) -> int:
        users = [_user(person) for person in people]
        answer = self._post(f"/projects/{self._project}/accounts:batchCreate", {"users": users}, _OWNER)
        problems = answer.get("error", [])
        for problem in problems:
            if _THERE_ALREADY not in problem["message"]:
                raise StepRefused(f"{PART} refused {people[problem['index']].email}: {problem['message']}")
        return len(people) - len(problems)

    def _post(
        self, method: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            response = self._http.post(method, json=body, headers=headers)
        except httpx.TransportError as error:
            raise SuiteNotRunning(PART, self._host) from error
        answer: dict[str, Any] = response.json()
        if response.is_error:
            raise StepRefused(
                f"{PART} refused {method.partition('?')[0].rpartition('/')[2]}: {answer['error']['message']}"
            )
        return answer


def _user(person: Person) -> dict[str, object]:
    return {
        "localId": person.uid,
        "email": person.email,
        "emailVerified": True,
        "displayName": person.name,
        "rawPassword": DEMO_PASSWORD,
    }
