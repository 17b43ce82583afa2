"""Plans: which points a filter admits, as a tree that the kernel walks; kept by filter."""

from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from qika.points import kernel
from qika.points.profiles import PointFilter

_OVERHEAD: Final = 2_000


class Plan:
    """A tree over the points that a filter admits, as ``kernel.nearest`` takes it.

    Its points are those of ``positions`` among ``points``, or all of them; then ``masks`` may
    say per leaf which of them are admitted. ``signature``: per child the bits of the schedules
    of its admitted points. ``owned`` are the arrays that only this plan holds.
    """

    __slots__ = ("__weakref__", "_arrays", "_words", "address", "own_bytes")

    def __init__(
        self,
        boxes: NDArray[np.float32],
        signature: NDArray[np.int64],
        points: NDArray[np.float64],
        *,
        positions: NDArray[np.int32] | None = None,
        masks: NDArray[np.uint16] | None = None,
        owned: tuple[NDArray[Any], ...] = (),
    ) -> None:
        """Keep the arrays alive beside the words that say where they are."""
        self._arrays = (boxes, signature, points, positions, masks)
        size = len(points) // kernel.DOUBLES if positions is None else len(positions)
        at = [0 if each is None else int(each.ctypes.data) for each in self._arrays]
        words = [at[0], at[1], len(boxes) // kernel.SIDES, size, *at[2:]]
        self._words = np.array(words, np.int64)
        self.address = int(self._words.ctypes.data)
        """Of seven words: where boxes and signature are, how many inner nodes and points there
        are, where points, positions and masks are."""
        self.own_bytes = sum(each.nbytes for each in owned) + _OVERHEAD


class Plans:
    """Plans kept by filter; what was not asked for lately is given up when room runs out.

    Found without a lock while they are young. When the young take half of the room they become
    elders, behind the elders there are; an elder asked for again is young again; the first elder
    is given up first.
    """

    def __init__(self, room: int) -> None:
        """Keep plans of so many bytes together, and at least the last one."""
        self._young: dict[PointFilter, Plan] = {}
        self._elders: dict[PointFilter, Plan] = {}
        self._half = room // 2
        self._room_for_young = self._half
        self._room = room
        self._lock = Lock()

    def find(self, where: PointFilter) -> Plan | None:
        """Give the plan of a filter; None if it was never made, or given up."""
        plan = self._young.get(where)
        if plan is None:
            with self._lock:
                plan = self._young.get(where) or self._elders.pop(where, None)
                if plan is not None:
                    self._add(where, plan)
        return plan

    def keep(self, where: PointFilter, plan: Plan) -> None:
        """Keep a plan, giving up others that were not asked for lately."""
        with self._lock:
            if where in self._young or where in self._elders:
                return
            self._room -= plan.own_bytes
            self._add(where, plan)
            while self._room < 0 and self._elders:
                self._room += self._elders.pop(next(iter(self._elders))).own_bytes

    def _add(self, where: PointFilter, plan: Plan) -> None:
        if where in self._young:
            return
        if self._room_for_young < plan.own_bytes:
            self._elders |= self._young
            self._young, self._room_for_young = {}, self._half
        self._young[where] = plan
        self._room_for_young -= plan.own_bytes
