"""XLSX files: the rows of the first sheet, streamed, every cell as text.

A spreadsheet keeps numbers to 15 digits: an identity number that was typed as a number has lost
its last ones. Such a cell is given in scientific form, so that no check can take it for whole.
"""

import hashlib
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from qika.partners.tables.csv_rows import CHUNK
from qika.partners.tables.faults import TableError, TableFault
from qika.partners.tables.plan import Row

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
SHARED_TEXTS_MAX = 256 << 20
"""Bytes of shared texts, which stand in memory while a sheet is read; larger lists come as CSV."""
UNPACKED_MAX = 4 << 30
_EXACT = 10**15

_BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    EOFError,
    OSError,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    TypeError,
    AttributeError,
)
"""What the reader of archives and sheets raises for spoiled ones, found by spoiling them."""


def look_through(path: Path) -> str:
    """Give the SHA-256 of a file whose archive is whole and not too large; raises TableError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            damaged = None if sum(sizes.values()) > UNPACKED_MAX else archive.testzip()
    except _BROKEN as error:
        raise TableError(TableFault.BROKEN_XLSX, path.name, problem=str(error)) from error
    if damaged is not None:
        raise TableError(TableFault.BROKEN_XLSX, path.name, problem=damaged)
    shared = sizes.get("xl/sharedStrings.xml", 0)
    if shared > SHARED_TEXTS_MAX or sum(sizes.values()) > UNPACKED_MAX:
        limit = f"{SHARED_TEXTS_MAX >> 20} MiB"
        raise TableError(TableFault.TOO_LARGE, path.name, limit=limit)
    return digest.hexdigest()


def xlsx_rows(path: Path) -> Iterator[Row]:
    """Give header and rows of the first sheet; raises TableError for a damaged file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # styles and extensions not understood
            with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
                sheet: Any = book.worksheets[0]
                sheet.reset_dimensions()  # some programs write a wrong size
                for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                    yield line, _without_tail([cell_text(cell) for cell in cells])
    except TableError:
        raise
    except _BROKEN as error:
        raise TableError(TableFault.BROKEN_XLSX, path.name, problem=str(error)) from error
    except IndexError as error:
        raise TableError(TableFault.EMPTY, path.name) from error


def cell_text(cell: object) -> str:
    """Give a cell as text: days in ISO form, whole numbers without a point."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date():
            return cell.isoformat()
        case bool():
            return str(cell).lower()
        case int() | float() if abs(cell) >= _EXACT:
            return f"{cell:.14e}"
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)


def _without_tail(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells
