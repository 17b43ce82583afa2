"""What readers say is wrong."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import asyncpg

from qika.operations.reports import Bounds, Report, hour_of, place_of, reference_of
from qika.storage.chain import micros
from qika.storage.postgres import statements
from qika.storage.postgres.lines import Connection, RacedError
from qika.storage.report_rows import number_of, report_of, report_row


async def add_report(connection: Connection, report: Report, bounds: Bounds) -> str | None:
    """Keep a report within the bounds.

    Exact without a lock: of two that counted the same, only one gets the next number, and the
    other counts again.
    """
    hour = hour_of(report.received_at)
    try:
        async with connection.transaction():
            taken = await connection.fetch(statements.REPORTS_OF_HOUR, hour)
            counted = await connection.fetchrow(statements.REPORTS_WAITING)
            waiting = cast("int", counted[0]) if counted else 0
            number = number_of(bounds, [(row[0], row[1]) for row in taken], report.subject, waiting)
            if not number:
                return None
            await connection.execute(statements.ADD_REPORT, *report_row(report, number))
    except asyncpg.UniqueViolationError as error:
        raise RacedError("another report was kept at this moment") from error
    return reference_of(hour, number)


async def reports(
    connection: Connection, *, closed: bool, after: str, limit: int
) -> Sequence[Report]:
    """Read reports in order of their references."""
    hour, number = place_of(after) or ("", 0)
    rows = await connection.fetch(statements.REPORTS_AFTER, hour, number, closed, limit)
    return [report_of(tuple(row)) for row in rows]


async def close_report(connection: Connection, reference: str, at: datetime) -> bool:
    """Note that a report was dealt with."""
    place = place_of(reference)
    if place is None:
        return False
    return bool(await connection.fetch(statements.CLOSE_REPORT, micros(at), *place))
