"""The points themselves on disk: one file of records, each read when it is asked for.

A record is found by its row, and a row by the point's id, through arrays that all workers map.
What many points share word for word, the list of their capabilities, is kept once.
"""

import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
from msgspec import Struct, msgpack
from numpy.typing import NDArray

from qika.points.point import Capability, Coordinates, ServicePoint
from qika.terms.names import BankCode, PointId, PointKind, RegionCode

POINTS_KEPT: Final = 32_768
"""Points that a process keeps read; a point takes about 1 KB."""

CAPABILITIES_KEPT: Final = 16_384


@dataclass(frozen=True, slots=True)
class Blobs:
    """Byte strings one after another; number ``n`` is ``bytes[starts[n]:starts[n + 1]]``."""

    bytes: NDArray[np.uint8]
    starts: NDArray[np.int64]

    def reader(self) -> Callable[[int], memoryview]:
        """Give what reads one of them."""
        # a single item of a memoryview is cheaper than one of an array
        text, starts = self.bytes.data, self.starts.data
        return lambda number: text[starts[number] : starts[number + 1]]


class BlobFile:
    """Byte strings one after another in a file that is read, not mapped.

    Random reads of a mapped file leave sixteen pages each in a process; the file's pages are
    the system's, and shared, either way.
    """

    def __init__(self, file: Path, starts: NDArray[np.int64]) -> None:
        """Open a file of bytes that numpy saved; it is closed with the last use of this."""
        self._starts = starts.data
        self._handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._begin = os.fstat(self._handle).st_size - int(starts[-1])

    def __del__(self) -> None:
        """Close the file."""
        if hasattr(self, "_handle"):
            os.close(self._handle)

    def reader(self) -> Callable[[int], bytes]:
        """Give what reads one of them."""
        return self._read

    def _read(self, number: int) -> bytes:
        begin = self._starts[number]
        return os.pread(self._handle, self._starts[number + 1] - begin, self._begin + begin)


def blobs(parts: Iterable[bytes]) -> Blobs:
    """Lay byte strings one after another."""
    joined, starts = bytearray(), array("q", [0])
    for part in parts:
        joined += part
        starts.append(len(joined))
    return Blobs(np.frombuffer(joined, np.uint8), np.array(starts, np.int64))


@dataclass(frozen=True, slots=True)
class StoredPoints:
    """Every point, by row and by id."""

    ids: Blobs
    id_sums: NDArray[np.uint32]
    """CRC-32 of the ids, ascending; beside each the row that it belongs to."""
    id_rows: NDArray[np.int32]
    records: Blobs | BlobFile
    capabilities: Blobs


class _Record(Struct, array_like=True, frozen=True):
    """A service point without its id; ``capabilities`` is a number into the lists kept once."""

    name: str
    kind: PointKind
    organization: str
    card_bank: BankCode | None
    address: str
    landmark: str
    region: RegionCode
    phone: str
    place: tuple[float, float, str] | None
    hours_text: str
    capabilities: int
    example: bool


class RecordWriter:
    """Takes points one by one, in order of row, and gives them as arrays."""

    def __init__(self) -> None:
        """Begin without points."""
        self.ids: list[str] = []
        self._records = bytearray()
        self._starts = array("q", [0])
        self._capabilities: dict[tuple[Capability, ...], int] = {}
        self._encode = msgpack.Encoder().encode_into

    def add(self, point: ServicePoint) -> int:
        """Write a point; give the number of its list of capabilities."""
        number = self._capabilities.setdefault(point.capabilities, len(self._capabilities))
        place = point.coordinates
        record = _Record(
            name=point.name,
            kind=point.kind,
            organization=point.organization,
            card_bank=point.card_bank,
            address=point.address,
            landmark=point.landmark,
            region=point.region,
            phone=point.phone,
            place=(place.lat, place.lon, place.given_crs) if place else None,
            hours_text=point.hours_text,
            capabilities=number,
            example=point.example,
        )
        self._encode(record, self._records, -1)
        self._starts.append(len(self._records))
        self.ids.append(point.id)
        return number

    def stored(self) -> StoredPoints:
        """Give all points written so far."""
        ids = blobs(each.encode() for each in self.ids)
        at = ids.reader()
        sums = np.array([crc32(at(row)) for row in range(len(self.ids))], np.uint32)
        order = np.argsort(sums, kind="stable")
        return StoredPoints(
            ids=ids,
            id_sums=sums[order],
            id_rows=order.astype(np.int32),
            records=Blobs(np.frombuffer(self._records, np.uint8), np.array(self._starts, np.int64)),
            capabilities=blobs(msgpack.encode(each) for each in self._capabilities),
        )


class PointRecords:
    """Reads points from mapped arrays; safe to share between threads."""

    def __init__(self, stored: StoredPoints) -> None:
        """Take the arrays; nothing is read yet."""
        self._id = stored.ids.reader()
        self._sums, self._rows = stored.id_sums, stored.id_rows
        self._read: dict[PointId, int] = {}
        # of a function that does not hold this object: it must be gone with its last user
        self._point = lru_cache(POINTS_KEPT)(_point_reader(stored, self._read))

    def __len__(self) -> int:
        """Count the points."""
        return len(self._rows)

    def point(self, row: int) -> ServicePoint:
        """Give the point of a row."""
        return self._point(row)

    def point_id(self, row: int) -> PointId:
        """Give the id of a row."""
        return PointId(str(self._id(row), "utf-8"))

    def row(self, point_id: PointId) -> int | None:
        """Give the row of an id; None if there is no such point."""
        read = self._read.get(point_id)
        if read is not None:
            return read
        wanted = point_id.encode()
        rows = self.rows(crc32(wanted))
        return next((row for row in rows if bytes(self._id(row)) == wanted), None)

    def rows(self, id_sum: int) -> Iterator[int]:
        """Give the rows of the ids with this CRC-32: usually one, or none."""
        total = np.uint32(id_sum)
        place = int(np.searchsorted(self._sums, total))
        while place < len(self._sums) and self._sums[place] == total:
            yield int(self._rows[place])
            place += 1


def _point_reader(stored: StoredPoints, rows: dict[PointId, int]) -> Callable[[int], ServicePoint]:
    """Give what reads a point, and notes the row of its id: who saw it asks for more of it."""
    record_at, id_at = stored.records.reader(), stored.ids.reader()
    decode = msgpack.Decoder(_Record).decode
    capabilities = _capability_reader(stored.capabilities)

    def point(row: int) -> ServicePoint:
        record = decode(record_at(row))
        point_id = PointId(str(id_at(row), "utf-8"))
        if len(rows) >= 2 * POINTS_KEPT:
            rows.clear()
        rows[point_id] = row
        return ServicePoint(
            id=point_id,
            name=record.name,
            kind=record.kind,
            organization=record.organization,
            card_bank=record.card_bank,
            address=record.address,
            landmark=record.landmark,
            region=record.region,
            phone=record.phone,
            coordinates=Coordinates(*record.place) if record.place else None,
            hours_text=record.hours_text,
            capabilities=capabilities(record.capabilities),
            example=record.example,
        )

    return point


def _capability_reader(stored: Blobs) -> Callable[[int], tuple[Capability, ...]]:
    at, decode = stored.reader(), msgpack.Decoder(tuple[Capability, ...]).decode

    def capabilities(number: int) -> tuple[Capability, ...]:
        return decode(at(number))

    return lru_cache(CAPABILITIES_KEPT)(capabilities)
