"""Large answers made part by part, so that everybody else is answered in between.

An export may hold every rule of the country. Made in one go it would hold the process for as long
as hundreds of plans take; made in parts, nobody waits longer than one part takes.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Generic, TypeVar

from qika.web.frames import Frame, encode
from qika.web.packing import LEVEL

RECORDS_A_PART = 10
"""Records encoded in one go; each takes a fraction of a millisecond."""

PACKED_IN_STEPS_FROM = 256 << 10
"""Bytes from which packing in one go would keep others waiting."""

_STEP = 64 << 10
_GZIP = 31
"""What zlib calls the form of RFC 1952."""

Record = TypeVar("Record")
Made = TypeVar("Made")


def some_at_a_time(records: Iterable[Record], count: int) -> Iterator[list[Record]]:
    """Give records in lists of ``count``, the last one shorter."""
    left = iter(records)
    while some := list(islice(left, count)):
        yield some


def in_parts(
    answer: object, *lists: Iterable[object], each: int = RECORDS_A_PART
) -> Iterator[bytes]:
    """Encode an answer; in each ``GAP`` of it stands a list, of which a part holds ``each``."""
    first, *others = Frame(answer).pieces
    yield first
    for records, piece in zip(lists, others, strict=True):
        before = b"["
        for some in some_at_a_time(records, each):
            yield before + b",".join(map(encode, some))
            before = b","
        yield (b"]" if before == b"," else b"[]") + piece


async def gathered(
    parts: Callable[[], Iterable[bytes]], room: Callable[[], AbstractContextManager[None]]
) -> bytes:
    """Put a body together; whoever waits is answered between two parts.

    Each part is made inside a ``room``, which may raise ProblemError where there is none.
    """
    made: list[bytes] = []
    with room():
        left = iter(parts())
    while True:
        with room():
            part = next(left, None)
        if part is None:
            return b"".join(made)
        made.append(part)
        await asyncio.sleep(0)


async def packed_in_steps(body: bytes) -> bytes | None:
    """Pack a large body, letting others in between; None for one that is packed when wanted."""
    if len(body) < PACKED_IN_STEPS_FROM:
        return None
    packer, whole = zlib.compressobj(LEVEL, wbits=_GZIP), memoryview(body)
    made: list[bytes] = []
    for begin in range(0, len(body), _STEP):
        made.append(packer.compress(whole[begin : begin + _STEP]))
        await asyncio.sleep(0)
    made.append(packer.flush())
    return b"".join(made)


class UnderWay(Generic[Made]):
    """What is being made at the moment: who asks for the same waits for it, once made for all."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._tasks: dict[Hashable, asyncio.Task[Made]] = {}

    async def once(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, Made]]) -> Made:
        """Make something, or wait for who makes it; a caller who goes away stops nobody else."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.get_running_loop().create_task(make())
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        waited: Awaitable[Made] = asyncio.shield(task)
        return await waited
