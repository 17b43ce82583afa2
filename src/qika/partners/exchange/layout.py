"""Layouts of exchange files, in TOML: which records, which fields, in which form and encoding.

``form`` is ``fixed`` (fields of so many bytes, filled up with blanks) or ``csv``. Each of
``header``, ``row``, ``result``, ``change`` and ``trailer`` lists its fields in order, as a table
from name to width (0 in ``csv``). The first field of every record is ``type``; ``[types]`` says how
it is written, ``[values.FIELD]`` how our words are written in a field.
"""

import codecs
import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, cast

from qika.partners import exchange
from qika.partners.exchange.faults import ExchangeError, ExchangeFault, LayoutError

FIXED, CSV = "fixed", "csv"
NEWLINE = b"\r\n"


class Record(StrEnum):
    """The records of a file."""

    HEADER = "header"
    ROW = "row"
    RESULT = "result"
    CHANGE = "change"
    TRAILER = "trailer"


FIELDS = {
    Record.HEADER: {"type", "layout", "kind", "bank", "region", "day", "sequence"},
    Record.ROW: {
        *("type", "issuer", "card_number", "channel", "who", "occurred_at", "applications"),
        *("point_id", "presented", "letter_number", "letter_signed_on", "letter_valid_until"),
        *("agent_number", "agent_name"),
    },
    Record.RESULT: {
        *("type", "of_line", "issuer", "card_number", "status", "replayed", "social", "financial"),
    },
    Record.CHANGE: {
        *("type", "issuer", "card_number", "event", "occurred_at", "social", "financial", "reason"),
    },
    Record.TRAILER: {"type", "count", "total"},
}
"""The fields that each record must have, no more and no fewer."""

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout that was read."""

    name: str
    form: str
    encoding: str
    types: Mapping[Record, str]
    """How the first field of each record is written."""
    fields: Mapping[Record, Mapping[str, int]]
    """Widths in bytes, in order; 0 in ``csv``."""
    words: Mapping[str, Mapping[str, str]]
    """By field: how our words are written there."""

    def read(self, line: bytes, number: int, record: Record) -> Cells:
        """Read a line as a record; raises ExchangeError."""
        cells = self._cells(line, number)
        names = self.fields[record]
        if cells[:1] != [self.types[record]] or len(cells) != len(names):
            raise ExchangeError(ExchangeFault.RECORD, number, record=record)
        told = dict(zip(names, cells, strict=True))
        for field, words in self.words.items():
            if told.get(field):
                told[field] = words.get(told[field], told[field])
        return told

    def type_of(self, line: bytes, number: int) -> str:
        """Give the type of a record; raises ExchangeError if it cannot be read."""
        cells = self._cells(line, number)
        return cells[0] if cells else ""

    def written(self, record: Record, cells: Cells) -> bytes:
        """Write a record as a line; raises ValueError if a cell does not fit."""
        told = {**cells, "type": self.types[record]}
        for field, words in self.words.items():
            turned = {ours: theirs for theirs, ours in words.items()}
            if field in told:
                told[field] = turned.get(told[field], told[field])
        ordered = [(told[name], width) for name, width in self.fields[record].items()]
        if self.form == CSV:
            text = io.StringIO()
            csv.writer(text, lineterminator="").writerow([cell for cell, _ in ordered])
            return text.getvalue().encode(self.encoding) + NEWLINE
        return b"".join(self._filled(cell, width) for cell, width in ordered) + NEWLINE

    def _filled(self, cell: str, width: int) -> bytes:
        encoded = cell.encode(self.encoding)
        if len(encoded) > width:
            raise ValueError(f"a cell of {len(encoded)} bytes does not fit into {width}")
        return encoded.ljust(width)

    def _cells(self, line: bytes, number: int) -> list[str]:
        try:
            if self.form == CSV:
                text = line.decode(self.encoding)
                return [cell.strip() for cell in next(csv.reader([text], strict=True), list[str]())]
            return [cell.decode(self.encoding).strip() for cell in self._slices(line, number)]
        except UnicodeDecodeError as error:
            raise ExchangeError(ExchangeFault.ENCODING, number, encoding=self.encoding) from error
        except csv.Error as error:
            raise ExchangeError(ExchangeFault.RECORD, number, record="csv") from error

    def _slices(self, line: bytes, number: int) -> list[bytes]:
        """Cut a line of fixed width; which record it is says its first field."""
        for record, kind in self.types.items():
            widths = self.fields[record].values()
            if line.startswith(kind.encode()) and len(line) == sum(widths):
                cuts, start = list[bytes](), 0
                for width in widths:
                    cuts.append(line[start : start + width])
                    start += width
                return cuts
        raise ExchangeError(ExchangeFault.RECORD, number, record=f"{len(line)} bytes")


def packaged_layout(name: str) -> str:
    """Give the text of a layout that Qika brings along; raises FileNotFoundError for others."""
    return (files(exchange) / "layouts" / f"{name}.toml").read_text("utf-8")


def parse_layout(text: str, name: str) -> Layout:
    """Read a layout; raises LayoutError naming the key at fault."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"{name}: {error}") from error
    form, encoding = said.get("form"), str(said.get("encoding", ""))
    if form not in {FIXED, CSV}:
        raise LayoutError(f"{name}: form: fixed or csv")
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise LayoutError(f"{name}: encoding: {encoding} is not known") from error
    fields = {record: _fields(said, record, form, name) for record in Record}
    types = _texts(said.get("types"), f"{name}: types")
    if set(types) != set(Record) or len(set(types.values())) < len(types):
        raise LayoutError(f"{name}: types: another one for each of {', '.join(Record)}")
    words = cast("dict[str, Any]", said.get("values", {}))
    return Layout(
        name=name,
        form=form,
        encoding=encoding,
        types={record: types[record] for record in Record},
        fields=fields,
        words={field: _texts(said, f"{name}: values.{field}") for field, said in words.items()},
    )


def _fields(said: Mapping[str, Any], record: Record, form: str, name: str) -> Mapping[str, int]:
    told = said.get(record)
    fields = cast("dict[str, object]", told) if isinstance(told, dict) else {}
    if set(fields) != FIELDS[record] or next(iter(fields)) != "type":
        wanted = ", ".join(sorted(FIELDS[record]))
        raise LayoutError(f"{name}: {record}: type first, then each of {wanted}")
    widths = {field: width for field, width in fields.items() if isinstance(width, int)}
    least = 1 if form == FIXED else 0
    if len(widths) < len(fields) or min(widths.values()) < least:
        raise LayoutError(f"{name}: {record}: widths are bytes, {least} or more")
    return widths


def _texts(said: object, key: str) -> dict[str, str]:
    texts = cast("dict[str, object]", said) if isinstance(said, dict) else {}
    if not texts or not all(isinstance(one, str) for one in texts.values()):
        raise LayoutError(f"{key}: a table of texts")
    return cast("dict[str, str]", texts)
