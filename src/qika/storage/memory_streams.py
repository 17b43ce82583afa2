"""Streams in memory: for tests and drills."""

from collections.abc import Sequence
from datetime import datetime

from qika.operations.streams.stream import Part, PartKind, Stream


class MemoryStreams:
    """Implements ``StreamStore``."""

    def __init__(self) -> None:
        """Begin without any."""
        self._streams: dict[str, Stream] = {}
        self._parts: dict[tuple[bytes, PartKind, int], bytes] = {}

    async def add(self, stream: Stream) -> bool:
        """Add a stream, unless there is one of that id."""
        return self._streams.setdefault(stream.id, stream) is stream

    async def put(self, stream: Stream) -> bool:
        """Change a stream whose next version this is."""
        there = self._streams.get(stream.id)
        if there is None or there.version != stream.version - 1:
            return False
        self._streams[stream.id] = stream
        return True

    async def stream(self, stream_id: str) -> Stream | None:
        """Give a stream."""
        return self._streams.get(stream_id)

    async def open(self, limit: int) -> Sequence[Stream]:
        """Give streams that have not ended, the oldest first."""
        held = [one for one in self._streams.values() if one.ended_at is None]
        return sorted(held, key=lambda one: (one.received_at, one.id))[:limit]

    async def ended(self, before: datetime, limit: int) -> Sequence[Stream]:
        """Give streams that ended before a moment."""
        held = self._streams.values()
        return [one for one in held if one.ended_at is not None and one.ended_at < before][:limit]

    async def put_parts(self, parts: Sequence[Part]) -> None:
        """Keep parts."""
        self._parts |= {(one.upload, one.kind, one.number): one.content for one in parts}

    async def part(self, upload: bytes, kind: PartKind, number: int) -> bytes | None:
        """Give the content of a part."""
        return self._parts.get((upload, kind, number))

    async def drop_parts(self, upload: bytes, kind: PartKind) -> None:
        """Forget the parts of one kind."""
        gone = [place for place in self._parts if place[:2] == (upload, kind)]
        for place in gone:
            del self._parts[place]

    async def drop(self, stream_id: str) -> None:
        """Forget a stream."""
        self._streams.pop(stream_id, None)
