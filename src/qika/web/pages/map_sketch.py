"""The sketch map: where points lie around a place, by distance and bearing alone.

North is up. A distance is drawn by its square root, so that what is near keeps its room beside what
is far. Nothing but the points is drawn, no border and no street: it is no map of a territory.
Measures are units of the drawing, whose middle is (0, 0) and whose y grows southward.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import atan2, cos, pi, radians, sin, sqrt
from typing import NamedTuple

from qika.points.hours import Openness
from qika.terms.coordinates import Position, distance_m
from qika.terms.names import PointKind
from qika.web.api.answers import PointAnswer
from qika.web.pages.map_names import short_name, width

HALF = 180
"""Half a side of the drawing."""
REACH = 126
"""How far from the middle the farthest point is drawn."""
HEAD = 13
"""Half a pin's head."""
TIP = 4
"""Half the room that a pin's tip keeps free."""
NEAREST_SCALE_M = 100.0
"""The least distance that fills the drawing; nearer points are not blown up any further."""
RINGS_MAX = 3
RING_ROOM = 30
"""Least radius of a ring, so that its label clears the middle."""
RING_TEXT, NAME_TEXT, LARGER = 13, 14, 1.2
WAYS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
"""Points of the compass, clockwise from north."""

_STALKS = (22, 40, 58, 76)
_LEANS = (0.0, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75, 1.0)
"""Where a head may stand over its tip, in half turns from straight up."""
_STANDS = tuple(
    (round(stalk * sin(lean * pi)), round(-stalk * cos(lean * pi)))
    for stalk, lean in product(_STALKS, _LEANS)
)
_ROUND_M = tuple(step * 10**power for power in range(1, 8) for step in (1, 2, 5))
_RING_ANGLES = tuple(radians(one) for one in (0, 30, -30, 60, -60, 90, -90, 120, -120, 150, 180))
"""Where a ring's label may stand, from south."""
_EDGE = HALF - 3


class Spot(NamedTuple):
    """A place in the drawing."""

    x: int
    y: int


class Box(NamedTuple):
    """Room taken in the drawing: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float


class Label(NamedTuple):
    """A short text: where its baseline begins, is centred or ends."""

    at: Spot
    anchor: str
    text: str = ""


class Ring(NamedTuple):
    """A circle of equal straight-line distance; no label where there is no room for one."""

    metres: int
    radius: int
    label: Label | None


class Pin(NamedTuple):
    """One point: its tip stands where it lies, its head where there is room."""

    letter: str
    name: str
    kind: PointKind
    open: Openness
    distance_m: float
    way: str
    """Point of the compass, seen from the place asked about."""
    tip: Spot
    head: Spot
    label: Label | None


class Sketch(NamedTuple):
    """A drawing, ready to be written as SVG."""

    rings: tuple[Ring, ...]
    pins: tuple[Pin, ...]
    middle: Label | None
    """The name of the place asked about, if there is room for it."""


class _Way(NamedTuple):
    """A point as seen from the middle."""

    point: PointAnswer
    letter: str
    distance_m: float
    bearing: float
    """Radians clockwise from north."""


_NORTH = Box(HALF - 44, -HALF, HALF, -HALF + 52)
"""Taken by the arrow to the north."""
_MIDDLE = Box(-9, -9, 9, 9)


def letter(number: int) -> str:
    """Give the letter of the first, second ... row of a list; AA follows Z."""
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def sketch(
    near: tuple[float, float] | None,
    points: Sequence[PointAnswer],
    middle: str = "",
    *,
    first: int = 1,
    large: bool = False,
) -> Sketch | None:
    """Draw points around a place (lat, lon in WGS-84), lettered from ``first`` as in their list.

    ``middle`` names the place. None without a place, or where no point has one.
    """
    ways = list(_ways(near, points, first)) if near is not None else []
    if not ways:
        return None
    size = LARGER if large else 1.0
    far_m = max(NEAREST_SCALE_M, *(way.distance_m for way in ways))
    tips = [_tip(way, far_m) for way in ways]
    taken = [_NORTH, _MIDDLE, *(Box(x - TIP, y - TIP, x + TIP, y + TIP) for x, y in tips)]
    heads = [_head(tip, taken) for tip in tips]
    rings = tuple(_rings(far_m, taken, RING_TEXT * size))
    named = _middle(middle, taken, RING_TEXT * size)
    pins = tuple(
        _pin(way, tip, head, _name(way.point.name, head, taken, NAME_TEXT * size))
        for way, tip, head in zip(ways, tips, heads, strict=True)
    )
    return Sketch(rings, pins, named)


def _ways(near: tuple[float, float], points: Sequence[PointAnswer], first: int) -> Iterator[_Way]:
    here = Position(*near)
    narrowing = cos(radians(here.lat))
    for number, point in enumerate(points, first):
        at = point.coordinates
        if at is None:
            continue
        far = point.distance_m
        if far is None:
            far = distance_m(here, Position(at.lat, at.lon))
        east = ((at.lon - here.lon + 180) % 360 - 180) * narrowing
        yield _Way(point, letter(number), far, atan2(east, at.lat - here.lat))


def _radius(metres: float, far_m: float) -> float:
    return REACH * sqrt(metres / far_m)


def _tip(way: _Way, far_m: float) -> Spot:
    radius = _radius(way.distance_m, far_m)
    return Spot(round(radius * sin(way.bearing)), round(-radius * cos(way.bearing)))


def _free(box: Box, taken: list[Box]) -> bool:
    """Tell whether a box lies in the drawing and meets none that is taken."""
    left, top, right, bottom = box
    if left < -_EDGE or top < -_EDGE or right > _EDGE or bottom > _EDGE:
        return False
    for west, north, east, south in taken:  # a loop, not any(): this is most of a drawing's time
        if top < south and north < bottom and left < east and west < right:
            return False
    return True


def _head(tip: Spot, taken: list[Box]) -> Spot:
    """Find a head's place near its tip; on top of others where all of them are taken."""
    for east, south in _STANDS:
        x, y = tip.x + east, tip.y + south
        box = Box(x - HEAD, y - HEAD, x + HEAD, y + HEAD)
        if _free(box, taken):
            taken.append(box)
            return Spot(x, y)
    return Spot(tip.x, max(tip.y - _STALKS[0], HEAD - _EDGE))


