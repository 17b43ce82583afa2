"""Reading a bank's file: header, rows, trailer, and whether they agree."""

import hashlib
from typing import NamedTuple

from qika.operations.exchange.records import ActivationRow, FileKind, Header, added
from qika.partners.exchange.cells import activation_of, header_of
from qika.partners.exchange.faults import ExchangeError, ExchangeFault
from qika.partners.exchange.layout import Layout, Record

BYTES_MAX = 128 << 20
"""A quarter of a million rows of the fixed layout; more come in several files."""

_LEAST_LINES = 2
BOM = b"\xef\xbb\xbf"


class BankFile(NamedTuple):
    """A bank's file that is whole."""

    header: Header
    rows: list[ActivationRow]
    digest: str
    """SHA-256 of its bytes."""


def read_file(content: bytes, layout: Layout) -> BankFile:
    """Read a file; raises ExchangeError with the line at fault. Nothing is carried out here."""
    if len(content) > BYTES_MAX:
        raise ExchangeError(ExchangeFault.TOO_LARGE, limit=f"{BYTES_MAX >> 20} MiB")
    if content.startswith(BOM) and layout.encoding != "utf-8":
        raise ExchangeError(ExchangeFault.ENCODING, 1, encoding=layout.encoding)
    lines = content.removeprefix(BOM).splitlines()
    if len(lines) < _LEAST_LINES or not content.endswith(b"\n"):
        raise ExchangeError(ExchangeFault.TORN, len(lines))
    header = header_of(layout.read(lines[0], 1, Record.HEADER))
    if header.kind is not FileKind.ACTIVATIONS:
        raise ExchangeError(ExchangeFault.KIND, 1, kind=FileKind.ACTIVATIONS)
    last = len(lines)
    if layout.type_of(lines[-1], last) != layout.types[Record.TRAILER]:
        raise ExchangeError(ExchangeFault.TORN, last)
    rows = _rows(lines, header, layout)
    _check_trailer(rows, layout, lines[-1], last)
    return BankFile(header, rows, hashlib.sha256(content).hexdigest())


def _rows(lines: list[bytes], header: Header, layout: Layout) -> list[ActivationRow]:
    """Read the rows between header and trailer."""
    rows: list[ActivationRow] = []
    for number, line in enumerate(lines[1:-1], 2):
        cells = layout.read(line, number, Record.ROW)
        rows.append(activation_of(cells, number, header.region))
    return rows


def _check_trailer(rows: list[ActivationRow], layout: Layout, line: bytes, last: int) -> None:
    told = layout.read(line, last, Record.TRAILER)
    if told["count"].lstrip("0") != str(len(rows) or ""):
        raise ExchangeError(ExchangeFault.COUNT, last, told=told["count"][:20], found=len(rows))
    total = 0
    for row in rows:
        total = added(total, row.card_number)
    if told["total"].lstrip("0") != str(total or ""):
        raise ExchangeError(ExchangeFault.TOTAL, last, told=told["total"][:20], found=total)
