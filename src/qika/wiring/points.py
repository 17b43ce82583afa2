"""The index of an installation's points: built by whoever first sees a change, mapped by all."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from qika.operations.ports import Archive
from qika.points.index import put_points
from qika.points.nearest import NearestIndex, open_index
from qika.points.versions import building, current_version


async def newest_index(
    folder: Path, archive: Archive, version: str, *, build_apart: Callable[[], None] | None
) -> NearestIndex:
    """Map the index of the points, built anew unless it is of this ``version`` of them.

    With ``build_apart`` building is left to that call, made in a thread: it reads every point,
    and a process that serves should keep neither that memory nor its callers waiting. Where it
    fails, the index before goes on; FileNotFoundError if there is none.
    """
    if not _is_of(folder, version):
        if build_apart is None:
            await _build(folder, archive)
        else:
            await asyncio.to_thread(build_apart)
    return open_index(folder)


async def _build(folder: Path, archive: Archive) -> None:
    """Index the points, unless another process did so while this one waited for its turn."""
    with ExitStack() as turn:
        await asyncio.to_thread(turn.enter_context, building(folder))
        version = await archive.points_version()
        if not _is_of(folder, version):
            points = await archive.points()
            await asyncio.to_thread(partial(put_points, points, folder, version))


IMPORT_STILL_S = 30.0
"""An import that changed nothing for so long was cut off: its points are worth an index now."""
IMPORT_MAX_S = 600.0
"""An index is at most this much behind the points, however long an import goes on."""


class Patience:
    """Says when changed points are worth an index: once after an import, not at each batch of it.

    ``clock`` gives seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing to wait for."""
        self._clock = clock
        self._version = ""
        self._changed_at = self._waiting_since = 0.0
        self._waiting = False

    def is_over(self, version: str, *, importing: bool) -> bool:
        """Tell whether to build the index of a version that is not that of the index in use."""
        now = self._clock()
        if not self._waiting:
            self._waiting, self._waiting_since = True, now
        if version != self._version:
            self._version, self._changed_at = version, now
        still = now - self._changed_at >= IMPORT_STILL_S
        over = not importing or still or now - self._waiting_since >= IMPORT_MAX_S
        self._waiting = not over
        return over


def _is_of(folder: Path, version: str) -> bool:
    current = current_version(folder)
    return current is not None and current.built_from == version


def in_own_process(work: Callable[[], None]) -> None:
    """Run something in a process that ends with this one, and wait for it."""
    process = multiprocessing.get_context("spawn").Process(target=work, daemon=True)
    process.start()
    process.join()
