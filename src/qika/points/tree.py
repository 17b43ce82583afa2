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

from qika.points import growing, kernel


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
    boxes = growing.boxed(np.ascontiguousarray(packed[:, :3]), level(len(vectors)))
    return Tree(boxes, flat(packed)), order


def flat(array: NDArray[Any]) -> NDArray[Any]:
    """Lay an array out in one row."""
    return np.ascontiguousarray(array).reshape(-1)


def level(size: int) -> int:
    """Give how often points are halved until they fit into leaves."""
    return max(0, ceil(log2(max(1, size) / kernel.LEAF)))
