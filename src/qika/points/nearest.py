"""The points nearest to a place that serve what is asked and are open, in exact order.

A filter is turned into a plan once and kept. A plan is a tree over the admitted points whose
nodes are signed with the schedules of those points, so that a search enters only nodes that
hold an admitted point that is open, or shares its bit with one that is. Filters that admit many
points sign the tree of all points; the others get a smaller tree of their own.
"""

from collections import OrderedDict
from datetime import datetime
from math import asin, cos, isfinite, radians, sin, sqrt
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qika.points import kernel, tree
from qika.points.hours import Calendar
from qika.points.index import StoredIndex, open_stored
from qika.points.kernel import Admitted, Plan, Question
from qika.points.opening import OpeningTable
from qika.points.profiles import PointFilter, ProfileTable, region_bounds
from qika.terms.names import PointId

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the earth (IUGG)."""

MOST_ANSWERS: Final = 1_000
FEW: Final = 16
"""A filter that admits less than one point in so many gets a tree of its own."""

PLAN_BYTES: Final = 64 * 2**20
"""Room for kept plans; at 1.5 million points a signature takes 2 MB."""

_PLAN_OVERHEAD = 1_000
_LISTING_STEP = 4_096
_NO_POSITIONS = np.empty(0, np.int32)

EVERY_POINT: Final = PointFilter()


class Cursor(NamedTuple):
    """The last answer of a page; the next page begins behind it.

    ``chord`` is the squared chord of the unit sphere, the exact quantity that orders answers.
    """

    chord: float
    row: int


class Found(NamedTuple):
    """A point and its great-circle distance from the asked place."""

    row: int
    point_id: PointId
    distance_m: float
    chord: float

    @property
    def cursor(self) -> Cursor:
        """Where the next page begins when this is the last answer of a page."""
        return Cursor(self.chord, self.row)


class Listed(NamedTuple):
    """A point of a region's list; ``place`` is where the list goes on after it."""

    row: int
    point_id: PointId
    place: int


class _Plans:
    """Plans kept by filter, the least recently used given up when room runs out."""

    def __init__(self, room: int) -> None:
        self._kept: OrderedDict[PointFilter, Plan] = OrderedDict()
        self._room = room
        self._lock = Lock()

    def find(self, where: PointFilter) -> Plan | None:
        with self._lock:
            plan = self._kept.get(where)
            if plan is not None:
                self._kept.move_to_end(where)
            return plan

    def keep(self, where: PointFilter, plan: Plan) -> None:
        with self._lock:
            if where in self._kept:
                return
            self._kept[where] = plan
            self._room -= _size(plan)
            while self._room < 0 and len(self._kept) > 1:
                _, given_up = self._kept.popitem(last=False)
                self._room += _size(given_up)


