"""From the header of a file to the columns of a layout, and from its rows to batches."""

import difflib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from qika.operations.importing.tables import Layout, RowBatch
from qika.partners.tables.faults import TableError, TableFault
from qika.partners.tables.mapping import ColumnRule, TableMapping

Row = tuple[int, Sequence[str]]
"""Line on which a row begins, and its cells."""


class ColumnPlan(NamedTuple):
    """How the cells of a row become the columns of the layout."""

    width: int
    sources: tuple[tuple[str, int | None, Callable[[str], str] | None, str], ...]
    """Our column; position of theirs; how a cell is read (None: stripped); constant without one."""

    def batches(self, rows: Iterator[Row], size: int) -> Iterator[RowBatch]:
        """Gather rows into batches of columns; rows without any text are passed over."""
        kept = ((line, cells) for line, cells in rows if any(cells))
        while chunk := list(islice(kept, size)):
            yield self._batch(chunk)

    def _batch(self, chunk: Sequence[Row]) -> RowBatch:
        damaged: set[int] = set()
        rows: list[Sequence[str]] = []
        for place, (_, cells) in enumerate(chunk):
            if len(cells) == self.width:
                rows.append(cells)
                continue
            if len(cells) < self.width or any(cell.strip() for cell in cells[self.width :]):
                damaged.add(place)
            rows.append([*cells[: self.width], *[""] * (self.width - len(cells))])
        theirs = list(zip(*rows, strict=True))
        columns: dict[str, Sequence[str]] = {}
        for ours, position, reader, constant in self.sources:
            if position is None:
                columns[ours] = [constant] * len(rows)
            else:
                columns[ours] = list(map(reader or str.strip, theirs[position]))
        return RowBatch([line for line, _ in chunk], columns, frozenset(damaged))


def plan_columns(
    header: Sequence[str], layout: Layout, mapping: TableMapping | None, file: str
) -> ColumnPlan:
    """Find every column of ``layout`` in ``header``; raises TableError where that fails."""
    found = [_plain(name) for name in header]
    while found and not found[-1]:
        found.pop()
    doubled = sorted({name for name in found if name and found.count(name) > 1})
    if doubled:
        raise TableError(TableFault.DOUBLE_COLUMNS, file, columns=", ".join(doubled))
    rules = mapping.rules if mapping else {name: ColumnRule(name) for name in layout.columns}
    if mapping is None:
        _refuse_unknown(found, layout, file)
    sources: list[tuple[str, int | None, Callable[[str], str] | None, str]] = []
    missing: list[str] = []
    for ours in layout.columns:
        rule = rules.get(ours)
        column = _plain(rule.column) if rule and rule.column is not None else None
        if rule is not None and column in found:
            reader = rule.reader() if mapping else None
            sources.append((ours, found.index(column), reader, ""))
            continue
        if (rule is None or column is not None) and (ours in layout.required or (mapping and rule)):
            missing.append((rule.column if rule else None) or ours)
        sources.append((ours, None, None, rule.constant if rule and column is None else ""))
    if missing:
        raise TableError(
            TableFault.MISSING_COLUMNS, file, columns=", ".join(missing), header=", ".join(found)
        )
    return ColumnPlan(len(found), tuple(sources))


def _refuse_unknown(found: Sequence[str], layout: Layout, file: str) -> None:
    unknown = [name for name in found if name not in layout.columns]
    if not unknown:
        return
    close = [
        f"{name} ~ {like[0]}"
        for name in unknown
        if (like := difflib.get_close_matches(name, layout.columns, 1))
    ]
    missing = [name for name in layout.required if name not in found]
    raise TableError(
        TableFault.UNKNOWN_COLUMNS,
        file,
        columns=", ".join(name or "(blank)" for name in unknown),
        similar=", ".join(close) or "-",
        missing=", ".join(missing) or "-",
    )


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()
