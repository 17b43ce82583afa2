"""Streams of activations and their sealed parts."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from qika.operations.streams.stream import Part, PartKind, Stream
from qika.storage.chain import micros
from qika.storage.postgres import statements
from qika.storage.postgres.lines import Connection
from qika.storage.stream_rows import stream_of, stream_row

T = TypeVar("T")
Values = tuple[Any, ...]


class Reading(Protocol):
    """Reads what belongs to no card."""

    async def __call__(self, work: Callable[[Connection], Awaitable[T]], /) -> T:
        """Run a work on a connection."""
        ...


class Writing(Protocol):
    """Writes what belongs to no card."""

    async def __call__(
        self, work: Callable[[Connection], Awaitable[T]], /, *, repeatable: bool = True
    ) -> T:
        """Run a work in a transaction; not again where its answer was lost, unless repeatable."""
        ...


class PostgresStreams:
    """Implements ``StreamStore``."""

    def __init__(self, read: Reading, write: Writing) -> None:
        """Take the ways to the server."""
        self._read, self._write = read, write

    async def add(self, stream: Stream) -> bool:
        """Add a stream, unless there is one of that id."""
        return bool(await self._written(statements.ADD_STREAM, *stream_row(stream)))

    async def put(self, stream: Stream) -> bool:
        """Change a stream whose next version this is."""
        return bool(await self._written(statements.PUT_STREAM, *stream_row(stream)))

    async def stream(self, stream_id: str) -> Stream | None:
        """Give a stream."""
        found = await self._streams(statements.STREAM_OF_ID, stream_id)
        return found[0] if found else None

    async def open(self, limit: int) -> Sequence[Stream]:
        """Give streams that have not ended, the oldest first."""
        return await self._streams(statements.OPEN_STREAMS, limit)

    async def ended(self, before: datetime, limit: int) -> Sequence[Stream]:
        """Give streams that ended before a moment."""
        return await self._streams(statements.ENDED_STREAMS, micros(before), limit)

    async def put_parts(self, parts: Sequence[Part]) -> None:
        """Keep parts in one transaction."""

        async def put(connection: Connection) -> None:
            await connection.executemany(statements.PUT_STREAM_PART, parts)

        await self._write(put)

    async def part(self, upload: bytes, kind: PartKind, number: int) -> bytes | None:
        """Give the content of a part."""
        rows = await self._read(partial(_run, statements.STREAM_PART, upload, kind, number))
        return bytes(rows[0][0]) if rows else None

    async def drop_parts(self, upload: bytes, kind: PartKind) -> None:
        """Forget the parts of one kind."""
        await self._write(partial(_run, statements.DROP_STREAM_PARTS, upload, kind))

    async def drop(self, stream_id: str) -> None:
        """Forget a stream."""
        await self._write(partial(_run, statements.DROP_STREAM, stream_id))

    async def _streams(self, statement: str, *values: object) -> list[Stream]:
        rows = await self._read(partial(_run, statement, *values))
        return [stream_of(row) for row in rows]

    async def _written(self, statement: str, *values: object) -> list[Values]:
        """Write once: a repeat would find what it wrote itself."""
        return await self._write(partial(_run, statement, *values), repeatable=False)


async def _run(*said: Any) -> list[Values]:  # noqa: ANN401 - values of any column
    """Run a statement on the connection that comes last."""
    statement, *values, connection = said
    return await connection.fetch(statement, *values)
