"""The index of points on disk: arrays in a folder per version, mapped by every worker.

A version is named by its content and written whole under a passing name; then the pointer file
is replaced in one step. A worker that still maps the version before keeps its pages.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from qika.points import tree
from qika.points.hours import Schedule
from qika.points.hours_text import format_hours, parse_hours
from qika.points.kernel import Located
from qika.points.opening import schedule_bits
from qika.points.point import ServicePoint
from qika.points.profiles import Profile, profile_of, region_bounds

POINTER: Final = "current"
FORMAT: Final = "1"
"""Part of a version's name; raise it when the arrays change their meaning."""

_DICTIONARY = "dictionary.json"
_VERSION = "version-"
_PASSING = ".writing-"
Columns = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class PointColumns:
    """Points as columns of equal length, so that millions need no object each.

    ``profile`` and ``schedule`` are numbers into ``profiles`` and ``schedules``; ``lat`` and
    ``lon`` are WGS-84 degrees, NaN where a point has no coordinates.
    """

    ids: Sequence[str]
    names: Sequence[str]
    region: NDArray[np.int32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    profile: NDArray[np.int32]
    schedule: NDArray[np.int32]
    profiles: Sequence[Profile]
    schedules: Sequence[Schedule | None]


@dataclass(frozen=True, slots=True)
class Listing:
    """All points in order of region, name and id, with what a filter asks of them."""

    row: NDArray[np.int32]
    region: NDArray[np.int32]
    profile: NDArray[np.int32]
    schedule: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """One version of the index, its arrays mapped and read-only."""

    located: Located
    boxes: NDArray[np.float32]
    starts: NDArray[np.int32]
    postings: NDArray[np.int32]
    """Positions in the tree, ordered by profile."""
    posting_starts: NDArray[np.int64]
    in_region: NDArray[np.int32]
    """Positions in the tree, ordered by region code; the codes beside them."""
    in_region_codes: NDArray[np.int32]
    listing: Listing
    schedule_bits: NDArray[np.int64]
    id_bytes: NDArray[np.uint8]
    id_starts: NDArray[np.int64]
    profiles: Sequence[Profile]
    schedules: Sequence[Schedule | None]
    version: str


class _Dictionary(msgspec.Struct, frozen=True):
    profiles: tuple[Profile, ...]
    schedules: tuple[str | None, ...]


def build_index(points: Iterable[ServicePoint], folder: Path) -> Path:
    """Index points and make this the current version; give the version's folder.

    The row of a point in answers is its place in ``points``.
    """
    return build_from_columns(columns_of(points), folder)


def columns_of(points: Iterable[ServicePoint]) -> PointColumns:
    """Lay points out as columns; hours that cannot be read become an unknown schedule."""
    listed = list(points)
    profiles: dict[Profile, int] = {}
    schedules: dict[Schedule | None, int] = {}
    read: dict[str, Schedule | None] = {}
    for text in dict.fromkeys(point.hours_text for point in listed):
        read[text] = parse_hours(text)
    places = [point.coordinates for point in listed]
    return PointColumns(
        ids=[point.id for point in listed],
        names=[point.name for point in listed],
        region=np.array([region_bounds(point.region)[0] for point in listed], np.int32),
        lat=np.array([place.lat if place else np.nan for place in places], np.float64),
        lon=np.array([place.lon if place else np.nan for place in places], np.float64),
        profile=np.array(
            [profiles.setdefault(profile_of(point), len(profiles)) for point in listed], np.int32
        ),
        schedule=np.array(
            [schedules.setdefault(read[point.hours_text], len(schedules)) for point in listed],
            np.int32,
        ),
        profiles=list(profiles),
        schedules=list(schedules),
    )


def build_from_columns(columns: PointColumns, folder: Path) -> Path:
    """Index columns and make this the current version; give the version's folder.

    Raises ValueError for columns of unequal length or coordinates that are no degrees.
    """
    _check(columns)
    arrays = _arrays(columns)
    written = (None if each is None else format_hours(each) for each in columns.schedules)
    dictionary = msgspec.json.encode(_Dictionary(tuple(columns.profiles), tuple(written)))
    name = _VERSION + _digest(arrays, dictionary)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / name).is_dir():
        _write(folder, name, arrays, dictionary)
    _point_to(folder, name)
    return folder / name


def current_version(folder: Path) -> str | None:
    """Name the version that the pointer file names; None when there is no index yet."""
    try:
        return (folder / POINTER).read_text("ascii").strip()
    except FileNotFoundError:
        return None


