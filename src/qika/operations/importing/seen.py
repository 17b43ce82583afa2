"""Which 128-bit values an import has met: exact, at 16 bytes a value.

A set of Python objects would need about 90 bytes a value; a file of ten million cards has two
values a row.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

VALUE_BYTES = 16
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)

_Half = NDArray[np.uint64]


class _Run(NamedTuple):
    """Values in ascending order, as two halves."""

    high: _Half
    low: _Half


class Seen:
    """Values met so far, in sorted runs that are merged as they grow."""

    def __init__(self) -> None:
        """Begin with nothing met."""
        self._runs: list[_Run] = []

    def __len__(self) -> int:
        """Count the values met."""
        return sum(len(run.high) for run in self._runs)

    def repeated(self, values: bytes) -> NDArray[np.bool_]:
        """Tell which of ``values`` (16 bytes each, joined) were met before, then count all as met.

        The first of several equal values is not a repetition.
        """
        if not values:
            return np.zeros(0, np.bool_)
        batch = _mixed(np.frombuffer(values, ">u8").reshape(-1, 2).astype(np.uint64))
        order = np.lexsort((batch.low, batch.high))
        high, low = batch.high[order], batch.low[order]
        again = np.zeros(len(order), np.bool_)
        again[1:] = (high[1:] == high[:-1]) & (low[1:] == low[:-1])
        for run in self._runs:
            again |= _contains(run, high, low)
        self._keep(_Run(high[~again], low[~again]))
        answer = np.empty(len(order), np.bool_)
        answer[order] = again
        return answer

    def _keep(self, run: _Run) -> None:
        if not len(run.high):
            return
        self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2].high) <= 2 * len(self._runs[-1].high):
            newer, older = self._runs.pop(), self._runs.pop()
            high = np.concatenate((older.high, newer.high))
            low = np.concatenate((older.low, newer.low))
            order = np.argsort(high, kind="stable")
            self._runs.append(_Run(high[order], low[order]))


def _mixed(halves: NDArray[np.uint64]) -> _Run:
    """Spread the values over the number line, one to one: two rounds of a Feistel network.

    Chip identifiers of one batch share their first digits; unspread, they would stand in one spot.
    """
    high, low = halves[:, 0].copy(), halves[:, 1].copy()
    for _ in range(2):
        high ^= _stirred(low)
        low ^= _stirred(high)
    return _Run(high, low)


def _stirred(half: _Half) -> _Half:
    stirred = (half ^ (half >> _SHIFT)) * _ODD
    return (stirred ^ (stirred >> _SHIFT)) * _ODD


def _contains(run: _Run, high: _Half, low: _Half) -> NDArray[np.bool_]:
    """Tell which pairs stand in ``run``, also where several values share a high half."""
    place = np.searchsorted(run.high, high)
    inside = place < len(run.high)
    place[~inside] = 0
    hit = inside & (run.high[place] == high)
    found = hit & (run.low[place] == low)
    unsure = np.flatnonzero(hit & ~found)
    ends = np.searchsorted(run.high, high[unsure], "right")
    for index, end in zip(unsure.tolist(), ends.tolist(), strict=True):
        found[index] = bool((run.low[place[index] : end] == low[index]).any())
    return found
