"""Which cards may share a transaction: those of one group, and nobody else's."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from qika.storage.postgres.lines import Connection, Line, Lines
from qika.storage.postgres.placement import Groups, KeyRanges, Kind, ShardMap
from qika.storage.postgres.schema import shard_map

T = TypeVar("T")
Item = TypeVar("Item")

MAP_S = 30.0
"""A map of shards is used so long; a batch by an old map is slow and no less correct."""

_ONE = KeyRanges(1)


class Routes:
    """The writers, each with groups of cards of its own, and the readers."""

    def __init__(self, kind: Kind, writers: tuple[Line, ...], readers: Lines) -> None:
        """Take the lines; on Citus the map of shards is read before the first use."""
        self.kind, self.readers = kind, readers
        self._writers = writers
        self._map: ShardMap | None = None
        self._read_at = 0.0

    async def writing(self) -> Groups:
        """Give the groups of which a transaction may change one."""
        if self.kind is not Kind.CITUS:
            return KeyRanges(len(self._writers))
        return await self._shards()

    async def reading(self) -> Groups:
        """Give the groups of which a statement should read one: all cards, but on Citus."""
        return await self._shards() if self.kind is Kind.CITUS else _ONE

    async def _shards(self) -> ShardMap:
        now = asyncio.get_running_loop().time()
        if self._map is None or now - self._read_at > MAP_S:
            self._map = await self.readers.run(shard_map)
            self._read_at = now
        return self._map

    async def write(
        self,
        parts: Mapping[int, Item],
        work: Callable[[Connection, Item], Awaitable[T]],
        *,
        repeatable: bool = True,
    ) -> list[T]:
        """Do work for each group at once, each in a transaction of its own.

        What one group wrote stays if another fails; then the first error is raised when all
        have ended. On Citus the map of shards is read again after an error.
        """

        async def one(group: int, part: Item) -> T:
            line = self._writers[group % len(self._writers)]
            return await line.run(lambda connection: work(connection, part), repeatable=repeatable)

        return await self._all([one(group, part) for group, part in parts.items()])

    async def read(
        self, parts: Mapping[int, Item], work: Callable[[Connection, Item], Awaitable[T]]
    ) -> list[T]:
        """Read for each group at once."""

        async def one(part: Item) -> T:
            return await self.readers.run(lambda connection: work(connection, part))

        return await self._all([one(part) for part in parts.values()])

    async def _all(self, works: list[Awaitable[T]]) -> list[T]:
        if len(works) == 1:
            return [await works[0]]
        results = await asyncio.gather(*works, return_exceptions=True)
        done: list[T] = []
        for result in results:
            if isinstance(result, BaseException):
                self._map = None
                raise result
            done.append(result)
        return done

    async def close(self) -> None:
        """Wait for what is under way and close all lines."""
        for line in self._writers:
            await line.close()
        await self.readers.close()
