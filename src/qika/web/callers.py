"""Who is calling, as far as shares of a busy process go: an address, or a site's block of them."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDED = b"x-forwarded-for"
SITE_V6 = 56
"""Leading bits that all addresses of one household or company have in common with IPv6."""

_HOPS_MAX, _HEADER_MAX = 16, 512


@lru_cache(maxsize=4_096)
def caller_of(peer: str, forwarded: bytes, trusted: Sequence[Network]) -> str:
    """Give whose call it is.

    ``peer`` is who is connected. Only if that is a trusted proxy is its ``X-Forwarded-For`` read,
    from the right: the last address that is no trusted proxy's. What is no address ends the walk,
    and the proxy itself counts: so nobody gets a new name by making one up.
    """
    address = _address(peer)
    if address is None:
        return ""
    hops = str(forwarded[-_HEADER_MAX:], "latin-1").split(",")[-_HOPS_MAX:] if forwarded else []
    while hops and _within(address, trusted):
        said = _address(hops.pop().strip())
        if said is None:
            break
        address = said
    return _block(address)


def networks_of(text: str) -> tuple[Network, ...]:
    """Read addresses and networks, e.g. ``10.0.0.0/8``; raises ValueError with the first wrong."""
    found: list[Network] = []
    for one in text.replace(",", " ").split():
        try:
            found.append(ip_network(one))
        except ValueError as error:
            raise ValueError(one) from error
    return tuple(found)


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _block(address: Address) -> str:
    """A hospital's network is one address of IPv4; of IPv6 it is a block."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((int(address), SITE_V6), strict=False))
