"""Sends to the stand-in for FCM, over either protocol."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

PROJECT = "demo-courtside"
URL = f"/v1/projects/{PROJECT}/messages:send"


@contextmanager
def sender(url: str, *, http2: bool = True) -> Iterator[httpx.Client]:
    """An HTTP client with a bearer token, that speaks HTTP/2 with prior knowledge, or else HTTP/1.1."""
    headers = {"authorization": "Bearer anything"}
    with httpx.Client(
        base_url=url, http1=not http2, http2=http2, headers=headers, trust_env=False, timeout=20
    ) as client:
        yield client


def concurrent_sender(url: str) -> httpx.AsyncClient:
    """Many sends at once over one connection; threads cannot share the other client: its stream ids get mixed up."""
    headers = {"authorization": "Bearer anything"}
    return httpx.AsyncClient(
        base_url=url, http1=False, http2=True, headers=headers, trust_env=False, timeout=40
    )


def note(token: str = "abc", title: str = "Session confirmed", **message: Any) -> dict[str, Any]:
    """A message that shows a notification."""
    return {"token": token, "notification": {"title": title, "body": "Tomorrow at 10:00"}, **message}


def send(client: httpx.Client, message: Any, **more: Any) -> httpx.Response:
    """One request to send."""
    return client.post(URL, json={"message": message, **more})
