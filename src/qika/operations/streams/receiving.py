"""Receiving a stream: into a spool while it is hashed, then, if it is what was signed, kept."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace

from qika.operations.activate import StoreUnavailableError
from qika.operations.batch import OverloadedError
from qika.operations.streams.cutting import LineCutter
from qika.operations.streams.desk import Spool, StreamDesk
from qika.operations.streams.stream import (
    LEASE,
    WAITING_MAX,
    Part,
    PartKind,
    Stream,
    StreamState,
    id_of,
)
from qika.terms.names import Language

PARTS_AT_ONCE = 16
"""Parts written in one transaction."""

RECEIVING_MAX = 8
"""Bodies received at once by one process; others are to come again later."""

UPLOAD_BYTES = 16
_ADDED_TRIES = 3


class StreamTooLargeError(ValueError):
    """The body is larger than the operator allows."""


class StalledError(ValueError):
    """The body did not go on for too long."""


class WrongDigestError(ValueError):
    """The body is not the one whose digest was signed."""


class StreamKeyReusedError(ValueError):
    """The partner has sent another stream under this idempotency key."""


class StreamInProgressError(RuntimeError):
    """The same stream is being received at this moment."""


class Sending(NamedTuple):
    """Who sends a stream under which key, and the SHA-256 it must have."""

    partner: str
    idempotency_key: str
    language: Language
    digest: bytes | None
    """None where nothing was signed."""


async def receive(desk: StreamDesk, of: Sending, body: AsyncIterator[bytes]) -> Stream:
    """Receive a stream and keep it; one that was sent before under this key is given again.

    Nothing is kept of a body that breaks off or is not the one that was signed. Raises
    StreamTooLargeError, StalledError, WrongDigestError, StreamKeyReusedError,
    StreamInProgressError, OverloadedError where too many wait or arrive, StoreUnavailableError
    where the disk is full.
    """
    if len(await desk.store.open(WAITING_MAX)) >= WAITING_MAX:
        raise OverloadedError(f"{WAITING_MAX} streams wait already")
    if len(desk.under_way) >= RECEIVING_MAX:
        raise OverloadedError(f"{RECEIVING_MAX} streams arrive already")
    with _on_disk():
        spool = desk.open_spool()
    with closing(spool), _under_way(desk) as upload:
        reception = _Reception(desk, spool, upload)
        async for piece in _in_time(body, desk.stall_s):
            await reception.take(piece)
        digest = await reception.finish()
        if of.digest is not None and digest != of.digest:
            raise WrongDigestError
        return await _kept(desk, of, reception, digest)


@contextmanager
def _under_way(desk: StreamDesk) -> Generator[bytes]:
    """Give the name of a new upload, counted as long as it is received."""
    upload = secrets.token_bytes(UPLOAD_BYTES)
    desk.under_way.add(upload)
    try:
        yield upload
    finally:
        desk.under_way.discard(upload)


async def _in_time(body: AsyncIterator[bytes], stall_s: float) -> AsyncIterator[bytes]:
    """Give the pieces of a body; raises StalledError if one lets wait too long."""
    while True:
        try:
            async with asyncio.timeout(stall_s):
                piece = await anext(body, None)
        except TimeoutError as error:
            raise StalledError from error
        if piece is None:
            return
        yield piece


@contextmanager
def _on_disk() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailableError(f"the body cannot be spooled: {error}") from error


class _Reception:
    """A body on its way into the spool."""

    def __init__(self, desk: StreamDesk, spool: Spool, upload: bytes) -> None:
        self.spool, self.upload = spool, upload
        self.lines = self.parts = 0
        self._desk, self._size = desk, 0
        self._cutter, self._digest = LineCutter(desk.part_lines), hashlib.sha256()

    async def take(self, piece: bytes) -> None:
        """Take the next piece; raises StreamTooLargeError."""
        self._size += len(piece)
        if self._size > self._desk.bytes_max:
            raise StreamTooLargeError
        self._digest.update(piece)
        for lines in self._cutter.take(piece):
            await self._spool(lines)

    async def finish(self) -> bytes:
        """Take the end of the body; gives its SHA-256."""
        rest = self._cutter.finish()
        if rest:
            await self._spool(rest)
        return self._digest.digest()

    async def _spool(self, lines: Sequence[bytes]) -> None:
        number = self.parts
        self.parts += 1
        self.lines += len(lines)
        await asyncio.to_thread(self._write, lines, number)

    def _write(self, lines: Sequence[bytes], number: int) -> None:
        with _on_disk():
            self.spool.add(self._desk.sealed(lines, self.upload, PartKind.BODY, number))


async def _kept(desk: StreamDesk, of: Sending, reception: _Reception, digest: bytes) -> Stream:
    at = desk.clock()
    stream = Stream(
        id=id_of(of.partner, of.idempotency_key),
        partner=of.partner,
        digest=digest,
        upload=reception.upload,
        language=of.language,
        state=StreamState.STORING,
        received_at=at,
        claimed_until=at + LEASE,
        lines=reception.lines,
        parts=reception.parts,
    )
    begun = await _begun(desk, stream, at)
    if begun.upload != stream.upload:
        return begun
    parts = enumerate(reception.spool.parts())
    while group := [Part(stream.upload, PartKind.BODY, *one) for one in _some(parts)]:
        await desk.store.put_parts(group)
        begun = await _put(desk, begun, claimed_until=desk.clock() + LEASE)
    return await _put(desk, begun, state=StreamState.WAITING, claimed_until=desk.clock())


def _some(parts: Iterator[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    return list(islice(parts, PARTS_AT_ONCE))


async def _begun(desk: StreamDesk, stream: Stream, at: datetime) -> Stream:
    """Give the stream that may be stored now, or the one that was kept before."""
    for _ in range(_ADDED_TRIES):
        if await desk.store.add(stream):
            return stream
        there = await desk.store.stream(stream.id)
        if there is None:
            continue
        if there.state is not StreamState.STORING:
            if there.digest != stream.digest:
                raise StreamKeyReusedError
            return there
        if there.claimed_until > at:
            break
        # whoever stored it is gone, and its sender was told nothing
        await desk.store.drop_parts(there.upload, PartKind.BODY)
        taken = replace(stream, version=there.version + 1)
        if await desk.store.put(taken):
            return taken
    raise StreamInProgressError


async def _put(desk: StreamDesk, stream: Stream, **changes: object) -> Stream:
    """Change a stream that is being stored; raises StreamInProgressError if another took it."""
    moved = replace(stream, version=stream.version + 1, **changes)
    if not await desk.store.put(moved):
        raise StreamInProgressError
    return moved
