"""The compiled loops of the nearest search; everything they read is a flat array or a number.

Distances here are squared chords of the unit sphere, in double precision: they order points
exactly as great-circle distances do. Equal distances are ordered by row. ``tree`` explains the
layout. Arguments stand one by one: to take a tuple of arrays apart costs more than the search.
"""

from math import asin, cos, radians, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from qika.points.compiling import (
    compiled,
    doubles,
    inlined,
    integers,
    longs,
    octets,
    shorts,
    singles,
)

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the earth (IUGG)."""

WORST: Final = 4.5
"""Farther than any point: the longest squared chord is 4."""

NEVER: Final = 5.0
"""The bound of a node that need not be entered, whatever has been found."""

START: Final = -1.0
"""The squared chord of a cursor that stands before everything."""

CHILDREN: Final = 8
"""Of an inner node; ``tree`` lays their boxes side by side, one processor register a side."""

SIDES: Final = 6 * CHILDREN
BOX_BYTES: Final = 4 * SIDES
ROOM: Final = 128
"""Of the stack, which holds nodes and their bounds in turn: at most seven postponed children on
each of eleven levels."""

BOUNDS: Final = 24 * CHILDREN
STACK: Final = 2 * BOUNDS
SCRATCH: Final = 6 * CHILDREN + 2 * ROOM
"""Numbers behind the answers: the asked place, then (at byte BOUNDS) the bounds of the children
being looked at, then (at byte STACK) the stack."""

EVERYONE: Final = (1 << 16) - 1

LEAF: Final = 16
"""Points in a leaf, at most: one bit each in a mask."""

NOWHERE: Final = 1 << 40
"""In place of a node: there is none."""

SHORT: Final = 0.01
"""Half a chord up to which four terms of the arc sine's series are exact; 127 km."""

DOUBLES: Final = 4
WORDS: Final = 8
"""A point is 32 bytes: x, y, z in double precision, then two 32-bit words, these:"""
SCHEDULE: Final = 6
ROW: Final = 7


@compiled
def nearest(  # noqa: PLR0913, PLR0917  see the head of this module
    plan_at: int,
    open_at: int,
    open_bits: int,
    lat: float,
    lon: float,
    after_chord: float,
    after_row: int,
    scratch: NDArray[np.float64],
    limit: int,
) -> int:
    """Walk a tree, nearer children first; give the number of answers, nearest first.

    ``plan_at``: seven words, as ``plans.Plan`` explains them. ``open_at``: flags per schedule;
    ``open_bits``: the bits of those that are open. ``scratch`` takes squared chords, metres and
    rows, ``limit`` of each, and has room for SCRATCH more.
    """
    plan = longs(plan_at, 7)
    boxes_at, signature_at, inner, size = plan[0], plan[1], plan[2], plan[3]
    answers = doubles(scratch.ctypes.data, 3 * limit)
    asked_at = scratch.ctypes.data + 24 * limit
    stack = doubles(asked_at + STACK, 2 * ROOM)
    _begin(lat, lon, asked_at, answers)
    level = level_of(size)
    found, waiting, after = 0, 1, (after_chord, after_row)
    while waiting > 0:
        waiting -= 1
        node = int(stack[2 * waiting])
        if stack[2 * waiting + 1] > answers[limit - 1]:
            continue
        while node < inner:
            _measure(boxes_at + node * BOX_BYTES, asked_at, after_chord)
            node, waiting = _descend(
                signature_at, node, onward(level), open_bits, answers[limit - 1], asked_at, waiting
            )
        if node != NOWHERE:
            leaf = node - inner
            found = _search_leaf(plan, open_at, leaf, level, asked_at, after, answers, found)
    _to_metres(answers, found)
    return found


