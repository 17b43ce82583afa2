"""Identifiers of what is exported: the same for the same thing in every edition and installation.

HSDS wants UUIDs (RFC 9562). Those of services and the like are name-based (version 5). A point has
one of version 8 that begins with the CRC-32 of its own id, by which the index finds it again.
"""

import hashlib
from uuid import UUID, uuid5
from zlib import crc32

from qika.points.point import ServicePoint
from qika.terms.names import PointId
from qika.web.site import Site

_OURS = UUID("6f1c7c52-0d5e-5b8a-9a55-3d1f6d2f4c10")
_CRC_SHIFT = 96


def name_of(*parts: str) -> str:
    """Give the identifier of something named by its parts."""
    return str(uuid5(_OURS, "/".join(parts)))


def of_point(kind: str, point_id: PointId) -> str:
    """Give the identifier of what a kind of record says about a point."""
    total = crc32(point_id.encode())
    rest = hashlib.sha256(f"{kind}/{point_id}".encode()).digest()[:12]
    number = (total << _CRC_SHIFT) | int.from_bytes(rest)
    number = number & ~(0xF << 76) | (0x8 << 76)  # version
    return str(UUID(int=number & ~(0x3 << 62) | (0x2 << 62)))  # variant


def point_named(site: Site, kind: str, identifier: str) -> ServicePoint | None:
    """Find the point of an identifier; None if it is no UUID of a point here."""
    try:
        number = UUID(identifier).int
    except ValueError:
        return None
    found = site.office.directory.with_sum(number >> _CRC_SHIFT)
    return next((one for one in found if of_point(kind, one.id) == identifier.lower()), None)
