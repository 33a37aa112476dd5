"""Response headers that keep a browser from making anything of our answers but data."""

from flask import Response

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    # The address of an answer may be a secret.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # What other origins may read, they are told by CORS; nobody embeds it.
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def harden(response: Response) -> Response:
    """Add what every answer carries; nobody keeps an answer, unless it says for how long."""
    response.headers.update(_ALWAYS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
