"""What waits to be told: in each card's order, tried again, told, given up, or told once more."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from qika.operations.listeners import Backlog
from qika.operations.ports import Pending
from qika.storage.chain import micros, moment
from qika.storage.postgres import telling_statements as statements
from qika.storage.postgres.lines import Connection
from qika.storage.postgres.writes import columns
from qika.storage.rows import pending_of


async def pending(
    connection: Connection, destination: str, limit: int, now: datetime
) -> list[Pending]:
    """Read outbox rows that may be sent now, oldest first, the earliest of each card."""
    rows = await connection.fetch(statements.PENDING, destination, micros(now), limit)
    return [pending_of(row) for row in rows]


async def take_off(
    connection: Connection, rows: Sequence[Pending], at: datetime, keep: str, take_off: str
) -> None:
    """Take rows off the outbox and keep how that ended; a second time changes nothing."""
    places = columns(sorted({_place(row) for row in rows}))
    async with connection.transaction():
        await connection.execute(keep, *places, micros(at))
        await connection.execute(take_off, *places)


async def postpone(
    connection: Connection, rows: Sequence[tuple[Pending, datetime]], at: datetime, sql: str
) -> None:
    """Count a failed try of outbox rows that are not acknowledged yet."""
    places = {(*_place(row), micros(until)) for row, until in rows}
    await connection.execute(sql, *columns(sorted(places)), micros(at))


def _place(row: Pending) -> tuple[bytes, int, str, int]:
    return (row.card_key, row.sequence, row.destination, micros(row.next_at))


async def queue(
    connection: Connection,
    places: Sequence[tuple[bytes, int]],
    destination: str,
    at: datetime,
    sql: tuple[str, str],
) -> int:
    """Put events into the outbox again, and off what was given up; gives how many were added."""
    put, find_again = sql
    arrays = columns(sorted(set(places)))
    async with connection.transaction():
        tag = await connection.execute(put, *arrays, destination, micros(at))
        await connection.execute(find_again, *arrays, destination)
    return int(tag.split()[-1])


async def of_destination(
    connection: Connection, sql: str, destination: str, limit: int
) -> list[tuple[bytes, int]]:
    """Read which rows there are of a destination."""
    return [(key, seq) for key, seq in await connection.fetch(sql, destination, limit)]


async def forget(
    connection: Connection, places: Sequence[tuple[bytes, int]], destination: str, sql: str
) -> int:
    """Delete rows; gives how many were there."""
    tag = await connection.execute(sql, *columns(sorted(places)), destination)
    return int(tag.split()[-1])


async def backlog(connection: Connection, destination: str) -> Backlog:
    """Count what waits and what was given up."""
    waiting = await connection.fetchrow(statements.WAITING, destination)
    lost = await connection.fetchrow(statements.GIVEN_UP, destination)
    count, oldest = cast("tuple[int, int | None]", waiting)
    given_up, last = cast("tuple[int, int | None]", lost)
    return Backlog(
        count,
        None if oldest is None else moment(oldest),
        given_up,
        None if last is None else moment(last),
    )


async def sealed_holders(
    connection: Connection, keys: Sequence[bytes]
) -> list[tuple[bytes, bytes]]:
    """Read the encrypted holders of cards."""
    found = await connection.fetch(statements.SEALED_HOLDERS, keys)
    return [(key, sealed) for key, sealed in found]
