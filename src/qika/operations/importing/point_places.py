"""Whether a point lies in the region its row names, as far as seats alone can tell.

No boundaries are at hand that may be used. What is known is the seat of each county. A point is
taken to lie outside its region when it is far from every seat of the region and the seat of some
other county is much nearer; somewhat nearer is common, as large counties have towns that lie nearer
to a neighbour's seat. The bounds were set on 317 real points with a stated county: they find the
nine that lie elsewhere by tens of kilometres and none of those that are right; a point put into a
neighbouring district of the same city is not found.
"""

from collections.abc import Sequence
from math import radians

import numpy as np
from numpy.typing import NDArray

from qika.terms.coordinates import Position, to_wgs84
from qika.terms.divisions import Division, Gazetteer, Level, within
from qika.terms.names import RegionCode

NEAR_M = 20_000.0
"""A point this near to a seat of its region is believed."""
NEARER_ELSEWHERE = 2.0
"""How many times nearer a seat of another prefecture must be to speak against the region."""
NEARER_BESIDE = 3.5
"""The same for a seat of the same prefecture: districts of one city lie close together."""
FICTITIOUS = "99"
_EARTH_RADIUS_M = 6_371_008.8

_Vectors = NDArray[np.float64]


class Seats:
    """The seats of all counties, and of the cities that have none."""

    def __init__(self, regions: Gazetteer) -> None:
        """Take the seats that are known; the fictitious region has no neighbours."""
        with_counties = {d.parent for d in regions.divisions.values() if d.level is Level.COUNTY}
        seated = [
            (division, division.lat, division.lon)
            for division in regions.divisions.values()
            if division.lat is not None and division.lon is not None
            if division.level is not Level.PROVINCE and division.code not in with_counties
            if not division.code.startswith(FICTITIOUS)
        ]
        self._divisions: list[Division] = [division for division, _, _ in seated]
        places = [to_wgs84(lat, lon, division.crs) for division, lat, lon in seated]
        self._seats = _unit_vectors(places)
        self._own: dict[RegionCode, NDArray[np.bool_]] = {}
        self._prefectures = np.array([division.code[:4] for division in self._divisions])

    def outside(
        self, places: Sequence[Position], regions: Sequence[RegionCode]
    ) -> list[RegionCode | None]:
        """Give for each WGS-84 place the county that speaks against its region, or None."""
        if not places:
            return []
        distances = _chords_m(_unit_vectors(places) @ self._seats.T)
        return [
            self._speaks_against(row, region)
            for row, region in zip(distances, regions, strict=True)
        ]

    def _speaks_against(
        self, distances: NDArray[np.float64], region: RegionCode
    ) -> RegionCode | None:
        own = self._own_seats(region)
        if not own.any():
            return None
        own_m = float(distances[own].min())
        if own_m <= NEAR_M:
            return None
        others = np.where(own, np.inf, distances)
        beside = self._prefectures == region[:4]
        others *= np.where(beside, NEARER_BESIDE, NEARER_ELSEWHERE)
        nearest = int(others.argmin())
        return self._divisions[nearest].code if others[nearest] < own_m else None

    def _own_seats(self, region: RegionCode) -> NDArray[np.bool_]:
        own = self._own.get(region)
        if own is None:
            inside = [within(division.code, region) for division in self._divisions]
            own = self._own[region] = np.array(inside, np.bool_)
        return own


def _unit_vectors(places: Sequence[Position]) -> _Vectors:
    lat = np.array([radians(place.lat) for place in places])
    lon = np.array([radians(place.lon) for place in places])
    return np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=1)


def _chords_m(cosines: _Vectors) -> _Vectors:
    """Give straight-line metres; over county distances they equal those on the ground."""
    return _EARTH_RADIUS_M * np.sqrt(np.maximum(0.0, 2.0 - 2.0 * cosines))
