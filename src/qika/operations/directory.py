"""The directory of service points: each by its id, all by nearness through the mapped index."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from qika.operations.ports import PointHit, PointSearch
from qika.points.hours import Calendar, Schedule
from qika.points.hours_text import parse_hours
from qika.points.nearest import Cursor, NearestIndex
from qika.points.point import ServicePoint
from qika.points.profiles import PointFilter
from qika.terms.names import PointId


class BadPlaceError(ValueError):
    """A cursor that this directory did not make."""


class PointDirectory:
    """Points and the index that orders them, both mapped; nothing is read before it is asked."""

    def __init__(self, calendar: Calendar) -> None:
        """Begin without points; ``take`` brings them."""
        self._calendar = calendar
        self._index: NearestIndex | None = None

    def take(self, index: NearestIndex) -> None:
        """Answer from this version of the points from now on."""
        self._index = index

    def warm_up(self) -> None:
        """Compile the search, or load it compiled from an earlier run."""
        if self._index is not None:
            self._index.warm_up()

    def __len__(self) -> int:
        """Count the points."""
        return len(self._index) if self._index is not None else 0

    def point(self, point_id: PointId) -> ServicePoint | None:
        """Give a point; None if the directory does not have it."""
        index = self._index
        row = None if index is None else index.records.row(point_id)
        return None if index is None or row is None else index.records.point(row)

    def stretch(self, start: int, limit: int) -> Sequence[ServicePoint]:
        """Give points in order of region, name and id, from a place (0 is the first) on."""
        index = self._index
        if index is None or start >= len(index):
            return ()
        listed = index.in_region(_filter(PointSearch()), limit=limit, after=start)
        return [index.records.point(one.row) for one in listed]

    def with_sum(self, total: int) -> Sequence[ServicePoint]:
        """Give the points whose ids have this CRC-32: usually one, or none."""
        index = self._index
        return [] if index is None else [index.records.point(r) for r in index.records.rows(total)]

    def schedule(self, point_id: PointId) -> Schedule | None:
        """Give the opening hours of a point; None if they are not known."""
        point = self.point(point_id)
        return _schedule(point.hours_text) if point else None

    def nearest(
        self,
        lat: float,
        lon: float,
        search: PointSearch,
        *,
        open_at: datetime | None,
        after: str | None,
        limit: int,
    ) -> Sequence[PointHit]:
        """Give points in exact order of distance from a WGS-84 place."""
        index, behind = self._index, _cursor(after) if after else None
        if index is None:
            return ()
        found = index.nearest(
            lat,
            lon,
            limit=limit,
            where=_filter(search),
            open_at=open_at,
            calendar=self._calendar,
            after=behind,
        )
        point = index.records.point
        return [
            PointHit(point(row), metres, f"n{chord.hex()}_{row}", (chord, row))
            for chord, metres, row in found.columns()
        ]

    def listed(
        self, search: PointSearch, *, open_at: datetime | None, after: str | None, limit: int
    ) -> Sequence[PointHit]:
        """Give points by region and name, where no place is known."""
        index, behind = self._index, _number(after) if after else 0
        if index is None:
            return ()
        listed = index.in_region(
            _filter(search),
            limit=limit,
            open_at=open_at,
            calendar=self._calendar,
            after=behind,
        )
        return [
            PointHit(index.records.point(one.row), None, f"l{one.place}", (0.0, one.place))
            for one in listed
        ]


@lru_cache(maxsize=65_536)
def _schedule(text: str) -> Schedule | None:
    return parse_hours(text)


@lru_cache(maxsize=65_536)
def _filter(search: PointSearch) -> PointFilter:
    return PointFilter(
        channel=search.channel,
        application=search.application,
        card_bank=search.card_bank,
        issuer_chain=search.chain or None,
        kind=search.kind,
        region=search.region,
    )


def _cursor(text: str) -> Cursor:
    chord, _, row = text.removeprefix("n").partition("_")
    try:
        return Cursor(float.fromhex(chord), int(row))
    except ValueError as error:
        raise BadPlaceError(text) from error


def _number(text: str) -> int:
    if not text.removeprefix("l").isdecimal():
        raise BadPlaceError(text)
    return int(text.removeprefix("l"))
