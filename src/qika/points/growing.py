"""The compiled loops that box and sign a tree from its leaves up; ``tree`` explains the layout.

Entry ``e`` of the boxes and of the signature is child ``e % 8`` of node ``e // 8``, and speaks of
node ``e + onward``; the root has none.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from qika.points.compiling import compiled, inlined
from qika.points.kernel import CHILDREN, SIDES, WORST, onward

ABROAD: Final = 3.0
"""A coordinate for the box of a child that is not there; nothing is signed there either."""

_BELOW, _ABOVE = np.float32(-2), np.float32(2)
"""Beyond every coordinate, on either side."""


@inlined
def _inner(level: int) -> int:
    """Count the nodes that are no leaves."""
    nodes = 1
    while level > 3:  # noqa: PLR2004  levels of a binary tree that make one of this
        level -= 3
        nodes += 1 << level
    return nodes


@inlined
def _at(entry: int) -> int:
    """Give where the lowest x of an entry stands; the other five sides follow, each eight on."""
    return entry // CHILDREN * SIDES + entry % CHILDREN


@compiled
def boxed(vectors: NDArray[np.float64], level: int) -> NDArray[np.float32]:
    """Box the leaves of points in the order of their tree, then the nodes up to the root.

    Single precision, rounded outwards.
    """
    size, inner, on = len(vectors), _inner(level), onward(level)
    boxes = np.full(inner * SIDES, np.float32(ABROAD))
    for leaf in range(1 << level):
        at = _at(inner + leaf - on)
        for side in range(3):
            low, high = WORST, -WORST
            for place in range((leaf * size) >> level, ((leaf + 1) * size) >> level):
                low, high = min(low, vectors[place, side]), max(high, vectors[place, side])
            boxes[at + side * CHILDREN] = np.nextafter(np.float32(low), _BELOW)
            boxes[at + (side + 3) * CHILDREN] = np.nextafter(np.float32(high), _ABOVE)
    for node in range(inner - 1, 0, -1):
        at, below = _at(node - on), _at(node * CHILDREN)
        for side in range(3):
            lows, highs = below + side * CHILDREN, below + (side + 3) * CHILDREN
            boxes[at + side * CHILDREN] = boxes[lows : lows + CHILDREN].min()
            boxes[at + (side + 3) * CHILDREN] = boxes[highs : highs + CHILDREN].max()
    return boxes


@compiled
def leaf_bits(bits: NDArray[np.int64], level: int) -> NDArray[np.int64]:
    """Join the bits of the points of each leaf, given in the order of their tree."""
    size = len(bits)
    leaves = np.zeros(1 << level, np.int64)
    for leaf in range(1 << level):
        for place in range((leaf * size) >> level, ((leaf + 1) * size) >> level):
            leaves[leaf] |= bits[place]
    return leaves


@compiled
def signed(leaves: NDArray[np.int64], level: int) -> NDArray[np.int64]:
    """Join the bits of the leaves, then of the nodes up to the root; give 8 a node, flat."""
    inner, on = _inner(level), onward(level)
    signature = np.zeros(inner * CHILDREN, np.int64)
    for leaf in range(1 << level):
        signature[inner + leaf - on] = leaves[leaf]
    for node in range(inner - 1, 0, -1):
        for child in range(node * CHILDREN, (node + 1) * CHILDREN):
            signature[node - on] |= signature[child]
    return signature
