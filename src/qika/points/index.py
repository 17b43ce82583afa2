"""The index of points on disk: arrays in a folder per version, mapped by every worker."""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from inspect import signature
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from qika.points import tree
from qika.points.hours import Schedule
from qika.points.hours_text import format_hours, parse_hours
from qika.points.opening import schedule_bits
from qika.points.point import ServicePoint
from qika.points.profiles import Profile, profile_of, region_bounds
from qika.points.records import BlobFile, Blobs, RecordWriter, StoredPoints
from qika.points.tree import Tree
from qika.points.versions import Current, Held, building, hold_current, put_version

_DICTIONARY: Final = "dictionary.json"
Columns = Mapping[str, NDArray[Any]]


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
    stored: StoredPoints
    """The points themselves, in the same order."""


@dataclass(frozen=True, slots=True)
class Located:
    """The points that have coordinates, in the order of the tree, and two ways to some of them."""

    profile: NDArray[np.int32]
    region: NDArray[np.int32]
    by_profile: NDArray[np.int32]
    """Positions in the tree, ordered by profile; where each profile begins, and the end."""
    profile_starts: NDArray[np.int64]
    by_region: NDArray[np.int32]
    """Positions in the tree, ordered by region; the regions' codes; where each begins."""
    region_codes: NDArray[np.int32]
    region_starts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Listing:
    """All points in order of region, name and id, with what a filter asks of them."""

    row: NDArray[np.int32]
    profile: NDArray[np.int32]
    schedule: NDArray[np.int32]
    region_codes: NDArray[np.int32]
    region_starts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """One version of the index, its arrays mapped and read-only."""

    tree: Tree
    located: Located
    listing: Listing
    points: StoredPoints
    schedule_bits: NDArray[np.int64]
    profiles: Sequence[Profile]
    schedules: Sequence[Schedule | None]
    held: Held


_SMALL: Final = ("ids", "capabilities")
_Part = TypeVar("_Part", Tree, Located, Listing, StoredPoints, Blobs)


class _Dictionary(msgspec.Struct, frozen=True):
    profiles: tuple[Profile, ...]
    schedules: tuple[str | None, ...]


def build_index(points: Iterable[ServicePoint], folder: Path, *, built_from: str = "") -> Path:
    """Index points and make this the current version; give the version's folder.

    The row of a point in answers is its place in ``points``, which are taken one by one.
    ``built_from`` is kept beside the version, for whoever asks whether it is of today.
    """
    with building(folder):
        return put_points(points, folder, built_from)


def put_points(points: Iterable[ServicePoint], folder: Path, built_from: str) -> Path:
    """Do as ``build_index`` for one who is inside ``versions.building`` already."""
    return _put(columns_of(points), folder, built_from)


def build_from_columns(columns: PointColumns, folder: Path) -> Path:
    """Index columns and make this the current version; give the version's folder.

    Raises ValueError for columns of unequal length or coordinates that are no degrees.
    """
    _check_lengths(columns)
    with building(folder):
        return _put(columns, folder, "")


def columns_of(points: Iterable[ServicePoint]) -> PointColumns:
    """Lay points out as columns; hours that cannot be read become an unknown schedule."""
    writer = RecordWriter()
    profiles: dict[Profile, int] = {}
    schedules: dict[Schedule | None, int] = {}
    profile_of_offer: dict[tuple[str, int], int] = {}
    schedule_of_text: dict[str, int] = {}
    names: list[str] = []
    region, profile, schedule = array("i"), array("i"), array("i")
    lat, lon = array("d"), array("d")
    for point in points:
        offer = (point.kind, writer.add(point))
        if offer not in profile_of_offer:
            profile_of_offer[offer] = profiles.setdefault(profile_of(point), len(profiles))
        if point.hours_text not in schedule_of_text:
            read = parse_hours(point.hours_text)
            schedule_of_text[point.hours_text] = schedules.setdefault(read, len(schedules))
        names.append(point.name)
        region.append(region_bounds(point.region)[0])
        lat.append(point.coordinates.lat if point.coordinates else np.nan)
        lon.append(point.coordinates.lon if point.coordinates else np.nan)
        profile.append(profile_of_offer[offer])
        schedule.append(schedule_of_text[point.hours_text])
    return PointColumns(
        ids=writer.ids,
        names=names,
        region=np.array(region, np.int32),
        lat=np.array(lat, np.float64),
        lon=np.array(lon, np.float64),
        profile=np.array(profile, np.int32),
        schedule=np.array(schedule, np.int32),
        profiles=list(profiles),
        schedules=list(schedules),
        stored=writer.stored(),
    )


def open_stored(folder: Path) -> StoredIndex:
    """Map the current version; FileNotFoundError when there is none."""
    held = hold_current(folder)
    path = held.path
    dictionary = msgspec.json.decode((path / _DICTIONARY).read_bytes(), type=_Dictionary)
    blobs: dict[str, Blobs | BlobFile] = {name: _mapped(Blobs, path, name) for name in _SMALL}
    blobs["records"] = BlobFile(path / "records_bytes.npy", _array(path, "records_starts"))
    return StoredIndex(
        tree=_mapped(Tree, path, "tree"),
        located=_mapped(Located, path, "located"),
        listing=_mapped(Listing, path, "listing"),
        points=_mapped(StoredPoints, path, "points", **blobs),
        schedule_bits=_array(path, "schedule_bits"),
        profiles=dictionary.profiles,
        schedules=[None if text is None else parse_hours(text) for text in dictionary.schedules],
        held=held,
    )


