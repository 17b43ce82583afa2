"""A stream of activations: what is kept of it, and what keeps it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from qika.terms.names import Language

LEASE = timedelta(seconds=15)
"""For how long a process may be silent about a stream before another one goes on with it."""

TRIES_MAX = 20
"""How often a stream is begun again without a step forward."""

PROBLEMS_SHOWN = 100
FAULTS_SHOWN = 10
"""Problems that a stream tells of by itself, and wrong fields of each; its results tell of all."""

WAITING_MAX = 64
"""Streams that may wait to be carried out; further ones are refused, to be sent again later."""


class StreamState(StrEnum):
    """Where a stream is."""

    STORING = "storing"
    """Its body is being written to the store; nobody has been told yet that it is accepted."""
    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    """It was begun too often without a step forward."""


class PartKind(StrEnum):
    """What a part belongs to."""

    BODY = "body"
    RESULTS = "results"


class LineFault(NamedTuple):
    """A wrong field of a line; nothing that was sent stands in it."""

    field: str
    code: str
    allowed: str


class LineProblem(Struct, frozen=True, gc=False):
    """A line that was not decided, and why."""

    line: int
    """Counted from 1."""
    code: str
    faults: tuple[LineFault, ...] = ()


class Stream(Struct, frozen=True, gc=False, kw_only=True):
    """A stream as the store keeps it; every change raises ``version`` by one."""

    id: str
    partner: str
    digest: bytes
    """SHA-256 of the body."""
    upload: bytes
    """Names its parts."""
    language: Language
    state: StreamState
    received_at: datetime
    claimed_until: datetime
    """Until then it belongs to the process that claimed it."""
    ended_at: datetime | None = None
    lines: int = 0
    parts: int = 0
    lines_done: int = 0
    parts_done: int = 0
    tries: int = 0
    tally: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many lines had which outcome."""
    problems: int = 0
    first_problems: tuple[LineProblem, ...] = ()
    version: int = 1


class Part(NamedTuple):
    """Some lines of a body or of results, packed and sealed."""

    upload: bytes
    kind: PartKind
    number: int
    """Counted from 0."""
    content: bytes


class StreamStore(Protocol):
    """Where streams and their parts are kept."""

    async def add(self, stream: Stream) -> bool:
        """Add a stream; false, and nothing is written, if there is one of that id."""
        ...

    async def put(self, stream: Stream) -> bool:
        """Change a stream; false, and nothing is written, unless its version is the next one."""
        ...

    async def stream(self, stream_id: str) -> Stream | None:
        """Give a stream."""
        ...

    async def open(self, limit: int) -> Sequence[Stream]:
        """Give streams that have not ended, the oldest first."""
        ...

    async def ended(self, before: datetime, limit: int) -> Sequence[Stream]:
        """Give streams that ended before a moment."""
        ...

    async def put_parts(self, parts: Sequence[Part]) -> None:
        """Keep parts in one transaction; one that is there is replaced."""
        ...

    async def part(self, upload: bytes, kind: PartKind, number: int) -> bytes | None:
        """Give the content of a part."""
        ...

    async def drop_parts(self, upload: bytes, kind: PartKind) -> None:
        """Forget the parts of one kind."""
        ...

    async def drop(self, stream_id: str) -> None:
        """Forget a stream, but not its parts."""
        ...


def id_of(partner: str, idempotency_key: str) -> str:
    """Give the id of the one stream that a partner may send under a key."""
    return sha256(f"{partner}\0{idempotency_key}".encode()).hexdigest()[:32]


def place_of(upload: bytes, kind: PartKind, number: int) -> bytes:
    """Name the place that a sealed part is bound to."""
    return b"stream_part\0%b\0%b\0%d" % (upload, kind.encode(), number)
