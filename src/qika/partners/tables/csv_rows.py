"""CSV files: which encoding, how many lines, and their rows one after the other.

A file is read once whole before its first row is used: an encoding that breaks in the last line
and an archive that was cut off are found before anything is stored.
"""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from qika.partners.tables.faults import TableError, TableFault
from qika.partners.tables.plan import Row

CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DELIMITERS = (",", "\t", ";")
FILE_MAX = 64 << 30
"""Bytes after unpacking; 1.4 billion cards of 100 bytes come in more than two files."""


class Content(NamedTuple):
    """What the first reading of a file found out."""

    encoding: str
    digest: str
    lines: int


def look_through(path: Path) -> Content:
    """Read a file once: its encoding, its SHA-256, its lines. Raises TableError."""
    head = _head(path)
    if head[:2] in _UTF16:
        encodings = ["utf-16"]
    elif head.startswith(codecs.BOM_UTF8):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        content = _decoded(path, encoding, final=encoding is encodings[-1])
        if content is not None:
            return content
    raise TableError(TableFault.ENCODING, path.name, line=1, tried=", ".join(encodings))


def csv_rows(path: Path, encoding: str) -> Iterator[Row]:
    """Give the header and the rows of a file whose encoding is known."""
    with closing(_opened(path)) as raw, io.TextIOWrapper(raw, encoding, newline="") as text:
        delimiter = _delimiter(text.readline())
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise TableError(TableFault.QUOTES, path.name, line=line, problem=str(error)) from error


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    return cast("BinaryIO", gzip.open(path, "rb") if packed else path.open("rb"))


def _head(path: Path) -> bytes:
    try:
        with _opened(path) as file:
            return file.read(4)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TableError(TableFault.CUT_OFF, path.name) from error


def _decoded(path: Path, encoding: str, *, final: bool) -> Content | None:
    """Decode a whole file; None if it is not in ``encoding`` and others may be tried.

    A file that began as UTF-8 beyond ASCII and then breaks is damaged UTF-8: taken for GB18030 it
    would be read as nonsense.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    digest, lines, size, beyond_ascii, last = hashlib.sha256(), 0, 0, False, b"\n"
    try:
        with _opened(path) as file:
            while chunk := file.read(CHUNK):
                size += len(chunk)
                digest.update(chunk)
                text = decoder.decode(chunk)
                beyond_ascii = beyond_ascii or not text.isascii()
                lines += text.count("\n")
                last = chunk[-1:]
                if size > FILE_MAX:
                    raise TableError(TableFault.TOO_LARGE, path.name, limit=f"{FILE_MAX >> 30} GiB")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if final:
            raise TableError(
                TableFault.ENCODING, path.name, line=lines + 1, tried=encoding
            ) from error
        readable = error.object[: error.start].decode(encoding, "ignore")
        cut_off = error.reason == "unexpected end of data"
        if beyond_ascii or cut_off or not readable.isascii():
            where = lines + readable.count("\n") + 1
            raise TableError(TableFault.ENCODING, path.name, line=where, tried=encoding) from error
        return None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TableError(TableFault.CUT_OFF, path.name) from error
    return Content(encoding, digest.hexdigest(), lines + (last != b"\n"))
