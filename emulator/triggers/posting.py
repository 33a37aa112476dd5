"""Events posted to a functions host over HTTP; imported only where there is one, for what httpx costs at start."""

from base64 import b64encode

import httpx

from emulator.triggers.events import Event
from emulator.triggers.hosts import Address, BodyEncoding, Outcome

_CONNECT_SECONDS = 5.0
_FUNCTION_SECONDS = 540.0
"""The longest that an event function may run (https://firebase.google.com/docs/functions/quotas)."""
_AT_ONCE = 32


class FunctionsHost:
    """A host at an address; so many events are posted at once."""

    def __init__(self, address: Address) -> None:
        self._address = address
        timeout = httpx.Timeout(_FUNCTION_SECONDS, connect=_CONNECT_SECONDS, pool=None)
        limits = httpx.Limits(max_connections=_AT_ONCE)
        # A context for TLS takes long to make, and no host on this machine needs one.
        self._client = httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False, verify=False)

    async def post(self, trigger_id: str, event: Event) -> tuple[Outcome, str]:
        """Deliver an event to a trigger's function: what became of it, and why."""
        address = self._address
        path = f"/functions/projects/{event.database.project}/triggers/{trigger_id}"
        body = b64encode(event.body) if address.encoding is BodyEncoding.BASE64 else event.body
        try:
            response = await self._client.post(
                f"http://{address.host}:{address.port}{path}", content=body, headers=event.headers
            )
        except httpx.HTTPError as error:
            return Outcome.FAILED, f"{type(error).__name__} {error}".strip()
        return _meaning(response.status_code), f"HTTP {response.status_code}"

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


def _meaning(status: int) -> Outcome:
    if status in (httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND, httpx.codes.GONE):
        return Outcome.STALE
    return Outcome.ACCEPTED if status < httpx.codes.BAD_REQUEST else Outcome.FAILED