def _mapped(
    kind: Callable[..., _Part], path: Path, prefix: str, **given: Blobs | BlobFile
) -> _Part:
    """Map the arrays of a part of the index, each from the file of its name."""
    names = [name for name in signature(kind).parameters if name not in given]
    return kind(**given, **{name: _array(path, f"{prefix}_{name}") for name in names})


def _array(path: Path, name: str) -> NDArray[Any]:
    """Map one array; as a plain array, which compiled code takes faster than a memmap."""
    return np.asarray(np.load(path / f"{name}.npy", mmap_mode="r"))


def _unmapped(part: Tree | Located | Listing | StoredPoints | Blobs, prefix: str) -> Columns:
    """Name the arrays of a part as ``_mapped`` asks for them."""
    arrays = {field.name: getattr(part, field.name) for field in fields(part)}
    return {
        f"{prefix}_{name}": each
        for name, each in arrays.items()
        if name not in (*_SMALL, "records")
    }


def _check_lengths(columns: PointColumns) -> None:
    size = len(columns.ids)
    others = (
        columns.names,
        columns.region,
        columns.lat,
        columns.lon,
        columns.profile,
        columns.schedule,
        columns.stored.id_rows,
    )
    if any(len(column) != size for column in others):
        raise ValueError("The columns of points differ in length.")


def _check_degrees(columns: PointColumns) -> None:
    far = (np.abs(columns.lat) > 90) | (np.abs(columns.lon) > 180)  # noqa: PLR2004
    if far.any():
        point = columns.ids[int(np.argmax(far))]
        raise ValueError(
            f"Point {point} has coordinates that are no degrees of latitude, longitude."
        )


def _put(columns: PointColumns, folder: Path, built_from: str) -> Path:
    """Write columns as the current version, named by its content."""
    _check_degrees(columns)
    arrays = _arrays(columns)
    written = (None if each is None else format_hours(each) for each in columns.schedules)
    dictionary = msgspec.json.encode(_Dictionary(tuple(columns.profiles), tuple(written)))
    mark = Current(_digest(arrays, dictionary), built_from)
    return put_version(folder, mark, partial(_write, arrays, dictionary))


def _arrays(columns: PointColumns) -> Columns:
    """Lay out every array of a version."""
    placed = np.flatnonzero(np.isfinite(columns.lat) & np.isfinite(columns.lon)).astype(np.int32)
    vectors = tree.unit_vectors(columns.lat[placed], columns.lon[placed])
    grown, order = tree.grow(vectors, columns.schedule[placed], placed)
    points = columns.stored
    assert isinstance(points.records, Blobs), "what is written comes from memory"
    commonness = np.bincount(columns.schedule, minlength=len(columns.schedules))
    return {
        **_unmapped(grown, "tree"),
        **_unmapped(_located(columns, placed[order]), "located"),
        **_unmapped(_listing(columns), "listing"),
        **_unmapped(points, "points"),
        **_unmapped(points.ids, "ids"),
        **_unmapped(points.records, "records"),
        **_unmapped(points.capabilities, "capabilities"),
        "schedule_bits": schedule_bits(columns.schedules, commonness.astype(np.int64)),
    }


def _located(columns: PointColumns, row: NDArray[np.int32]) -> Located:
    profile = columns.profile[row].astype(np.int32)
    region = columns.region[row].astype(np.int32)
    by_profile = np.argsort(profile, kind="stable").astype(np.int32)
    by_region = np.argsort(region, kind="stable").astype(np.int32)
    return Located(
        profile,
        region,
        by_profile,
        np.searchsorted(profile[by_profile], np.arange(len(columns.profiles) + 1)),
        by_region,
        *_runs(region[by_region]),
    )


def _listing(columns: PointColumns) -> Listing:
    """Order by region, then within each by name and id."""
    order = np.argsort(columns.region, kind="stable").astype(np.int32)
    codes, starts = _runs(columns.region[order])
    for begin, end in pairwise(starts.tolist()):
        rows = order[begin:end].tolist()
        order[begin:end] = sorted(rows, key=lambda row: (columns.names[row], columns.ids[row]))
    profile = columns.profile[order].astype(np.int32)
    return Listing(order, profile, columns.schedule[order].astype(np.int32), codes, starts)


def _runs(ascending: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give the distinct values, and where each begins, and the end."""
    codes, starts = np.unique(ascending, return_index=True)
    return codes.astype(np.int32), np.append(starts, len(ascending)).astype(np.int64)


def _digest(arrays: Columns, dictionary: bytes) -> str:
    digest = hashlib.blake2b(dictionary, digest_size=12)
    for name, array_ in arrays.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(array_).data)
    return digest.hexdigest()


def _write(arrays: Columns, dictionary: bytes, path: Path) -> None:
    for name, each in arrays.items():
        np.save(path / f"{name}.npy", each, allow_pickle=False)
    (path / _DICTIONARY).write_bytes(dictionary)
