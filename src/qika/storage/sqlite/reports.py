"""What readers say is wrong."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from qika.operations.reports import Bounds, Report, hour_of, place_of, reference_of
from qika.storage.chain import micros
from qika.storage.report_rows import COLUMNS, Row, number_of, report_of, report_row
from qika.storage.sqlite.connection import Connection

_NAMED = ", ".join(COLUMNS)
_OF_HOUR = "select subject, number from report where hour = ?"
_WAITING = "select count(*) from report where closed_at is null"
_ADD = f"insert into report ({_NAMED}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_AFTER = (
    f"select {_NAMED} from report"  # noqa: S608
    " where (hour, number) > (?, ?) and (? or closed_at is null) order by hour, number limit ?"
)
_CLOSE = "update report set closed_at = ? where hour = ? and number = ? and closed_at is null"


def add_report(connection: Connection, report: Report, bounds: Bounds) -> str | None:
    """Keep a report within the bounds; exact, since one writes at a time."""
    hour = hour_of(report.received_at)
    taken = cast("Iterable[tuple[str, int]]", connection.execute(_OF_HOUR, (hour,)))
    counted = connection.execute(_WAITING).fetchone()
    waiting = cast("int", counted[0]) if counted else 0
    number = number_of(bounds, taken, report.subject, waiting)
    if not number:
        return None
    connection.execute(_ADD, report_row(report, number))
    return reference_of(hour, number)


def reports(connection: Connection, *, closed: bool, after: str, limit: int) -> Sequence[Report]:
    """Read reports in order of their references."""
    hour, number = place_of(after) or ("", 0)
    rows = connection.execute(_AFTER, (hour, number, int(closed), limit))
    return [report_of(row) for row in cast("Iterable[Row]", rows)]


def close_report(connection: Connection, reference: str, at: datetime) -> bool:
    """Note that a report was dealt with."""
    place = place_of(reference)
    if place is None:
        return False
    connection.execute(_CLOSE, (micros(at), *place))
    return connection.changes() == 1
