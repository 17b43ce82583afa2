"""What changes rarely: editions of the rulebook, service points, import jobs, sweep runs."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

import asyncpg

from qika.operations.ports import Edition
from qika.points.point import ServicePoint
from qika.storage.chain import micros, moment
from qika.storage.importing import UNCHANGED
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
from qika.storage.postgres import statements
from qika.storage.postgres.lines import Connection, RacedError
from qika.storage.postgres.writes import columns
from qika.storage.rows import day, json_text, text_of
from qika.storage.seals import Seal, SealRow, seal_of, seal_row
from qika.terms.names import IssuerCode

CHUNK = 4_096
"""Points compared and written at once."""


async def latest_number(connection: Connection) -> int:
    """Read how often an edition was put in force; the last one counts."""
    row = await connection.fetchrow(statements.LATEST)
    return row[0] or 0 if row else 0


async def edition(connection: Connection, number: int) -> Edition | None:
    """Read the edition that was put in force under a number."""
    row = await connection.fetchrow(statements.CURRENT, number)
    if row is None:
        return None
    name, texts, adopted, put_by, at = cast("tuple[str, str, str, str, int]", row)
    issuers = frozenset(IssuerCode(code) for code in json.loads(adopted))
    return Edition(name, json.loads(texts), issuers, put_by, moment(at))


async def put_edition(connection: Connection, new: Edition) -> None:
    """Keep an edition, once, and put it in force; what is in force already is left so."""
    try:
        async with connection.transaction():
            number = await latest_number(connection)
            if await edition(connection, number) == new:
                return
            texts, adopted = json_text(dict(new.texts)), json_text(sorted(new.adopted))
            await connection.execute(statements.KEEP_EDITION, new.edition, texts, adopted)
            await connection.execute(
                statements.PUT_IN_FORCE,
                number + 1, new.edition, new.put_by, micros(new.in_force_from),
            )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise RacedError("another edition was put in force at this moment") from error


async def points(connection: Connection) -> list[ServicePoint]:
    """Read every point, by id."""
    async with connection.transaction():
        return points_of(
            await connection.fetch(statements.POINTS),
            await connection.fetch(statements.CAPABILITIES),
        )


async def points_version(connection: Connection) -> str:
    """Read which write the points are of."""
    rows = await connection.fetch(statements.SETTINGS, [CHANGES, CHANGED_BY])
    return version_of({str(name): str(value) for name, value in rows})


async def put_points(connection: Connection, given: Sequence[ServicePoint]) -> list[str]:
    """Add or update points; they get a new version if anything changed."""
    words: list[str] = []
    try:
        async with connection.transaction():
            for start in range(0, len(given), CHUNK):
                words += await _put_some(connection, given[start : start + CHUNK])
            if set(words) - {UNCHANGED}:
                await connection.execute(statements.COUNT_UP, CHANGES)
                await connection.execute(statements.SET, CHANGED_BY, new_mark())
    except asyncpg.UniqueViolationError as error:
        raise RacedError("the same points were put at this moment") from error
    return words


async def _put_some(connection: Connection, given: Sequence[ServicePoint]) -> list[str]:
    ids = sorted({point.id for point in given})
    known = points_of(
        await connection.fetch(statements.SOME_POINTS, ids),
        await connection.fetch(statements.SOME_CAPABILITIES, ids),
    )
    words, fresh = compared(given, known)
    if not fresh:
        return words
    await connection.execute(statements.DROP_CAPABILITIES, [point.id for point in fresh])
    rows = sorted(point_row(point) for point in fresh)
    await connection.execute(statements.PUT_POINTS, *columns(rows))
    able = [row for point in fresh for row in capability_rows(point)]
    if able:
        await connection.execute(statements.PUT_CAPABILITIES, *columns(able))
    return words


async def seals(connection: Connection) -> list[Seal]:
    """Read every seal in the order of the days."""
    rows = await connection.fetch(statements.SEALS)
    return [seal_of(cast("SealRow", row)) for row in rows]


async def put_seal(connection: Connection, seal: Seal) -> None:
    """Keep a seal, unless its day has one."""
    await connection.execute(statements.PUT_SEAL, *seal_row(seal))


async def has_open_job(connection: Connection, kind: str) -> bool:
    """Tell whether a job of a kind was begun and not finished."""
    return await connection.fetchrow(statements.OPEN_JOB, f"{kind}:") is not None


async def job_rows_done(connection: Connection, job: str) -> int:
    """Read how far a job has come."""
    row = await connection.fetchrow(statements.JOB, job)
    return row[0] if row else 0


async def job_progress(connection: Connection, job: str, rows_done: int, *, finished: bool) -> None:
    """Keep how far a job has come."""
    await connection.execute(statements.PUT_JOB, job, rows_done, int(finished))


async def sweep(
    connection: Connection, on: date
) -> tuple[tuple[date, bytes] | None, Mapping[str, int]]:
    """Read where the sweep of a day stopped, and what it has counted."""
    row = await connection.fetchrow(statements.SWEEP, text_of(on))
    if row is None:
        return None, {}
    due_on, key, tally = cast("tuple[str | None, bytes | None, str]", row)
    at = day(due_on)
    place = None if at is None or key is None else (at, key)
    return place, cast("dict[str, int]", json.loads(tally))


async def sweep_progress(
    connection: Connection,
    on: date,
    place: tuple[date, bytes] | None,
    tally: Mapping[str, int],
    *,
    finished: bool,
) -> None:
    """Keep where the sweep of a day is."""
    due_on, key = (text_of(place[0]), place[1]) if place else (None, None)
    await connection.execute(
        statements.PUT_SWEEP, text_of(on), due_on, key, json_text(dict(tally)), int(finished)
    )
