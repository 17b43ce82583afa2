"""The points nearest to a place that serve what is asked and are open, in exact order.

A filter is turned into a plan once and kept; filters that admit the same points share theirs.
A plan is a tree over the admitted points whose nodes are signed with the schedules of those
points, so that a search enters only nodes that hold an admitted point that is open, or shares its
bit with one that is. Filters that admit many points sign the tree of all points; the others get a
smaller tree of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from math import asin, sqrt
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias, overload
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from qika.points import growing, kernel, tree
from qika.points.hours import Calendar
from qika.points.index import StoredIndex, open_stored
from qika.points.kernel import EARTH_RADIUS_M
from qika.points.opening import OpeningTable
from qika.points.plans import Plan, Plans
from qika.points.profiles import Numbers, PointFilter, ProfileTable, region_bounds
from qika.points.records import PointRecords
from qika.terms.names import PointId

MOST_ANSWERS: Final = 1_000
FEW: Final = 16
"""A filter that admits less than one point in so many gets a tree of its own."""

FEWEST: Final = 4_096
"""Up to so many points stand in such a tree themselves, side by side, instead of their places."""

PLAN_BYTES: Final = 64 * 2**20
"""Room for kept plans; at 1.5 million points a signature takes 1.5 MB."""

_LISTING_STEP = 4_096

EVERY_POINT: Final = PointFilter()

_Admitted: TypeAlias = tuple[Numbers, tuple[int, int]]
"""What a filter comes down to: the numbers of the profiles it admits, and bounds of the region."""


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


class Answers(Sequence[Found]):
    """What a search found, nearest first; each answer is made when it is looked at."""

    __slots__ = ("_answers", "_count", "_limit", "_records")

    def __init__(
        self, answers: NDArray[np.float64], limit: int, count: int, records: PointRecords
    ) -> None:
        """Take what the kernel wrote: squared chords, metres, rows, ``limit`` of each."""
        self._answers, self._limit, self._count, self._records = answers, limit, count, records

    def __len__(self) -> int:
        """Count the answers."""
        return self._count

    def columns(self) -> Iterator[tuple[float, float, int]]:
        """Give squared chord, metres along the ground and row of each answer."""
        limit, count = self._limit, self._count
        flat = self._answers[: 2 * limit + count].tolist()
        rows = map(int, flat[2 * limit :])
        return zip(flat[:count], flat[limit : limit + count], rows, strict=True)

    @overload
    def __getitem__(self, place: int) -> Found: ...
    @overload
    def __getitem__(self, place: slice) -> list[Found]: ...
    def __getitem__(self, place: int | slice) -> Found | list[Found]:
        """Give one answer, or some."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(self._count))]
        place = range(self._count)[place]
        row = int(self._answers[2 * self._limit + place])
        metres = float(self._answers[self._limit + place])
        return Found(row, self._records.point_id(row), metres, float(self._answers[place]))

    def __iter__(self) -> Iterator[Found]:
        """Give the answers one by one."""
        point_id = self._records.point_id
        return (Found(row, point_id(row), metres, chord) for chord, metres, row in self.columns())


