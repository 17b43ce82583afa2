"""Service points and what they serve, in plain columns."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias, cast

from qika.points.point import Capability, Coordinates, ServicePoint
from qika.storage.rows import day, json_text, text_of
from qika.storage.sqlite.connection import Connection
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

CHUNK = 4_096
"""Points compared and written at once."""

_CHANGES = "points_version"
_POINT = f"insert or replace into point values ({', '.join('?' * 14)})"  # noqa: S608
_CAPABILITY = f"insert into capability values ({', '.join('?' * 8)})"  # noqa: S608
_SOME_POINTS = "select * from point where point_id in (select value from json_each(?))"
_SOME_CAPABILITIES = (
    "select * from capability where point_id in (select value from json_each(?))"
    " order by point_id, position"
)


def points(connection: Connection) -> list[ServicePoint]:
    """Read every point, by id."""
    return _points(
        connection.execute("select * from point order by point_id"),
        connection.execute("select * from capability order by point_id, position"),
    )


def points_version(connection: Connection) -> int:
    """Read how often the set of points has changed."""
    row = connection.execute("select value from setting where name = ?", (_CHANGES,)).fetchone()
    return int(cast("str", row[0])) if row else 0


def put_points(connection: Connection, given: Sequence[ServicePoint]) -> list[str]:
    """Add or update points; the version rises once if anything changed."""
    words: list[str] = []
    for start in range(0, len(given), CHUNK):
        words += _put_some(connection, given[start : start + CHUNK])
    if set(words) - {"unchanged"}:
        connection.execute(
            "insert into setting values (?, '1') on conflict (name)"
            " do update set value = cast(cast(setting.value as integer) + 1 as text)",
            (_CHANGES,),
        )
    return words


def _put_some(connection: Connection, given: Sequence[ServicePoint]) -> list[str]:
    ids = json_text([point.id for point in given])
    known = {
        point.id: point
        for point in _points(
            connection.execute(_SOME_POINTS, (ids,)), connection.execute(_SOME_CAPABILITIES, (ids,))
        )
    }
    words: list[str] = []
    fresh: dict[PointId, ServicePoint] = {}
    for point in given:
        before = known.get(point.id)
        words.append("added" if before is None else "unchanged" if before == point else "updated")
        if before != point:
            fresh[point.id] = known[point.id] = point
    connection.executemany(
        "delete from capability where point_id = ?", [(point_id,) for point_id in fresh]
    )
    connection.executemany(_POINT, [_point_row(point) for point in fresh.values()])
    connection.executemany(
        _CAPABILITY, [row for point in fresh.values() for row in _capability_rows(point)]
    )
    return words


def _points(points: Iterable[object], capabilities: Iterable[object]) -> list[ServicePoint]:
    able: dict[str, list[Capability]] = {}
    for row in cast("Iterable[CapabilityRow]", capabilities):
        able.setdefault(row[0], []).append(_capability(row))
    rows = cast("Iterable[PointRow]", points)
    return [_point(row, tuple(able.get(row[0], ()))) for row in rows]


def _point_row(point: ServicePoint) -> PointRow:
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


def _capability_rows(point: ServicePoint) -> list[CapabilityRow]:
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
