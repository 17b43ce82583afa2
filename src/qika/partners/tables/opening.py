"""Open a file as a table: CSV (also packed) or XLSX, told apart by content, not by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from qika.operations.importing.tables import Layout, RowBatch
from qika.partners.tables import csv_rows, xlsx_rows
from qika.partners.tables.faults import TableError, TableFault
from qika.partners.tables.mapping import TableMapping
from qika.partners.tables.plan import ColumnPlan, Row, plan_columns


@dataclass(frozen=True, slots=True)
class FileTable:
    """A table that stands in a file; implements ``operations.tables.Table``."""

    name: str
    source: str
    digest: str
    rows_about: int
    plan: ColumnPlan
    rows: Callable[[], Iterator[Row]]
    """Reads the rows below the header, from the first one."""

    def batches(self, size: int) -> Iterator[RowBatch]:
        """Read from the first row on, at most ``size`` rows at a time."""
        return self.plan.batches(self.rows(), size)


def open_table(path: Path, layout: Layout, mapping: TableMapping | None = None) -> FileTable:
    """Open ``path`` as a table of ``layout``; raises TableError for anything that is no such table.

    Looks through the whole file once; afterwards rows are streamed.
    """
    if not path.is_file():
        raise TableError(TableFault.NOT_FOUND, path.name)
    with path.open("rb") as file:
        magic = file.read(4)
    if not magic:
        raise TableError(TableFault.EMPTY, path.name)
    if magic == xlsx_rows.OLE_MAGIC:
        raise TableError(TableFault.OLD_EXCEL, path.name)
    if magic == xlsx_rows.ZIP_MAGIC:
        content = _Content(xlsx_rows.look_through(path), 0, lambda: _even(path))
    else:
        found = csv_rows.look_through(path)
        read = partial(csv_rows.csv_rows, path, found.encoding)
        content = _Content(found.digest, found.lines, read)
    return _table(path, content, layout, mapping)


class _Content(NamedTuple):
    digest: str
    lines: int
    read: Callable[[], Iterator[Row]]


def _table(
    path: Path, content: _Content, layout: Layout, mapping: TableMapping | None
) -> FileTable:
    read = content.read
    beginning = list(islice((row for row in read() if any(row[1])), 2))
    if not beginning:
        raise TableError(TableFault.EMPTY, path.name)
    plan = plan_columns(beginning[0][1], layout, mapping, path.name)
    if len(beginning) == 1:
        raise TableError(TableFault.NO_ROWS, path.name)
    header_line = beginning[0][0]
    return FileTable(
        name=path.name,
        source=(mapping.source if mapping else "") or path.name.split(".", 1)[0],
        digest=sha256(f"{content.digest}\0{mapping.text if mapping else ''}".encode()).hexdigest(),
        rows_about=max(0, content.lines - 1),
        plan=plan,
        rows=lambda: (row for row in read() if row[0] > header_line),
    )


def _even(path: Path) -> Iterator[Row]:
    """Give the rows of a sheet as wide as its header: a sheet does not store blank cells."""
    width = 0
    for line, cells in xlsx_rows.xlsx_rows(path):
        width = width or len(cells)
        yield line, [*cells, *[""] * (width - len(cells))]
