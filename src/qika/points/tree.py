"""A k-d tree over unit vectors, laid out flat and wide: eight children a node, points in leaves.

A binary tree is split by the median of the widest side; three of its levels make one of this.
Node ``n`` has the children ``8n + c`` to ``8n + c + 7`` (``kernel.onward`` gives c), leaves are
the last ``2**level`` nodes, and leaf ``b`` of ``L`` holds the points ``b*n/L`` to ``(b+1)*n/L``.
Bounding boxes are single precision, rounded outwards, so that they never exclude a point they
contain. What one look needs lies side by side: a node's boxes are three lines of the processor's
cache, a point is half a line.
"""

from dataclasses import dataclass
from math import ceil, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qika.points import kernel

_ABROAD = 3.0
"""A coordinate for the box of a child that is not there; nothing is signed there either."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Points in the order of the tree, and the boxes around them, both flat."""

    boxes: NDArray[np.float32]
    """Per inner node lowest x of its eight children, lowest y, z, highest x, y, z."""
    points: NDArray[np.float64]
    """Per point x, y, z, and two 32-bit words: the number of its schedule, its row."""

    def __len__(self) -> int:
        """Count the points."""
        return len(self.points) // kernel.DOUBLES

    @property
    def vectors(self) -> NDArray[np.float64]:
        """The points (n, 3) on the unit sphere."""
        return self.points.reshape(-1, kernel.DOUBLES)[:, :3]

    @property
    def schedule(self) -> NDArray[np.int32]:
        """The schedule of each point."""
        return self.points.view(np.int32)[kernel.SCHEDULE :: kernel.WORDS]

    @property
    def row(self) -> NDArray[np.int32]:
        """The row of each point."""
        return self.points.view(np.int32)[kernel.ROW :: kernel.WORDS]


def unit_vectors(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn WGS-84 degrees into points (n, 3) on the unit sphere."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def grow(
    vectors: NDArray[np.float64], schedule: NDArray[np.int32], row: NDArray[np.int32]
) -> tuple[Tree, NDArray[np.int32]]:
    """Build the tree of some points; give with it which point stands at each position."""
    order = kernel.arranged(vectors, level(len(vectors)))
    packed = np.zeros((len(vectors), kernel.DOUBLES))
    packed[:, :3] = vectors[order]
    words = packed.view(np.int32)
    words[:, kernel.SCHEDULE] = schedule[order]
    words[:, kernel.ROW] = row[order]
    return Tree(boxes(packed[:, :3]), flat(packed)), order


def flat(array: NDArray[Any]) -> NDArray[Any]:
    """Lay an array out in one row."""
    return np.ascontiguousarray(array).reshape(-1)


def level(size: int) -> int:
    """Give how often points are halved until they fit into leaves."""
    return max(0, ceil(log2(max(1, size) / kernel.LEAF)))


def _starts(size: int) -> NDArray[np.int64]:
    halvings = level(size)
    return (np.arange(1 << halvings) * size) >> halvings


def boxes(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    """Box the leaves of points in the order of their tree, then pairs of nodes up to the root."""
    if not len(vectors):
        return flat(np.zeros(kernel.SIDES, np.float32))
    starts = _starts(len(vectors))
    low = np.minimum.reduceat(vectors, starts, axis=0).astype(np.float32)
    high = np.maximum.reduceat(vectors, starts, axis=0).astype(np.float32)
    outwards = [np.nextafter(low, np.float32(-2)), np.nextafter(high, np.float32(2))]
    levels = [np.hstack(outwards)]
    while len(levels[-1]) > 1:
        pairs = levels[-1].reshape(-1, 2, 6)
        levels.append(np.hstack([pairs[:, :, :3].min(axis=1), pairs[:, :, 3:].max(axis=1)]))
    return flat(_widened(levels[::-1], _ABROAD).transpose(0, 2, 1))


def leaf_bits(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join the bits of the points of each leaf, given in the order of their tree."""
    if not len(bits):
        return np.zeros(1, np.int64)
    return np.bitwise_or.reduceat(bits, _starts(len(bits)))


def signature(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join the bits of the leaves, then of pairs of nodes up to the root; give 8 a node, flat."""
    levels = [bits]
    while len(levels[-1]) > 1:
        levels.append(levels[-1][::2] | levels[-1][1::2])
    return flat(_widened(levels[::-1], 0))


def _widened(levels: list[NDArray[Any]], absent: float) -> NDArray[Any]:
    """Take every third level of a binary tree, root first, eight children a node."""
    first = (len(levels) - 2) % 3 + 1 if len(levels) > 1 else 0
    root = np.full((1, kernel.CHILDREN, *levels[0].shape[1:]), absent, levels[0].dtype)
    root[0, kernel.CHILDREN - (1 << first) :] = levels[first]
    below = [each.reshape(-1, *root.shape[1:]) for each in levels[first + 3 :: 3]]
    return np.concatenate([root, *below])
