"""The compiled loops of the nearest search; everything they read is an array.

Distances here are squared chords of the unit sphere, in double precision: they order points
exactly as great-circle distances do. Equal distances are ordered by row.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, ParamSpec, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

_P = ParamSpec("_P")
_R = TypeVar("_R")

WORST: Final = 4.5
"""Farther than any point: the longest squared chord is 4."""

NEVER: Final = 5.0
"""The bound of a node that need not be entered, whatever has been found."""

START: Final = -1.0
"""The squared chord of a cursor that stands before everything."""

DEEPEST: Final = 64
"""Levels for which the stack of postponed nodes has room."""


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile with numba, without the interpreter lock, keeping machine code on disk.

    Where no folder can be written for it (a read-only installation without a home), the code is
    compiled afresh in each process; NUMBA_CACHE_DIR names a better place.
    """
    try:
        return numba.njit(cache=True, nogil=True)(function)  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]
    except RuntimeError:  # numba: "no locator available"
        return numba.njit(nogil=True)(function)  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]


def inlined(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile into the caller: a call would count references to every array of its tuples."""
    return numba.njit(forceinline=True)(function)  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]


class Located(NamedTuple):
    """The points that have coordinates, in the order of the tree."""

    vectors: NDArray[np.float64]
    profile: NDArray[np.int32]
    schedule: NDArray[np.int32]
    region: NDArray[np.int32]
    row: NDArray[np.int32]


class Admitted(NamedTuple):
    """Which points the filter admits: flags per profile, bounds of the region code."""

    profiles: NDArray[np.uint8]
    lowest_region: int
    highest_region: int


class Plan(NamedTuple):
    """A tree, as ``tree.Tree`` explains it, over the points that a filter admits.

    Either the tree of all points, then ``positions`` is empty and ``admitted`` tells; or a
    smaller one over ``positions``, all of which are admitted.
    """

    boxes: NDArray[np.float32]
    starts: NDArray[np.int32]
    signature: NDArray[np.int64]
    """Per node the bits of the schedules of its admitted points."""
    positions: NDArray[np.int32]
    admitted: Admitted


class Question(NamedTuple):
    """Where the person is, what is open there and then, and after which answer to go on."""

    x: float
    y: float
    z: float
    open_schedules: NDArray[np.uint8]
    open_bits: int
    limit: int
    after_chord: float
    after_row: int


@inlined
def _squared_chord(located: Located, position: int, asked: Question) -> float:
    x = located.vectors[position, 0] - asked.x
    y = located.vectors[position, 1] - asked.y
    z = located.vectors[position, 2] - asked.z
    return x * x + y * y + z * z


@inlined
def _insert(
    chords: NDArray[np.float64], rows: NDArray[np.int64], found: int, chord: float, row: int
) -> int:
    """Put an answer into its place among the best; give the new number of answers."""
    last = len(chords) - 1
    if found > last:
        if chord > chords[last] or (chord == chords[last] and row > rows[last]):
            return found
        place = last
    else:
        place = found
        found += 1
    while place > 0 and (
        chords[place - 1] > chord or (chords[place - 1] == chord and rows[place - 1] > row)
    ):
        chords[place] = chords[place - 1]
        rows[place] = rows[place - 1]
        place -= 1
    chords[place] = chord
    rows[place] = row
    return found


@inlined
def _consider(
    located: Located,
    position: int,
    asked: Question,
    chords: NDArray[np.float64],
    rows: NDArray[np.int64],
    found: int,
) -> int:
    """Keep one admitted point if it is open, lies behind the cursor and is among the best."""
    if asked.open_schedules[located.schedule[position]] == 0:
        return found
    chord = _squared_chord(located, position, asked)
    if chord > chords[-1] or chord < asked.after_chord:
        return found
    row = int(located.row[position])
    if chord == asked.after_chord and row <= asked.after_row:
        return found
    return _insert(chords, rows, found, chord, row)


@inlined
def _bound(plan: Plan, node: int, asked: Question) -> float:
    """Give the least squared chord into a node's box, below which none of its points lies.

    NEVER when none of its admitted points is open, or all of the box lies before the cursor.
    """
    if plan.signature[node] & asked.open_bits == 0:
        return NEVER
    nearest = 0.0
    farthest = 0.0
    for axis in range(3):
        at = asked.x if axis == 0 else (asked.y if axis == 1 else asked.z)
        below = np.float64(plan.boxes[node, axis]) - at
        above = at - np.float64(plan.boxes[node, axis + 3])
        outside = max(0.0, below, above)
        nearest += outside * outside
        if asked.after_chord >= 0.0:
            across = max(abs(below), abs(above))
            farthest += across * across
    if asked.after_chord >= 0.0 and farthest < asked.after_chord:
        return NEVER
    return nearest


@compiled
def nearest(
    located: Located, plan: Plan, asked: Question
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Walk the plan's tree, nearer child first; give squared chords and rows, nearest first."""
    chords = np.full(asked.limit, WORST)
    rows = np.zeros(asked.limit, np.int64)
    postponed = np.zeros(DEEPEST, np.int64)
    bounds = np.zeros(DEEPEST)
    inner = len(plan.starts) - 2
    found = 0
    waiting = 1 if plan.signature[0] & asked.open_bits else 0
    while waiting > 0:
        waiting -= 1
        node = postponed[waiting]
        if bounds[waiting] > chords[-1]:
            continue
        while 0 <= node < inner:
            near, far = 2 * node + 1, 2 * node + 2
            near_bound, far_bound = _bound(plan, near, asked), _bound(plan, far, asked)
            if far_bound < near_bound:
                near, far = far, near
                near_bound, far_bound = far_bound, near_bound
            if far_bound <= chords[-1]:
                postponed[waiting] = far
                bounds[waiting] = far_bound
                waiting += 1
            node = near if near_bound <= chords[-1] else -1
        if node >= inner:
            found = _search_bucket(located, plan, node - inner, asked, (chords, rows, found))
    return chords[:found], rows[:found]


@inlined
def _search_bucket(
    located: Located,
    plan: Plan,
    bucket: int,
    asked: Question,
    best: tuple[NDArray[np.float64], NDArray[np.int64], int],
) -> int:
    """Consider the admitted points of a bucket; give the new number of answers."""
    chords, rows, found = best
    for place in range(plan.starts[bucket], plan.starts[bucket + 1]):
        if len(plan.positions):
            found = _consider(located, plan.positions[place], asked, chords, rows, found)
        elif _admits(located, place, plan.admitted):
            found = _consider(located, place, asked, chords, rows, found)
    return found


@inlined
def _admits(located: Located, position: int, admitted: Admitted) -> bool:
    """Say whether the filter, apart from the hours, admits a point."""
    region = located.region[position]
    within = (admitted.lowest_region <= region) & (region <= admitted.highest_region)
    return (admitted.profiles[located.profile[position]] != 0) & within


@compiled
def positions_admitted(
    located: Located,
    postings: NDArray[np.int32],
    posting_starts: NDArray[np.int64],
    admitted: Admitted,
) -> NDArray[np.int32]:
    """Collect the positions of all admitted points, walking only the admitted profiles."""
    room = 0
    for profile in range(len(admitted.profiles)):
        if admitted.profiles[profile]:
            room += posting_starts[profile + 1] - posting_starts[profile]
    positions = np.empty(room, np.int32)
    count = 0
    for profile in range(len(admitted.profiles)):
        if admitted.profiles[profile]:
            for posting in range(posting_starts[profile], posting_starts[profile + 1]):
                position = postings[posting]
                code = located.region[position]
                if admitted.lowest_region <= code <= admitted.highest_region:
                    positions[count] = position
                    count += 1
    return positions[:count]


@compiled
def signature_of_all(
    located: Located,
    starts: NDArray[np.int32],
    schedule_bits: NDArray[np.int64],
    admitted: Admitted,
) -> NDArray[np.int64]:
    """Sign each node of the tree of all points, looking at every point."""
    buckets = len(starts) - 1
    signature = np.zeros(2 * buckets - 1, np.int64)
    for bucket in range(buckets):
        bits = np.int64(0)
        for position in range(starts[bucket], starts[bucket + 1]):
            # a product, not a branch: which point is admitted is hard for a processor to guess
            admits = np.int64(_admits(located, position, admitted))
            bits |= admits * schedule_bits[located.schedule[position]]
        signature[buckets - 1 + bucket] = bits
    for node in range(buckets - 2, -1, -1):
        signature[node] = signature[2 * node + 1] | signature[2 * node + 2]
    return signature
