"""Whose address a request counts for: the one that a trusted proxy saw, never one that the caller made up."""

import pytest
from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from courtside.edge.addresses import UNKNOWN, client_address

PEER = "198.51.100.7"


def address_of(*forwarded: str, proxies: int, peer: str = PEER) -> str:
    headers = Headers([("X-Forwarded-For", line) for line in forwarded])
    return client_address(
        Request(EnvironBuilder(headers=headers).get_environ() | {"REMOTE_ADDR": peer}), proxies
    )


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ((), 0, PEER),
        (("203.0.113.9",), 0, PEER),
        (("203.0.113.9",), 1, "203.0.113.9"),
        # What the caller sent along stands before what the front end saw.
        (("127.0.0.1, 203.0.113.9",), 1, "203.0.113.9"),
        (("127.0.0.1", "203.0.113.9"), 1, "203.0.113.9"),
        (("10.0.0.1, 203.0.113.9, 192.0.2.1",), 2, "203.0.113.9"),
        # Fewer than there must be: somebody came past the proxies.
        ((), 1, PEER),
        (("203.0.113.9",), 2, PEER),
    ],
)
def test_only_what_trusted_proxies_add_is_believed(
    forwarded: tuple[str, ...], proxies: int, address: str
) -> None:
    assert address_of(*forwarded, proxies=proxies) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::ffff", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", UNKNOWN),
        ("a\nb", UNKNOWN),
        ("unix:", UNKNOWN),
        ("1.2.3.4.5", UNKNOWN),
    ],
)
def test_every_address_has_one_spelling(text: str, address: str) -> None:
    assert address_of(proxies=0, peer=text) == address
