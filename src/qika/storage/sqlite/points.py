"""Service points and what they serve, in plain columns."""

from collections.abc import Iterator, Sequence
from typing import cast

from qika.points.point import ServicePoint
from qika.storage.point_rows import (
    CHANGED_BY,
    CHANGES,
    capability_rows,
    compared,
    new_mark,
    point_row,
    points_of,
    version_of,
)
from qika.storage.rows import json_text
from qika.storage.sqlite.connection import Connection

CHUNK = 4_096
"""Points compared and written at once."""

_READ = "select name, value from setting where name in (?, ?)"
_COUNT = (
    "insert into setting (name, value) values (?, '1') on conflict (name)"
    " do update set value = cast(cast(setting.value as integer) + 1 as text)"
)
_MARK = (
    "insert into setting (name, value) values (?, ?) on conflict (name)"
    " do update set value = excluded.value"
)
_OF_POINT = (
    "point_id, name, kind, organization, card_bank, address, landmark, region, phone, lat, lon,"
    " given_crs, hours_text, example"
)
_OF_CAPABILITY = "point_id, position, channel, applications, banks, regions, source, confirmed_on"
_POINT = f"insert or replace into point ({_OF_POINT}) values ({', '.join('?' * 14)})"  # noqa: S608
_CAPABILITY = f"insert into capability ({_OF_CAPABILITY}) values ({', '.join('?' * 8)})"  # noqa: S608
_POINTS = f"select {_OF_POINT} from point order by point_id"  # noqa: S608
_CAPABILITIES = f"select {_OF_CAPABILITY} from capability order by point_id, position"  # noqa: S608
_SOME = "where point_id in (select value from json_each(?))"
_SOME_POINTS = f"select {_OF_POINT} from point {_SOME}"  # noqa: S608
_SOME_CAPABILITIES = f"select {_OF_CAPABILITY} from capability {_SOME} order by point_id, position"  # noqa: S608


def points(connection: Connection) -> list[ServicePoint]:
    """Read every point, by id."""
    return points_of(connection.execute(_POINTS), connection.execute(_CAPABILITIES))


def points_version(connection: Connection) -> str:
    """Read which write the points are of."""
    rows = connection.execute(_READ, (CHANGES, CHANGED_BY))
    return version_of(dict(cast("Iterator[tuple[str, str]]", iter(rows))))


def put_points(connection: Connection, given: Sequence[ServicePoint]) -> list[str]:
    """Add or update points; they get a new version if anything changed."""
    words: list[str] = []
    for start in range(0, len(given), CHUNK):
        words += _put_some(connection, given[start : start + CHUNK])
    if set(words) - {"unchanged"}:
        connection.execute(_COUNT, (CHANGES,))
        connection.execute(_MARK, (CHANGED_BY, new_mark()))
    return words


def _put_some(connection: Connection, given: Sequence[ServicePoint]) -> list[str]:
    ids = json_text([point.id for point in given])
    known = points_of(
        connection.execute(_SOME_POINTS, (ids,)), connection.execute(_SOME_CAPABILITIES, (ids,))
    )
    words, fresh = compared(given, known)
    connection.executemany(
        "delete from capability where point_id = ?", [(point.id,) for point in fresh]
    )
    connection.executemany(_POINT, [point_row(point) for point in fresh])
    connection.executemany(_CAPABILITY, [row for point in fresh for row in capability_rows(point)])
    return words
