"""Streams as rows: the same columns in every store."""

from typing import TypeAlias

import msgspec

from qika.operations.streams.stream import LineProblem, Stream, StreamState
from qika.storage.chain import micros, moment
from qika.terms.names import Language

COLUMNS = (
    "stream_id", "partner", "digest", "upload", "language", "state", "received_at",
    "claimed_until", "ended_at", "row_count", "parts", "rows_done", "parts_done", "tries", "told",
    "version",
)  # fmt: skip

Row: TypeAlias = tuple[
    str, str, bytes, bytes, str, str, int, int, int | None, int, int, int, int, int, str, int
]


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What the lines came to."""

    tally: dict[str, int]
    problems: int
    first_problems: tuple[LineProblem, ...]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Told).decode


def stream_row(stream: Stream) -> Row:
    """Write a stream."""
    told = _Told(dict(stream.tally), stream.problems, stream.first_problems)
    return (
        stream.id,
        stream.partner,
        stream.digest,
        stream.upload,
        stream.language,
        stream.state,
        micros(stream.received_at),
        micros(stream.claimed_until),
        micros(stream.ended_at) if stream.ended_at else None,
        stream.lines,
        stream.parts,
        stream.lines_done,
        stream.parts_done,
        stream.tries,
        _encode(told).decode(),
        stream.version,
    )


def stream_of(row: Row) -> Stream:
    """Read a stream."""
    told = _decode(row[14])
    ended_at = row[8]
    return Stream(
        id=row[0],
        partner=row[1],
        digest=bytes(row[2]),
        upload=bytes(row[3]),
        language=Language(row[4]),
        state=StreamState(row[5]),
        received_at=moment(row[6]),
        claimed_until=moment(row[7]),
        ended_at=None if ended_at is None else moment(ended_at),
        lines=row[9],
        parts=row[10],
        lines_done=row[11],
        parts_done=row[12],
        tries=row[13],
        tally=told.tally,
        problems=told.problems,
        first_problems=told.first_problems,
        version=row[15],
    )