@inlined
def _begin(lat: float, lon: float, asked_at: int, answers: NDArray[np.float64]) -> None:
    """Write down the place, each coordinate once a child, the root to go to, and no answers."""
    asked = doubles(asked_at, 3 * CHILDREN)
    phi, lam = radians(lat), radians(lon)
    for child in range(CHILDREN):
        asked[child] = cos(phi) * cos(lam)
        asked[CHILDREN + child] = cos(phi) * sin(lam)
        asked[2 * CHILDREN + child] = sin(phi)
    root = doubles(asked_at + STACK, 2)
    root[0], root[1] = 0.0, 0.0
    for place in range(len(answers) // 3):
        answers[place] = WORST


@inlined
def level_of(size: int) -> int:
    """Give how often points are halved until they fit into leaves."""
    level = 0
    while LEAF << level < size:
        level += 1
    return level


@inlined
def onward(level: int) -> int:
    """Give ``c`` where the children of node ``n`` are ``8n + c`` and the seven after it.

    The root has two, four or eight children, in its last places, so that all leaves are equally
    deep; every other inner node has eight.
    """
    return (2, 4, 8)[(level - 1) % 3] - 7 if level > 0 else -6


@inlined
def _measure(boxes_at: int, asked_at: int, after_chord: float) -> None:
    """Put the least squared chord into each child's box, below which none of its points lies.

    NEVER where all of a box lies before the cursor. In double precision each step rounds as
    those of a point's own chord do, so that no bound exceeds the chord of a point inside. One
    loop of 24 steps, which processors take eight at a time.
    """
    low = singles(boxes_at, 3 * CHILDREN)
    high = singles(boxes_at + BOX_BYTES // 2, 3 * CHILDREN)
    asked = doubles(asked_at, 3 * CHILDREN)
    bounds = doubles(asked_at + BOUNDS, 3 * CHILDREN)
    for side in range(3 * CHILDREN):
        below = np.float64(low[side]) - asked[side]
        above = asked[side] - np.float64(high[side])
        outside = max(above, below)
        outside = max(0.0, outside)
        bounds[side] = outside * outside
    for child in range(CHILDREN):
        bounds[child] += bounds[child + CHILDREN] + bounds[child + 2 * CHILDREN]
    if after_chord >= 0.0:
        for child in range(CHILDREN):
            farthest = 0.0
            for side in range(child, 3 * CHILDREN, CHILDREN):
                below = abs(np.float64(low[side]) - asked[side])
                above = abs(asked[side] - np.float64(high[side]))
                across = max(below, above)
                farthest += across * across
            if farthest < after_chord:
                bounds[child] = NEVER


@inlined
def _descend(  # noqa: PLR0917  inlined
    signature_at: int,
    node: int,
    onward: int,
    open_bits: int,
    worst: float,
    asked_at: int,
    waiting: int,
) -> tuple[int, int]:
    """Give the nearest child worth entering, and the stack's height with the others on it."""
    signature = longs(signature_at + node * 8 * CHILDREN, CHILDREN)
    bounds = doubles(asked_at + BOUNDS, 3 * CHILDREN)
    nearest, least = NOWHERE, NEVER
    for child in range(CHILDREN):  # without branches: none of them could be guessed
        good = (bounds[child] <= worst) & (signature[child] & open_bits != 0)
        bound = bounds[child] if good else NEVER
        this = node * CHILDREN + onward + child
        closer = bound < least
        other, farther = (nearest, least) if closer else (this, bound)
        nearest, least = (this, bound) if closer else (nearest, least)
        stack = doubles(asked_at + STACK + 16 * waiting, 2)
        stack[0], stack[1] = other, farther
        waiting += farther < NEVER
    return nearest, waiting


@inlined
def _search_leaf(  # noqa: PLR0917  inlined
    plan: NDArray[np.int64],
    open_at: int,
    leaf: int,
    level: int,
    asked_at: int,
    after: tuple[float, int],
    answers: NDArray[np.float64],
    found: int,
) -> int:
    """Keep admitted points that are open, behind the cursor and among the best."""
    asked = doubles(asked_at, 3 * CHILDREN)
    size, points_at, positions_at, masks_at = plan[3], plan[4], plan[5], plan[6]
    mask = EVERYONE
    if masks_at:
        mask = np.int64(shorts(masks_at + 2 * leaf, 1)[0])
    begin, end = (leaf * size) >> level, ((leaf + 1) * size) >> level
    for place in range(begin, end):
        position = place
        if positions_at:
            position = np.int64(integers(positions_at + 4 * place, 1)[0])
        point = doubles(points_at + 32 * position, DOUBLES)
        words = integers(points_at + 32 * position, WORDS)
        is_open = octets(open_at + words[SCHEDULE], 1)[0]
        if (mask >> (place - begin)) & is_open & 1:
            x = point[0] - asked[0]
            y = point[1] - asked[CHILDREN]
            z = point[2] - asked[2 * CHILDREN]
            chord = x * x + y * y + z * z
            row = words[ROW]
            if chord > after[0] or (chord == after[0] and row > after[1]):
                found = _insert(answers, found, chord, row)
    return found


@inlined
def _insert(answers: NDArray[np.float64], found: int, chord: float, row: int) -> int:
    """Put an answer into its place if it is among the best; give the new number of answers."""
    limit = len(answers) // 3
    rows = 2 * limit
    last = limit - 1
    if chord < answers[last] or (
        chord == answers[last] and (found < limit or row < answers[rows + last])
    ):
        place = min(found, last)
        while place > 0 and (
            answers[place - 1] > chord
            or (answers[place - 1] == chord and answers[rows + place - 1] > row)
        ):
            answers[place] = answers[place - 1]
            answers[rows + place] = answers[rows + place - 1]
            place -= 1
        answers[place] = chord
        answers[rows + place] = row
        found = min(found + 1, limit)
    return found


@inlined
def _to_metres(answers: NDArray[np.float64], found: int) -> None:
    limit = len(answers) // 3
    for place in range(found):
        half = min(1.0, sqrt(answers[place]) / 2)
        if half < SHORT:
            square = half * half
            angle = half * (1 + square * (1 / 6 + square * (3 / 40 + square * (15 / 336))))
        else:
            angle = asin(half)
        answers[limit + place] = 2 * EARTH_RADIUS_M * angle


@compiled
def arranged(vectors: NDArray[np.float64], level: int) -> NDArray[np.int32]:
    """Order points so that each half, quarter ... is split by the median of its widest side."""
    size, leaves = len(vectors), 1 << level
    order = np.arange(size).astype(np.int32)
    waiting = np.zeros((2 * ROOM, 2), np.int64)
    waiting[0, 1] = leaves
    height = 1
    while height > 0:
        height -= 1
        first, end = waiting[height]
        if end - first < 2:  # noqa: PLR2004  a leaf
            continue
        middle = (first + end) // 2
        inside = order[(first * size) >> level : (end * size) >> level]
        _split(vectors, inside, ((middle * size) >> level) - ((first * size) >> level))
        waiting[height, 0], waiting[height, 1] = first, middle
        waiting[height + 1, 0], waiting[height + 1, 1] = middle, end
        height += 2
    return order


@inlined
def _split(vectors: NDArray[np.float64], inside: NDArray[np.int32], middle: int) -> None:
    """Bring the points with the least coordinates on the widest side before ``middle``."""
    side, widest = 0, -1.0
    for axis in range(3):
        low, high = WORST, -WORST
        for point in inside:
            low, high = min(low, vectors[point, axis]), max(high, vectors[point, axis])
        if high - low > widest:
            side, widest = axis, high - low
    _select(vectors[:, side], inside, middle)


@inlined
def _select(along: NDArray[np.float64], inside: NDArray[np.int32], middle: int) -> None:
    """Swap points until none before ``middle`` lies beyond one after it (Hoare's quickselect)."""
    left, right = 0, len(inside) - 1
    while left < right:
        pivot = along[inside[(left + right) // 2]]
        up, down = left, right
        while up <= down:
            while along[inside[up]] < pivot:
                up += 1
            while along[inside[down]] > pivot:
                down -= 1
            if up <= down:
                inside[up], inside[down] = inside[down], inside[up]
                up += 1
                down -= 1
        if middle <= down:
            right = down
        elif middle >= up:
            left = up
        else:
            right = left


@compiled
def positions_admitted(
    profile: NDArray[np.int32],
    region: NDArray[np.int32],
    flags: NDArray[np.uint8],
    bounds: tuple[int, int],
) -> NDArray[np.int32]:
    """Collect the positions of all points of admitted profiles within bounds of the region."""
    positions = np.empty(len(profile), np.int32)
    count = 0
    for position in range(len(profile)):
        within = (bounds[0] <= region[position]) & (region[position] <= bounds[1])
        positions[count] = position
        # a sum, not a branch: which point is admitted is hard for a processor to guess
        count += (flags[profile[position]] != 0) & within
    return positions[:count].copy()


@compiled
def signed_all(
    points: NDArray[np.float64],
    positions: NDArray[np.int32],
    schedule_bits: NDArray[np.int64],
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Give each leaf the mask of its points among ``positions``, and the bits of their hours.

    ``positions`` ascend.
    """
    size = len(points) // DOUBLES
    level = level_of(size)
    words = points.view(np.int32)
    masks = np.zeros(1 << level, np.uint16)
    bits = np.zeros(1 << level, np.int64)
    leaf, begin, end = 0, 0, size >> level
    for position in positions:
        while position >= end:
            leaf += 1
            begin, end = end, ((leaf + 1) * size) >> level
        masks[leaf] |= np.uint16(1 << (position - begin))
        bits[leaf] |= schedule_bits[words[position * WORDS + SCHEDULE]]
    return masks, bits
