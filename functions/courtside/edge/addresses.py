"""Where a request comes from, as far as that can be believed."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import Request

# What one customer of a provider is given at least: within it addresses are free to choose.
_IPV6_PREFIX = 64
UNKNOWN = "unknown"


def client_address(request: Request, trusted_proxies: int) -> str:
    """The caller's IPv4 address, or its IPv6 network; `UNKNOWN` where a server speaks by other means.

    Each proxy adds to X-Forwarded-For the address that spoke to it, so the last `trusted_proxies` entries are true
    and the first of them is the caller's. What stands before them the caller may have sent along.
    """
    if not trusted_proxies:
        return _normal(request.remote_addr or "")
    hops = [hop.strip() for line in request.headers.getlist("X-Forwarded-For") for hop in line.split(",")]
    if len(hops) < trusted_proxies:
        return _normal(request.remote_addr or "")
    return _normal(hops[-trusted_proxies])


def _normal(text: str) -> str:
    """One spelling for each address."""
    try:
        address = ip_address(text.split("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _IPV6_PREFIX), strict=False))
