"""Which cards may share a transaction: those of one group; and on which node that is done."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from qika.storage.postgres.lines import Connection, Line, Lines
from qika.storage.postgres.placement import Groups, KeyRanges, Kind, ShardMap
from qika.storage.postgres.schema import Node, shard_map

T = TypeVar("T")
Item = TypeVar("Item")

MAP_S = 30.0
"""A map of shards is used so long; a batch by an old map is slow and no less correct."""

NO_GROUP = -1
"""What belongs to no card, and to no node but the one that was named."""

_ONE = KeyRanges(1)


@dataclass(frozen=True, slots=True)
class Desk:
    """The connections to one node: writers, each with groups of cards of its own, and readers."""

    writers: tuple[Line, ...]
    readers: Lines


class Routes:
    """The connections to the database that was named, and to the nodes that hold its shards."""

    def __init__(self, kind: Kind, open_desk: Callable[[Node | None], Desk]) -> None:
        """Take what opens connections to a node, or to the database named if there is none."""
        self.kind = kind
        self._open_desk = open_desk
        self._desks: dict[Node | None, Desk] = {None: open_desk(None)}
        self._map: ShardMap | None = None
        self._nodes: Mapping[int, Node] = {}
        self._read_at = 0.0

    @property
    def readers(self) -> Lines:
        """Read what spans groups, or belongs to none."""
        return self._desks[None].readers

    async def writing(self) -> Groups:
        """Give the groups of which a transaction may change one."""
        if self.kind is not Kind.CITUS:
            return KeyRanges(len(self._desks[None].writers))
        return await self._shards()

    async def reading(self) -> Groups:
        """Give the groups of which a statement should read one: all cards, but on Citus."""
        return await self._shards() if self.kind is Kind.CITUS else _ONE

    async def _shards(self) -> ShardMap:
        now = asyncio.get_running_loop().time()
        if self._map is None or now - self._read_at > MAP_S:
            self._map, self._nodes = await self.readers.run(shard_map)
            self._read_at = now
        return self._map

    def _desk(self, group: int) -> Desk:
        """Give the connections to the node of a group: it works there without another node.

        If the group was moved since, the node passes on what it is told.
        """
        node = self._nodes.get(group)
        if node not in self._desks:
            self._desks[node] = self._open_desk(node)
        return self._desks[node]

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
            writers = self._desk(group).writers
            line = writers[group % len(writers)]
            return await line.run(lambda connection: work(connection, part), repeatable=repeatable)

        return await self._all([one(group, part) for group, part in parts.items()])

    async def read(
        self, parts: Mapping[int, Item], work: Callable[[Connection, Item], Awaitable[T]]
    ) -> list[T]:
        """Read for each group at once."""

        async def one(group: int, part: Item) -> T:
            return await self._desk(group).readers.run(lambda connection: work(connection, part))

        return await self._all([one(group, part) for group, part in parts.items()])

    async def _all(self, works: list[Awaitable[T]]) -> list[T]:
        results = await asyncio.gather(*works, return_exceptions=True)
        done: list[T] = []
        for result in results:
            if isinstance(result, BaseException):
                self._map = None
                raise result
            done.append(result)
        return done

    async def close(self) -> None:
        """Wait for what is under way and close all connections."""
        for desk in self._desks.values():
            for line in desk.writers:
                await line.close()
            await desk.readers.close()
