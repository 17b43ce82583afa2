"""Where messages may go: public addresses, and the private ones that the operator names.

A name is looked up anew for each connection, and the connection goes to the very address that was
judged; so a name that leads to a private system, now or a moment later, leads nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")
"""IPv4 addresses as IPv6 (RFC 6052): the last four bytes count."""

URL_MAX = 2_048


class UrlFault(StrEnum):
    """What is wrong with the address of a listener."""

    UNREADABLE = "unreadable"
    NOT_HTTPS = "not_https"
    USER = "user"
    FRAGMENT = "fragment"
    NOT_ALLOWED = "not_allowed"


class UrlFaultError(ValueError):
    """An address that no listener may have."""

    def __init__(self, fault: UrlFault, text: str) -> None:
        """Take the fault, and the part it is about."""
        super().__init__(text)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Reach:
    """How far messages may go."""

    networks: tuple[Network, ...] = ()
    """Networks that are not public, and allowed: a bureau's own."""
    demo: bool = False
    """In a demo, messages may go to this machine, and without TLS."""

    def allows(self, address: Address) -> bool:
        """Tell whether messages may go to an address."""
        inner = _inner(address)
        if any(inner in network or address in network for network in self.networks):
            return True
        if self.demo and inner.is_loopback:
            return True
        return inner.is_global and not inner.is_multicast


def _inner(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def checked_url(text: str, reach: Reach) -> str:
    """Read the address of a listener; raises UrlFaultError.

    It is ``https://``; ``http://`` is only for this machine in a demo. A name is judged when it
    is looked up, which is at each connection.
    """
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise UrlFaultError(UrlFault.UNREADABLE, text) from error
    if not parts.hostname or len(text) > URL_MAX or not text.isascii() or not text.isprintable():
        raise UrlFaultError(UrlFault.UNREADABLE, text)
    if parts.username is not None or parts.password is not None:
        raise UrlFaultError(UrlFault.USER, parts.hostname)
    if "#" in text or " " in text:
        raise UrlFaultError(UrlFault.FRAGMENT, text)
    literal = _address(parts.hostname)
    here = reach.demo and literal is not None and literal.is_loopback
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise UrlFaultError(UrlFault.NOT_HTTPS, text)
    if literal is not None and not reach.allows(literal):
        raise UrlFaultError(UrlFault.NOT_ALLOWED, parts.hostname)
    return text


def _address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def chosen(addresses: Sequence[str], reach: Reach) -> list[str]:
    """Give those addresses of a name that messages may go to, in their order."""
    judged = ((text, _address(text)) for text in addresses)
    return [text for text, one in judged if one is not None and reach.allows(one)]
