"""Streams of activations and their sealed parts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar, cast

from qika.operations.streams.stream import Part, PartKind, Stream
from qika.storage.chain import micros
from qika.storage.sqlite.connection import Connection
from qika.storage.sqlite.readers import Readers
from qika.storage.sqlite.writer import Writer
from qika.storage.stream_rows import COLUMNS, Row, stream_of, stream_row

T = TypeVar("T")

_NAMED = ", ".join(COLUMNS)
_MARKS = ", ".join("?" * len(COLUMNS))
_SET = ", ".join(f"{name} = ?" for name in COLUMNS[1:])
_ADD = f"insert into stream ({_NAMED}) values ({_MARKS}) on conflict do nothing"  # noqa: S608
_PUT = f"update stream set {_SET} where stream_id = ? and version = ?"  # noqa: S608
_GET = f"select {_NAMED} from stream where stream_id = ?"  # noqa: S608
_OPEN = (
    f"select {_NAMED} from stream where ended_at is null"  # noqa: S608
    " order by received_at, stream_id limit ?"
)
_ENDED = f"select {_NAMED} from stream where ended_at < ? order by ended_at limit ?"  # noqa: S608
_DROP = "delete from stream where stream_id = ?"
_PUT_PART = (
    "insert into stream_part (upload, kind, number, content) values (?, ?, ?, ?)"
    " on conflict (upload, kind, number) do update set content = excluded.content"
)
_PART = "select content from stream_part where upload = ? and kind = ? and number = ?"
_DROP_PARTS = "delete from stream_part where upload = ? and kind = ?"


class SqliteStreams:
    """Implements ``StreamStore``."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Take the ways into the file."""
        self._writer, self._readers = writer, readers

    async def add(self, stream: Stream) -> bool:
        """Add a stream, unless there is one of that id."""
        return await self._changed(_ADD, stream_row(stream))

    async def put(self, stream: Stream) -> bool:
        """Change a stream whose next version this is."""
        values = (*stream_row(stream)[1:], stream.id, stream.version - 1)
        return await self._changed(_PUT, values)

    async def stream(self, stream_id: str) -> Stream | None:
        """Give a stream."""
        found = self._readers.here(partial(_streams, statement=_GET, values=(stream_id,)))
        return found[0] if found else None

    async def open(self, limit: int) -> Sequence[Stream]:
        """Give streams that have not ended, the oldest first."""
        return self._readers.here(partial(_streams, statement=_OPEN, values=(limit,)))

    async def ended(self, before: datetime, limit: int) -> Sequence[Stream]:
        """Give streams that ended before a moment."""
        read = partial(_streams, statement=_ENDED, values=(micros(before), limit))
        return await self._readers.aside(read)

    async def put_parts(self, parts: Sequence[Part]) -> None:
        """Keep parts in one transaction."""
        await self._writer.run(partial(_put_parts, parts=parts))

    async def part(self, upload: bytes, kind: PartKind, number: int) -> bytes | None:
        """Give the content of a part."""
        return await self._readers.aside(partial(_part, place=(upload, kind, number)))

    async def drop_parts(self, upload: bytes, kind: PartKind) -> None:
        """Forget the parts of one kind."""
        await self._changed(_DROP_PARTS, (upload, kind))

    async def drop(self, stream_id: str) -> None:
        """Forget a stream."""
        await self._changed(_DROP, (stream_id,))

    async def _changed(self, statement: str, values: tuple[object, ...]) -> bool:
        return await self._writer.run(partial(_run, statement=statement, values=values))


def _run(connection: Connection, *, statement: str, values: tuple[object, ...]) -> bool:
    connection.execute(statement, values)
    return connection.changes() > 0


def _streams(connection: Connection, *, statement: str, values: tuple[object, ...]) -> list[Stream]:
    return [stream_of(row) for row in cast("Iterable[Row]", connection.execute(statement, values))]


def _put_parts(connection: Connection, *, parts: Sequence[Part]) -> None:
    connection.executemany(_PUT_PART, parts)


def _part(connection: Connection, *, place: tuple[bytes, PartKind, int]) -> bytes | None:
    row = connection.execute(_PART, place).fetchone()
    return bytes(cast("bytes", row[0])) if row else None
