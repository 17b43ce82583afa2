"""Copies one database into another: every table in the order of its keys, page by page.

Each page is written in one transaction with the place that the copy has reached, so a copy that was
killed goes on where it stopped and writes no row twice. The hashes of all rows are summed on the
way; at the end both databases are read again and held against that sum, row for row, whatever the
order in which they give them. A source that something wrote to meanwhile is found by that.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeAlias

import msgspec

from qika.storage.checking import counted, walk
from qika.storage.databases.copy_place import READ, place_of
from qika.storage.databases.face import (
    COPY_TABLE,
    Database,
    DatabaseFaultError,
    Fault,
    Place,
    Row,
    Value,
)
from qika.storage.placement import TABLES, Table

PAGE = 20_000
"""Rows that are read at once and written in one transaction."""

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told the part of the work (``copying``, ``comparing``, ``chains``), rows done, rows in all."""

_MODULUS = 2**128
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Any]).decode


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did."""

    rows: dict[str, int]
    """Rows of each table, the same on both sides."""
    cards: int
    """Cards whose chains were verified in the target; 0 where there was nothing to do."""
    resumed: bool
    already: bool
    """The same copy had been finished before: nothing was done."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """Rows counted and the sum of their hashes."""

    rows: int = 0
    hashes: int = 0

    def plus(self, rows: Sequence[Row]) -> "_Sum":
        hashes = sum(int.from_bytes(sha256(_encode(row)).digest()[:16]) for row in rows)
        return _Sum(self.rows + len(rows), (self.hashes + hashes) % _MODULUS)

    @property
    def text(self) -> str:
        return f"{self.hashes:032x}"


async def copy(
    source: Database, target: Database, on_progress: Progress, *, page: int = PAGE
) -> Copied:
    """Copy everything that migrations made, and prove that it arrived.

    Both databases have the newest tables (see ``ready``). Raises DatabaseFaultError if the target
    holds other data, if it is the source, or if the source changed since the copy began.
    """
    if source.address == target.address:
        raise DatabaseFaultError(Fault.SAME, target.address)
    places = await _places(target)
    resumed = bool(places)
    if not places:
        places = await _begin(source, target)
    elif all(place.finished for place in places.values()) and _of(source, places):
        return _copy_done(places, 0, resumed=False, already=True)
    else:
        await _refuse_another(source, target, places)
    total = sum(place.announced for place in places.values())
    done = 0
    for table in TABLES:
        copying = _copied(source, target, table, places[table.name], page)
        # closed here: else the next page would still be read while the database is closed
        async with contextlib.aclosing(copying):
            async for place in copying:
                places[table.name] = place
                on_progress("copying", done + place.copied, total)
        done += places[table.name].copied
    await target.analyze()
    await _compare(source, target, places, on_progress, page)
    cards = await _verify(target, on_progress)
    await _finish(target, places)
    return _copy_done(places, cards, resumed=resumed, already=False)


def _copy_done(places: dict[str, Place], cards: int, *, resumed: bool, already: bool) -> Copied:
    rows = {name: place.copied for name, place in places.items()}
    return Copied(rows, cards, resumed=resumed, already=already)


async def _places(target: Database) -> dict[str, Place]:
    if COPY_TABLE not in await target.tables():
        return {}
    return dict(place_of(row) for row in await target.fetch(READ))


async def _begin(source: Database, target: Database) -> dict[str, Place]:
    filled = [table.name for table in TABLES if await target.fetch(_any(table))]
    if filled:
        raise DatabaseFaultError(Fault.HOLDS_DATA, target.address, ", ".join(filled[:3]))
    empty = _Sum().text
    places = {
        table.name: Place(
            source.address, await counted(source, table), 0, "", empty, finished=False
        )
        for table in TABLES
    }
    await target.begin_copy(list(places.items()))
    return places


async def _refuse_another(source: Database, target: Database, places: dict[str, Place]) -> None:
    if not _of(source, places):
        began = next(iter(places.values())).source
        raise DatabaseFaultError(Fault.OTHER_SOURCE, target.address, began)
    changed = [
        table.name
        for table in TABLES
        if await counted(source, table) != places[table.name].announced
    ]
    if changed:
        raise DatabaseFaultError(Fault.SOURCE_CHANGED, source.address, ", ".join(changed))


def _of(source: Database, places: dict[str, Place]) -> bool:
    return all(place.source == source.address for place in places.values())


def _any(table: Table) -> str:
    return f"select 1 from {table.name} limit 1"  # noqa: S608  names of our own


async def _copied(
    source: Database, target: Database, table: Table, place: Place, page: int
) -> AsyncGenerator[Place]:
    """Copy what is left of a table; gives the place after each page."""
    columns = await source.columns(table.name)
    key = [columns.index(column) for column in table.key]
    after = _decode(bytes.fromhex(place.last_key)) if place.last_key else ()
    total = _Sum(place.copied, int(place.digest, 16))
    async with contextlib.aclosing(_pages(source, table, columns, after, page)) as pages:
        async for rows in pages:
            total = total.plus(rows)
            last = _encode([rows[-1][at] for at in key]).hex()
            reached = replace(place, copied=total.rows, last_key=last, digest=total.text)
            await target.put(table, columns, rows, place, reached)
            place = reached
            yield place
    if place.copied != place.announced:
        raise DatabaseFaultError(Fault.SOURCE_CHANGED, source.address, table.name)


async def _pages(
    database: Database, table: Table, columns: Sequence[str], after: Sequence[Value], page: int
) -> AsyncGenerator[Sequence[Row]]:
    """Read a table in the order of its key; the next page is read while one is worked on."""
    key = [columns.index(column) for column in table.key]
    reading = asyncio.create_task(_page(database, table, columns, after, page))
    try:
        while rows := await reading:
            after = [rows[-1][at] for at in key]
            reading = asyncio.create_task(_page(database, table, columns, after, page))
            yield rows
    finally:
        await asyncio.gather(reading, return_exceptions=True)


async def _page(
    database: Database, table: Table, columns: Sequence[str], after: Sequence[Value], page: int
) -> Sequence[Row]:
    key = ", ".join(table.key)
    limit = min(page, table.page_max or page)
    beyond = ", ".join(f"${number}" for number in range(1, len(after) + 1))
    where = f" where ({key}) > ({beyond})" if after else ""
    return await database.fetch(
        f"select {', '.join(columns)} from {table.name}{where} order by {key} limit {limit}",  # noqa: S608
        *after,
    )


async def _compare(
    source: Database,
    target: Database,
    places: dict[str, Place],
    on_progress: Progress,
    page: int,
) -> None:
    """Read both sides again: each holds the rows that were copied, and no others."""
    total = sum(place.announced for place in places.values())
    done = 0
    for table in TABLES:
        place = places[table.name]
        columns = await source.columns(table.name)
        there, here = await asyncio.gather(
            _summed(source, table, columns, page), _summed(target, table, columns, page)
        )
        if (there.rows, there.text) != (place.copied, place.digest):
            raise DatabaseFaultError(Fault.SOURCE_CHANGED, source.address, table.name)
        if here != there:
            raise DatabaseFaultError(Fault.NOT_ARRIVED, target.address, table.name)
        done += place.copied
        on_progress("comparing", done, total)


async def _summed(database: Database, table: Table, columns: Sequence[str], page: int) -> _Sum:
    total = _Sum()
    async with contextlib.aclosing(_pages(database, table, columns, (), page)) as pages:
        async for rows in pages:
            total = total.plus(rows)
    return total


async def _verify(target: Database, on_progress: Progress) -> int:
    seen = await walk(target, on_progress=lambda done, total: on_progress("chains", done, total))
    if seen.broken:
        raise DatabaseFaultError(Fault.BROKEN_CHAINS, target.address, str(seen.broken))
    return seen.cards


async def _finish(target: Database, places: dict[str, Place]) -> None:
    for table in TABLES:
        place = places[table.name]
        await target.put(table, (), (), place, replace(place, finished=True))
