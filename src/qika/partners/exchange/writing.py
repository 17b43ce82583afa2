"""Writing files for banks: header, rows, and a trailer that counts and adds them up."""

from collections.abc import Iterable

from qika.operations.exchange.records import ChangeRow, Header, ResultRow, added
from qika.partners.exchange.cells import change_cells, header_cells, result_cells
from qika.partners.exchange.layout import Layout, Record


def results_file(layout: Layout, header: Header, rows: Iterable[ResultRow]) -> bytes:
    """Write what became of the rows of a bank's file."""
    made = ((Record.RESULT, result_cells(row)) for row in rows)
    return _file(layout, header, made)


def changes_file(layout: Layout, header: Header, rows: Iterable[ChangeRow]) -> bytes:
    """Write what happened on the social side."""
    return _file(layout, header, ((Record.CHANGE, change_cells(row)) for row in rows))


def _file(layout: Layout, header: Header, rows: Iterable[tuple[Record, dict[str, str]]]) -> bytes:
    lines = [layout.written(Record.HEADER, header_cells(header))]
    total = 0
    for record, cells in rows:
        lines.append(layout.written(record, cells))
        total = added(total, cells["card_number"])
    trailer = {"count": str(len(lines) - 1), "total": str(total)}
    lines.append(layout.written(Record.TRAILER, trailer))
    return b"".join(lines)