def open_stored(folder: Path) -> StoredIndex:
    """Map the current version; FileNotFoundError when there is none."""
    version = current_version(folder)
    if version is None:
        raise FileNotFoundError(f"There is no index of points in {folder.name}; build it first.")
    path = folder / version
    dictionary = msgspec.json.decode((path / _DICTIONARY).read_bytes(), type=_Dictionary)
    return StoredIndex(
        located=Located(*(_mapped(path, name) for name in Located._fields)),
        boxes=_mapped(path, "boxes"),
        starts=_mapped(path, "starts"),
        postings=_mapped(path, "postings"),
        posting_starts=_mapped(path, "posting_starts"),
        in_region=_mapped(path, "in_region"),
        in_region_codes=_mapped(path, "in_region_codes"),
        listing=Listing(
            *(_mapped(path, f"listing_{name}") for name in ("row", "region", "profile", "schedule"))
        ),
        schedule_bits=_mapped(path, "schedule_bits"),
        id_bytes=_mapped(path, "id_bytes"),
        id_starts=_mapped(path, "id_starts"),
        profiles=dictionary.profiles,
        schedules=[None if text is None else parse_hours(text) for text in dictionary.schedules],
        version=version,
    )


def _mapped(path: Path, name: str) -> NDArray[Any]:
    """Map one array; as a plain array, which compiled code takes faster than a memmap."""
    return np.asarray(np.load(path / f"{name}.npy", mmap_mode="r"))


def _check(columns: PointColumns) -> None:
    size = len(columns.ids)
    others = (
        columns.names,
        columns.region,
        columns.lat,
        columns.lon,
        columns.profile,
        columns.schedule,
    )
    if any(len(column) != size for column in others):
        raise ValueError("The columns of points differ in length.")
    far = (np.abs(columns.lat) > 90) | (np.abs(columns.lon) > 180)  # noqa: PLR2004
    if far.any():
        point = columns.ids[int(np.argmax(far))]
        raise ValueError(
            f"Point {point} has coordinates that are no degrees of latitude, longitude."
        )


def _arrays(columns: PointColumns) -> dict[str, NDArray[np.generic]]:
    """Lay out every array of a version."""
    placed = np.flatnonzero(np.isfinite(columns.lat) & np.isfinite(columns.lon))
    vectors = tree.unit_vectors(columns.lat[placed], columns.lon[placed])
    grown = tree.grow(vectors)
    row = placed[grown.order].astype(np.int32)
    profile = columns.profile[row].astype(np.int32)
    region = columns.region[row].astype(np.int32)
    by_region = np.argsort(region, kind="stable").astype(np.int32)
    counts = np.bincount(profile, minlength=len(columns.profiles))
    commonness = np.bincount(columns.schedule, minlength=len(columns.schedules))
    order = np.lexsort([_text(columns.ids), _text(columns.names), columns.region])
    encoded = [identifier.encode() for identifier in columns.ids]
    return {
        "vectors": vectors[grown.order],
        "profile": profile,
        "schedule": columns.schedule[row].astype(np.int32),
        "region": region,
        "in_region": by_region,
        "in_region_codes": region[by_region],
        "row": row,
        "boxes": grown.boxes,
        "starts": grown.starts,
        "postings": np.argsort(profile, kind="stable").astype(np.int32),
        "posting_starts": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "listing_row": order.astype(np.int32),
        "listing_region": columns.region[order].astype(np.int32),
        "listing_profile": columns.profile[order].astype(np.int32),
        "listing_schedule": columns.schedule[order].astype(np.int32),
        "schedule_bits": schedule_bits(columns.schedules, commonness.astype(np.int64)),
        "id_bytes": np.frombuffer(b"".join(encoded), np.uint8),
        "id_starts": np.cumsum([0, *map(len, encoded)], dtype=np.int64),
    }


def _text(texts: Sequence[str]) -> NDArray[np.str_]:
    return np.array(texts, np.str_)


def _digest(arrays: Columns, dictionary: bytes) -> str:
    digest = hashlib.blake2b(FORMAT.encode() + dictionary, digest_size=12)
    for name, array in arrays.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _write(folder: Path, name: str, arrays: Columns, dictionary: bytes) -> None:
    """Write a version under a passing name, then give it its own; two writers do not meet."""
    passing = folder / f"{_PASSING}{os.getpid()}"
    shutil.rmtree(passing, ignore_errors=True)
    passing.mkdir()
    for column, array in arrays.items():
        np.save(passing / f"{column}.npy", array, allow_pickle=False)
    (passing / _DICTIONARY).write_bytes(dictionary)
    for file in passing.iterdir():
        _sync(file)
    try:
        passing.rename(folder / name)
    except OSError:  # another process has just written the same content
        shutil.rmtree(passing)


def _point_to(folder: Path, name: str) -> None:
    """Make a version current; drop all versions but it and the one before."""
    before = current_version(folder)
    passing = folder / f"{_PASSING}{os.getpid()}-{POINTER}"
    passing.write_text(name + "\n", "ascii")
    _sync(passing)
    passing.replace(folder / POINTER)
    _sync(folder)
    for version in folder.glob(f"{_VERSION}*"):
        if version.name not in {name, before}:
            shutil.rmtree(version, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
