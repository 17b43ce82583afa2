"""Coordinates of China's three systems: WGS-84, GCJ-02 (most map services) and BD-09 (Baidu).

The GCJ-02 shift was never published; the formula is the one every public converter uses
(checked against eviltransform 0.1.1 and coord-convert 0.2.1). It moves a point in the mainland
by about 430 m (at most 680 m) and leaves the rest of the world alone. The usual converters take
a rectangle for «China» and so shift Hong Kong, Taipei and Ulaanbaatar too; here those are cut out.
"""

from collections.abc import Callable
from enum import StrEnum
from math import asin, atan2, cos, hypot, pi, radians, sin, sqrt
from typing import NamedTuple


class Crs(StrEnum):
    """The system in which a source gave its coordinates."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


class Position(NamedTuple):
    """Degrees north and east; the system is said by whoever hands it over."""

    lat: float
    lon: float


_AXIS_M = 6378245.0
"""Semi-major axis of the Krasovsky 1940 ellipsoid, on which the shift is computed."""
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU_TURN = pi * 3000 / 180
_EARTH_RADIUS_M = 6371008.8

_FRAME = (0.8293, 55.8271, 72.004, 137.8347)
"""South, north, west, east of the rectangle in which the converters shift."""

_CUT_OUT = (
    (21.70, 25.45, 119.95, 122.20),  # Taiwan
    (23.10, 23.85, 119.25, 119.95),  # Penghu
    (22.170, 22.216, 113.526, 113.575),  # Macao peninsula
    (22.100, 22.170, 113.547, 113.610),  # Taipa and Coloane
    (46.00, 52.00, 98.00, 115.00),  # Mongolia and Russia north of it, Ulaanbaatar included
    (33.00, 38.60, 124.60, 137.84),  # Korea's south and Japan
)
"""Boxes (south, north, west, east) inside the frame that no map service shifts."""

_HONG_KONG = (
    (22.130, 113.820),
    (22.430, 113.870),
    (22.465, 113.930),
    (22.495, 113.985),
    (22.503, 114.030),
    (22.514, 114.065),
    (22.533, 114.115),
    (22.545, 114.160),
    (22.549, 114.225),
    (22.556, 114.300),
    (22.556, 114.445),
    (22.420, 114.445),
    (22.130, 114.500),
)
"""Corners of Hong Kong, along the Shenzhen River to about 500 m."""


def in_mainland_frame(lat: float, lon: float) -> bool:
    """Say whether map services shift a point here; border strips are right to about 1 km."""
    south, north, west, east = _FRAME
    if not (south <= lat <= north and west <= lon <= east):
        return False
    if any(s <= lat <= n and w <= lon <= e for s, n, w, e in _CUT_OUT):
        return False
    return not _in_hong_kong(lat, lon)


def wgs84_to_gcj02(lat: float, lon: float) -> Position:
    """Shift WGS-84 degrees to GCJ-02; outside the mainland nothing moves."""
    return _shifted(lat, lon) if in_mainland_frame(lat, lon) else Position(lat, lon)


def gcj02_to_wgs84(lat: float, lon: float) -> Position:
    """Undo the shift exactly (below a micrometre).

    Within 700 m outside the border two places share one pair of GCJ-02 numbers; the one in the
    mainland is given.
    """
    back = _inverse(_shifted, lat, lon)
    return back if in_mainland_frame(back.lat, back.lon) else Position(lat, lon)


def gcj02_to_bd09(lat: float, lon: float) -> Position:
    """Apply Baidu's second shift, which holds everywhere."""
    radius = hypot(lon, lat) + 0.00002 * sin(lat * _BAIDU_TURN)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BAIDU_TURN)
    return Position(radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065)


def bd09_to_gcj02(lat: float, lon: float) -> Position:
    """Undo Baidu's second shift exactly."""
    return _inverse(gcj02_to_bd09, lat, lon)


def wgs84_to_bd09(lat: float, lon: float) -> Position:
    """Bring WGS-84 degrees to BD-09, through GCJ-02."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lat, lon))


def to_wgs84(lat: float, lon: float, crs: Crs) -> Position:
    """Bring degrees given in ``crs`` to WGS-84, the only system Qika compares in."""
    if crs is Crs.WGS84:
        return Position(lat, lon)
    if crs is Crs.GCJ02:
        return gcj02_to_wgs84(lat, lon)
    return gcj02_to_wgs84(*bd09_to_gcj02(lat, lon))


def distance_m(a: Position, b: Position) -> float:
    """Great-circle metres between two WGS-84 positions (sphere; within 0.6 % of the ellipsoid)."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return 2 * _EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def _shifted(lat: float, lon: float) -> Position:
    x, y = lon - 105.0, lat - 35.0
    wave = 20 * (sin(6 * x * pi) + sin(2 * x * pi))
    north = wave + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)
    north += 160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)
    east = wave + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)
    east += 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    root = sqrt(abs(x))
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + north * 2 / 3
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + east * 2 / 3
    flattening = 1 - _ECCENTRICITY_SQUARED * sin(radians(lat)) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY_SQUARED) / (flattening * sqrt(flattening))
    parallel_m = _AXIS_M / sqrt(flattening) * cos(radians(lat))
    return Position(lat + north_m / meridian_m * 180 / pi, lon + east_m / parallel_m * 180 / pi)


def _inverse(forward: Callable[[float, float], Position], lat: float, lon: float) -> Position:
    """Solve forward(p) = (lat, lon) by stepping back.

    Both shifts vary so slowly that a step leaves at most a fiftieth of the error.
    """
    guess = Position(lat, lon)
    for _ in range(7):
        ahead = forward(*guess)
        guess = Position(guess.lat + lat - ahead.lat, guess.lon + lon - ahead.lon)
    return guess


def _in_hong_kong(lat: float, lon: float) -> bool:
    """Count the edges a ray to the north crosses."""
    if not (22.13 <= lat <= 22.556 and 113.82 <= lon <= 114.5):  # noqa: PLR2004 - its box
        return False
    inside = False
    before = _HONG_KONG[-1]
    for corner in _HONG_KONG:
        if (corner[1] > lon) != (before[1] > lon):
            slope = (before[0] - corner[0]) / (before[1] - corner[1])
            if lat < corner[0] + slope * (lon - corner[1]):
                inside = not inside
        before = corner
    return inside
