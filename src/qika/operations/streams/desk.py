"""What receiving and working off streams share: store, vault, spools, clock and bounds."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from qika.operations.streams.cutting import PART_LINES
from qika.operations.streams.stream import PartKind, StreamStore, place_of

PACKING = 1
"""zlib's fastest: requests of one sender repeat themselves."""


class Sealing(Protocol):
    """Encrypts what names a person."""

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Encrypt for a place."""
        ...

    def unseal(self, sealed: bytes, place: bytes) -> bytes:
        """Decrypt what was sealed for a place."""
        ...


class Spool(Protocol):
    """Where a body lies until its digest has been checked; gone when it is closed."""

    def add(self, content: bytes) -> None:
        """Add a part; raises OSError if there is no room."""
        ...

    def parts(self) -> Iterator[bytes]:
        """Give the parts in order."""
        ...

    def close(self) -> None:
        """Forget everything."""
        ...


@dataclass(frozen=True, slots=True)
class StreamDesk:
    """Everything that streams need; wiring builds one."""

    store: StreamStore
    sealing: Sealing
    open_spool: Callable[[], Spool]
    clock: Callable[[], datetime]
    bytes_max: int
    """Bytes of one body."""
    kept: timedelta
    """How long results are kept."""
    stall_s: float = 60.0
    """Seconds that the next piece of a body may take."""
    part_lines: int = PART_LINES
    """Lines of a part."""
    under_way: set[bytes] = field(default_factory=set[bytes])
    """Uploads that are being received by this process."""

    def sealed(self, lines: Sequence[bytes], upload: bytes, kind: PartKind, number: int) -> bytes:
        """Pack and seal a part."""
        packed = zlib.compress(b"\n".join(lines), PACKING)
        return self.sealing.seal(packed, place_of(upload, kind, number))

    async def lines(self, upload: bytes, kind: PartKind, number: int) -> list[bytes]:
        """Read a part; raises VaultError if it was changed, LookupError if it is not there."""
        content = await self.store.part(upload, kind, number)
        if content is None:
            raise LookupError(f"part {number} of a stream is missing")
        packed = self.sealing.unseal(content, place_of(upload, kind, number))
        return zlib.decompress(packed).split(b"\n")
