"""Service points as rows of SQL, the same for every database."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, cast

from qika.points.point import Capability, Coordinates, ServicePoint
from qika.storage.importing import ADDED, UNCHANGED, UPDATED
from qika.storage.rows import day, text_of
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)

PointRow: TypeAlias = tuple[
    str, str, str, str, str | None, str, str, str, str, float | None, float | None, str | None,
    str, int,
]  # fmt: skip
CapabilityRow: TypeAlias = tuple[str, int, str, str, str, str, str, str | None]

CHANGES, CHANGED_BY = "points_version", "points_changed_by"
"""Settings: how often the points were changed, and the mark of the write that changed them last.

A count alone would be reached again after an older copy of the database was restored. A program
of before the mark only counts, which makes another version, too.
"""


def new_mark() -> str:
    """Give a write of points a mark that no other has."""
    return secrets.token_hex(8)


def version_of(settings: Mapping[str, str]) -> str:
    """Name the write that the points are of; empty before the first."""
    count = settings.get(CHANGES, "")
    return f"{count}-{settings.get(CHANGED_BY, '')}" if count else ""


def compared(
    given: Sequence[ServicePoint], stored: Sequence[ServicePoint]
) -> tuple[list[str], list[ServicePoint]]:
    """Give a word for each point given, and the points to be written, each once."""
    known = {point.id: point for point in stored}
    words: list[str] = []
    fresh: dict[PointId, ServicePoint] = {}
    for point in given:
        before = known.get(point.id)
        words.append(ADDED if before is None else UNCHANGED if before == point else UPDATED)
        if before != point:
            fresh[point.id] = known[point.id] = point
    return words, list(fresh.values())


def points_of(points: Iterable[object], capabilities: Iterable[object]) -> list[ServicePoint]:
    """Read points from their rows and the rows of what they serve, both in order."""
    able: dict[str, list[Capability]] = {}
    for row in cast("Iterable[CapabilityRow]", capabilities):
        able.setdefault(row[0], []).append(_capability(row))
    rows = cast("Iterable[PointRow]", points)
    return [_point(row, tuple(able.get(row[0], ()))) for row in rows]


def point_row(point: ServicePoint) -> PointRow:
    """Write a point."""
    place = point.coordinates
    return (
        point.id,
        point.name,
        point.kind,
        point.organization,
        point.card_bank,
        point.address,
        point.landmark,
        point.region,
        point.phone,
        place.lat if place else None,
        place.lon if place else None,
        place.given_crs if place else None,
        point.hours_text,
        int(point.example),
    )


def _point(row: PointRow, capabilities: tuple[Capability, ...]) -> ServicePoint:
    lat, lon, crs = row[9:12]
    return ServicePoint(
        id=PointId(row[0]),
        name=row[1],
        kind=PointKind(row[2]),
        organization=row[3],
        card_bank=cast("BankCode | None", row[4]),
        address=row[5],
        landmark=row[6],
        region=RegionCode(row[7]),
        phone=row[8],
        coordinates=None if lat is None or lon is None else Coordinates(lat, lon, crs or "unknown"),
        hours_text=row[12],
        capabilities=capabilities,
        example=bool(row[13]),
    )


def capability_rows(point: ServicePoint) -> list[CapabilityRow]:
    """Write what a point serves."""
    return [
        (
            point.id,
            number,
            one.channel,
            " ".join(one.applications),
            " ".join(one.banks),
            " ".join(one.regions),
            one.source,
            text_of(one.confirmed_on),
        )
        for number, one in enumerate(point.capabilities)
    ]


def _capability(row: CapabilityRow) -> Capability:
    return Capability(
        channel=ChannelCode(row[2]),
        applications=tuple(Application(word) for word in row[3].split()),
        banks=tuple(BankCode(code) for code in row[4].split()),
        regions=tuple(IssuerCode(code) for code in row[5].split()),
        source=row[6],
        confirmed_on=day(row[7]),
    )
