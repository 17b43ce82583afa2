"""A balanced k-d tree over unit vectors, laid out flat: boxes of nodes, buckets of points.

Node ``i`` has the children ``2i+1`` and ``2i+2``; the last level are buckets, and bucket ``b``
holds the points ``starts[b]`` to ``starts[b+1]`` of ``order``. Bounding boxes are single
precision, rounded outwards, so that they never exclude a point they contain.
"""

from dataclasses import dataclass
from math import ceil, log2
from typing import Final

import numpy as np
from numpy.typing import NDArray

BUCKET: Final = 16
"""Points in a bucket, at most."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The layout of a tree; arrays of the points themselves are kept in its order."""

    order: NDArray[np.int64]
    """Which point stands at each position."""
    starts: NDArray[np.int32]
    """Where each bucket begins, and one past the last."""
    boxes: NDArray[np.float32]
    """Per node lowest x, y, z, highest x, y, z."""


def unit_vectors(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn WGS-84 degrees into points (n, 3) on the unit sphere."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def grow(vectors: NDArray[np.float64]) -> Tree:
    """Split points by the median of their widest side until each bucket is small enough."""
    parts = [np.arange(len(vectors))]
    for _ in range(_levels(len(vectors))):
        parts = [half for part in parts for half in _halves(vectors, part)]
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int64).astype(np.int32)
    order = np.concatenate(parts)
    return Tree(order, starts, boxes(vectors[order], starts))


def even_starts(size: int) -> NDArray[np.int32]:
    """Cut points that already stand in the order of a tree into buckets of a smaller one."""
    buckets = 1 << _levels(size)
    return (np.arange(buckets + 1) * size // buckets).astype(np.int32)


def _levels(size: int) -> int:
    return max(0, ceil(log2(max(1, size) / BUCKET)))


def _halves(
    vectors: NDArray[np.float64], part: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    inside = vectors[part]
    side = int(np.argmax(inside.max(axis=0) - inside.min(axis=0)))
    middle = len(part) // 2
    split = np.argpartition(inside[:, side], middle)
    return part[split[:middle]], part[split[middle:]]


def boxes(vectors: NDArray[np.float64], starts: NDArray[np.int32]) -> NDArray[np.float32]:
    """Box the buckets, then each pair of nodes, up to the root."""
    if not len(vectors):
        return np.zeros((1, 6), np.float32)
    low = np.minimum.reduceat(vectors, starts[:-1], axis=0)
    high = np.maximum.reduceat(vectors, starts[:-1], axis=0)
    levels = [_outwards(low, high)]
    while len(levels[-1]) > 1:
        pairs = levels[-1].reshape(-1, 2, 6)
        levels.append(np.hstack([pairs[:, :, :3].min(axis=1), pairs[:, :, 3:].max(axis=1)]))
    return np.concatenate(levels[::-1])


def signatures(bits: NDArray[np.int64], starts: NDArray[np.int32]) -> NDArray[np.int64]:
    """Join the bits of the points of each bucket, then of each pair of nodes, up to the root."""
    if not len(bits):
        return np.zeros(1, np.int64)
    levels = [np.bitwise_or.reduceat(bits, starts[:-1])]
    while len(levels[-1]) > 1:
        levels.append(levels[-1][::2] | levels[-1][1::2])
    return np.concatenate(levels[::-1])


def _outwards(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float32]:
    down = np.nextafter(low.astype(np.float32), np.float32(-2))
    up = np.nextafter(high.astype(np.float32), np.float32(2))
    return np.hstack([down, up])