class NearestIndex:
    """One version of the index of points; safe to share between threads."""

    def __init__(self, stored: StoredIndex, *, plan_bytes: int = PLAN_BYTES) -> None:
        """Take a mapped version; decode its dictionary into tables."""
        self._profiles = ProfileTable(stored.profiles)
        self._stored = replace(stored, profiles=())  # the table keeps what differs among them
        self._opening = OpeningTable(stored.schedules, stored.schedule_bits)
        self._starts: list[int] = stored.located.profile_starts.tolist()
        self._plans = Plans(plan_bytes)
        self._alike: WeakValueDictionary[_Admitted, Plan] = WeakValueDictionary()
        self.records = PointRecords(stored.points)
        """The points themselves, by row and by id."""

    @property
    def version(self) -> str:
        """The name of the version, which changes with its content."""
        return self._stored.held.current.name

    @property
    def built_from(self) -> str:
        """What the builder said that it was built from."""
        return self._stored.held.current.built_from

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
    ) -> Answers:
        """Give the nearest points of WGS-84 degrees, nearest first, equal distances by row.

        With ``open_at`` (aware, takes a calendar) only points known to be open then. Points
        without coordinates are never among them. Pass the last answer's cursor as ``after`` for
        the next page. Raises ValueError for a limit outside 1 to 1,000 or impossible arguments.
        """
        if not (-90 <= lat <= 90 and -180 <= lon <= 180 and 1 <= limit <= MOST_ANSWERS):  # noqa: PLR2004
            raise _refusal(lat, lon, limit)
        plan = self._plans.find(where) or self._planned(where)
        opening = self._opening.at(open_at, calendar)
        chord, row = after or _BEFORE_ALL
        answers = np.empty(3 * limit + kernel.SCRATCH)
        count = kernel.nearest(
            plan.address, opening.address, opening.bits, float(lat), float(lon), chord, row,
            answers, limit,
        )  # fmt: skip
        return Answers(answers, limit, count, self.records)

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
        if not 1 <= limit <= MOST_ANSWERS:
            raise _refusal(0, 0, limit)
        listing = self._stored.listing
        profiles = self._profiles.admitted(where)
        schedules = self._opening.at(open_at, calendar).schedules
        bounds = region_bounds(where.region)
        begin, end = _within(listing.region_codes, listing.region_starts, bounds)
        begin = max(after, begin)
        places: list[int] = []
        while begin < end and len(places) < limit:
            step = slice(begin, min(end, begin + _LISTING_STEP))
            flags = profiles[listing.profile[step]] & schedules[listing.schedule[step]]
            places += (np.flatnonzero(flags) + begin).tolist()
            begin = step.stop
        rows = [int(listing.row[place]) for place in places[:limit]]
        return [
            Listed(row, self.records.point_id(row), place + 1)
            for row, place in zip(rows, places, strict=False)
        ]

    def warm_up(self) -> None:
        """Compile, or load from disk, all that a search runs; call once at start."""
        nobody = np.zeros(len(self._profiles), np.uint8)
        located = self._stored.located
        few = kernel.positions_admitted(located.profile[:0], located.region[:0], nobody, (0, 0))
        opening = self._opening.at(None, None)
        answers = np.empty(3 + kernel.SCRATCH)
        for plan in (self._over_all(few), self._over_few(few)):
            kernel.nearest(
                plan.address, opening.address, opening.bits, 0.0, 0.0, *_BEFORE_ALL, answers, 1
            )

    def _planned(self, where: PointFilter) -> Plan:
        """Give the plan of a filter: made for another one that admits the same, or made now."""
        profiles, bounds = self._profiles.numbers(where), region_bounds(where.region)
        admitted = (profiles, bounds)
        plan = self._alike.get(admitted)
        if plan is None:
            plan = self._alike[admitted] = self._made(profiles, bounds)
        self._plans.keep(where, plan)
        return plan

    def _made(self, profiles: Numbers, bounds: tuple[int, int]) -> Plan:
        """Make a plan; the cost follows the points of its profiles or region."""
        positions = self._positions(profiles, bounds)
        many = len(positions) * FEW > len(self._stored.tree)
        return self._over_all(positions) if many else self._over_few(positions)

    def _positions(self, profiles: Numbers, bounds: tuple[int, int]) -> NDArray[np.int32]:
        """Find what is admitted, ascending, through its profiles or its region."""
        located, starts = self._stored.located, self._starts
        begin, end = _within(located.region_codes, located.region_starts, bounds)
        of_profiles = sum([starts[one + 1] - starts[one] for one in profiles])
        if end - begin < of_profiles or of_profiles * FEW > len(located.profile):
            flags = np.zeros(len(self._profiles), np.uint8)
            flags[list(profiles)] = 1
            if min(of_profiles, end - begin) * FEW > len(located.profile):
                return kernel.positions_admitted(located.profile, located.region, flags, bounds)
            near = located.by_region[begin:end]
            return np.sort(near[flags[located.profile[near]] != 0])
        parts = [located.by_profile[starts[one] : starts[one + 1]] for one in profiles]
        serving = np.sort(np.concatenate([located.by_profile[:0], *parts]))
        code = located.region[serving]
        return serving[(bounds[0] <= code) & (code <= bounds[1])]

    def _over_all(self, positions: NDArray[np.int32]) -> Plan:
        of, bits = self._stored.tree, self._stored.schedule_bits
        masks, leaves = kernel.signed_all(of.points, positions, bits)
        signature = growing.signed(leaves, tree.level(len(of)))
        return Plan(of.boxes, signature, of.points, masks=masks, owned=(signature, masks))

    def _over_few(self, positions: NDArray[np.int32]) -> Plan:
        of, bits = self._stored.tree, self._stored.schedule_bits
        vectors, level = of.vectors[positions], tree.level(len(positions))
        order = kernel.arranged(vectors, level)
        positions, boxes = positions[order], growing.boxed(vectors[order], level)
        signature = growing.signed(growing.leaf_bits(bits[of.schedule[positions]], level), level)
        if len(positions) > FEWEST:
            owned = (boxes, signature, positions)
            return Plan(boxes, signature, of.points, positions=positions, owned=owned)
        points = tree.flat(of.points.reshape(-1, kernel.DOUBLES)[positions])
        return Plan(boxes, signature, points, owned=(boxes, signature, points))


_BEFORE_ALL = Cursor(kernel.START, -1)


def open_index(folder: Path) -> NearestIndex:
    """Open the current version of an index; FileNotFoundError when there is none."""
    return NearestIndex(open_stored(folder))


def _within(
    codes: NDArray[np.int32], starts: NDArray[np.int64], bounds: tuple[int, int]
) -> tuple[int, int]:
    """Find where the ascending codes within bounds, both included, begin and end."""
    first, last = np.searchsorted(codes, np.array([bounds[0], bounds[1] + 1], np.int32)).tolist()
    return int(starts[first]), int(starts[last])


def great_circle_m(squared_chord: float) -> float:
    """Turn a squared chord of the unit sphere into metres along the ground."""
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(squared_chord) / 2))


def _refusal(lat: float, lon: float, limit: int) -> ValueError:
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004
        return ValueError("A place has a latitude within 90 and a longitude within 180 degrees.")
    return ValueError(f"Ask for 1 to {MOST_ANSWERS} points, not {limit}.")
