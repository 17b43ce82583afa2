"""The index of an installation's points: built by whoever first sees a change, mapped by all."""

import asyncio
import multiprocessing
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from qika.operations.ports import Archive
from qika.points.index import put_points
from qika.points.nearest import NearestIndex, open_index
from qika.points.versions import building, current_version


async def newest_index(
    folder: Path, archive: Archive, version: int, *, build_apart: Callable[[], None] | None
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
            await asyncio.to_thread(partial(put_points, points, folder, str(version)))


def _is_of(folder: Path, version: int) -> bool:
    current = current_version(folder)
    return current is not None and current.built_from == str(version)


def in_own_process(work: Callable[[], None]) -> None:
    """Run something in a process that ends with this one, and wait for it."""
    process = multiprocessing.get_context("spawn").Process(target=work, daemon=True)
    process.start()
    process.join()