def _pin(way: _Way, tip: Spot, head: Spot, label: Label | None) -> Pin:
    point, compass = way.point, WAYS[round(way.bearing / pi * 4) % 8]
    return Pin(
        way.letter, point.name, point.kind, point.open.state, way.distance_m, compass,
        tip, head, label,
    )  # fmt: skip


def _rings(far_m: float, taken: list[Box], size: float) -> Iterator[Ring]:
    """Choose the largest round distances within reach; ``taken`` grows by their labels."""
    within = [metres for metres in _ROUND_M if metres <= far_m]
    for metres in within[-RINGS_MAX:]:
        radius = round(_radius(metres, far_m))
        if radius >= RING_ROOM:
            yield Ring(metres, radius, _ring_label(radius, taken, size))


def _ring_label(radius: int, taken: list[Box], size: float) -> Label | None:
    wide, high = size * 1.8, size * 0.7
    for angle in _RING_ANGLES:
        x, y = radius * sin(angle), radius * cos(angle)
        box = Box(x - wide, y - high, x + wide, y + high)
        if _free(box, taken):
            taken.append(box)
            return Label(Spot(round(x), round(y + size * 0.35)), "middle")
    return None


def _middle(text: str, taken: list[Box], size: float) -> Label | None:
    wide = width(text) * size / 2
    for y in (25, -14):
        box = Box(-wide, y - size, wide, y + size * 0.3)
        if text and _free(box, taken):
            taken.append(box)
            return Label(Spot(0, y), "middle", text)
    return None


def _name(name: str, head: Spot, taken: list[Box], size: float) -> Label | None:
    """Name a pin beside, below or above its head; no name where all of that is taken."""
    text = short_name(name)
    wide, (x, y) = width(text) * size, head
    for at, anchor, left in (
        (Spot(x + 18, y + 5), "start", x + 18.0),
        (Spot(x - 18, y + 5), "end", x - 18 - wide),
        (Spot(x, y + 29), "middle", x - wide / 2),
        (Spot(x, y - 19), "middle", x - wide / 2),
    ):
        box = Box(left - 2, at.y - size, left + wide + 2, at.y + size * 0.3)
        if _free(box, taken):
            taken.append(box)
            return Label(at, anchor, text)
    return None