class NearestIndex:
    """One version of the index of points; safe to share between threads."""

    def __init__(self, stored: StoredIndex, *, plan_bytes: int = PLAN_BYTES) -> None:
        """Take a mapped version; decode its dictionary into tables."""
        self._stored = stored
        self._profiles = ProfileTable(stored.profiles)
        self._opening = OpeningTable(stored.schedules, stored.schedule_bits)
        self._plans = _Plans(plan_bytes)
        self._id_bytes = stored.id_bytes.data  # a single item is cheaper than of an array
        self._id_starts = stored.id_starts.data

    @property
    def version(self) -> str:
        """The name of the version, which changes with its content."""
        return self._stored.version

    def __len__(self) -> int:
        """Count the points, with and without coordinates."""
        return len(self._stored.listing.row)

    def nearest(
        self,
        lat: float,
        lon: float,
        *,
        limit: int = 10,
        where: PointFilter = EVERY_POINT,
        open_at: datetime | None = None,
        calendar: Calendar | None = None,
        after: Cursor | None = None,
    ) -> list[Found]:
        """Give the nearest points of WGS-84 degrees, nearest first, equal distances by row.

        With ``open_at`` (aware, takes a calendar) only points known to be open then. Points
        without coordinates are never among them. Pass the last answer's cursor as ``after`` for
        the next page. Raises ValueError for a limit outside 1 to 1,000 or impossible arguments.
        """
        _check(lat, lon, limit)
        plan = self._plan(where)
        opening = self._opening.at(open_at, calendar)
        phi, lam = radians(lat), radians(lon)
        asked = Question(
            cos(phi) * cos(lam),
            cos(phi) * sin(lam),
            sin(phi),
            opening.schedules,
            opening.bits,
            limit,
            kernel.START if after is None else after.chord,
            -1 if after is None else after.row,
        )
        chords, rows = kernel.nearest(self._stored.located, plan, asked)
        return [
            Found(row, self._point_id(row), great_circle_m(chord), chord)
            for chord, row in zip(chords.tolist(), rows.tolist(), strict=True)
        ]

    def in_region(
        self,
        where: PointFilter,
        *,
        limit: int = 10,
        open_at: datetime | None = None,
        calendar: Calendar | None = None,
        after: int = 0,
    ) -> list[Listed]:
        """List points in order of region, name and id, those without coordinates too.

        Pass the last answer's ``place`` as ``after`` for the next page.
        """
        _check(0, 0, limit)
        listing = self._stored.listing
        profiles = self._profiles.admitted(where)
        schedules = self._opening.at(open_at, calendar).schedules
        begin, end = _within(listing.region, *region_bounds(where.region))
        begin = max(after, begin)
        places: list[int] = []
        while begin < end and len(places) < limit:
            step = slice(begin, min(end, begin + _LISTING_STEP))
            flags = profiles[listing.profile[step]] & schedules[listing.schedule[step]]
            places += (np.flatnonzero(flags) + begin).tolist()
            begin = step.stop
        rows = [int(listing.row[place]) for place in places[:limit]]
        return [
            Listed(row, self._point_id(row), place + 1)
            for row, place in zip(rows, places, strict=False)
        ]

    def warm_up(self) -> None:
        """Compile, or load from disk, all that a search runs; call once at start."""
        stored = self._stored
        admitted = self._admitted(EVERY_POINT)
        nobody = admitted._replace(profiles=np.zeros_like(admitted.profiles))
        few = kernel.positions_admitted(
            stored.located, stored.postings, stored.posting_starts, nobody
        )
        asked = Question(1.0, 0.0, 0.0, *self._opening.at(None, None), 1, kernel.START, -1)
        for plan in (self._over_all(nobody), self._over_few(nobody, few)):
            kernel.nearest(stored.located, plan, asked)

    def _plan(self, where: PointFilter) -> Plan:
        plan = self._plans.find(where)
        if plan is None:
            plan = self._planned(where)
            self._plans.keep(where, plan)
        return plan

    def _planned(self, where: PointFilter) -> Plan:
        """Find what a filter admits; the cost follows the points of its profiles or region."""
        stored = self._stored
        admitted = self._admitted(where)
        of_profiles = int(np.diff(stored.posting_starts)[admitted.profiles != 0].sum())
        begin, end = _within(stored.in_region_codes, *region_bounds(where.region))
        in_region = stored.in_region[begin:end]
        if min(of_profiles, len(in_region)) * FEW > len(stored.postings):
            return self._over_all(admitted)
        if len(in_region) < of_profiles:
            profiles = stored.located.profile[in_region]
            return self._over_few(admitted, in_region[admitted.profiles[profiles] != 0])
        return self._over_few(
            admitted,
            kernel.positions_admitted(
                stored.located, stored.postings, stored.posting_starts, admitted
            ),
        )

    def _admitted(self, where: PointFilter) -> Admitted:
        return Admitted(self._profiles.admitted(where), *region_bounds(where.region))

    def _over_all(self, admitted: Admitted) -> Plan:
        stored = self._stored
        signature = kernel.signature_of_all(
            stored.located, stored.starts, stored.schedule_bits, admitted
        )
        return Plan(stored.boxes, stored.starts, signature, _NO_POSITIONS, admitted)

    def _over_few(self, admitted: Admitted, positions: NDArray[np.int32]) -> Plan:
        stored = self._stored
        positions = np.sort(positions)
        starts = tree.even_starts(len(positions))
        bits = stored.schedule_bits[stored.located.schedule[positions]]
        boxes = tree.boxes(stored.located.vectors[positions], starts)
        for array in (boxes, starts):  # of the same type to the compiler as the mapped ones
            array.flags.writeable = False
        return Plan(boxes, starts, tree.signatures(bits, starts), positions, admitted)

    def _point_id(self, row: int) -> PointId:
        return PointId(
            str(self._id_bytes[self._id_starts[row] : self._id_starts[row + 1]], "utf-8")
        )


def open_index(folder: Path) -> NearestIndex:
    """Open the current version of an index; FileNotFoundError when there is none."""
    return NearestIndex(open_stored(folder))


def _within(codes: NDArray[np.int32], lowest: int, highest: int) -> tuple[int, int]:
    """Find the ascending codes from lowest to highest, both included."""
    # bounds of the same type, else numpy copies the codes into a wider one first
    begin, end = np.searchsorted(codes, np.array([lowest, highest + 1], np.int32)).tolist()
    return int(begin), int(end)


def _size(plan: Plan) -> int:
    """Count the bytes a kept plan takes; those of the index itself are not its own."""
    own = plan.signature.nbytes + plan.positions.nbytes + plan.admitted.profiles.nbytes
    if len(plan.positions):
        own += plan.boxes.nbytes + plan.starts.nbytes
    return own + _PLAN_OVERHEAD


def great_circle_m(squared_chord: float) -> float:
    """Turn a squared chord of the unit sphere into metres along the ground."""
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(squared_chord) / 2))


def _check(lat: float, lon: float, limit: int) -> None:
    if not (isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):  # noqa: PLR2004
        raise ValueError("A place has a latitude within 90 and a longitude within 180 degrees.")
    if not 1 <= limit <= MOST_ANSWERS:
        raise ValueError(f"Ask for 1 to {MOST_ANSWERS} points, not {limit}.")
