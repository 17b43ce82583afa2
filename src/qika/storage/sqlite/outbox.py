"""What waits to be told: in each card's order, tried again, told, given up, or told once more."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from qika.operations.listeners import Backlog
from qika.operations.ports import Pending
from qika.storage.chain import micros, moment
from qika.storage.rows import EVENT_COLUMNS, pending_of
from qika.storage.sqlite.cards import keys_array
from qika.storage.sqlite.connection import Connection

_EVENT = ", ".join(f"event.{column}" for column in EVENT_COLUMNS)
_PENDING = (
    "select outbox.destination, outbox.next_at, outbox.tries, outbox.failing_since,"  # noqa: S608
    f" card.issuer, {_EVENT} from outbox"
    " join event on event.card_key = outbox.card_key and event.seq = outbox.seq"
    " join card on card.card_key = outbox.card_key"
    " where outbox.destination = ? and outbox.next_at <= ? and not exists"
    " (select 1 from outbox as earlier where earlier.card_key = outbox.card_key"
    " and earlier.destination = outbox.destination and earlier.seq < outbox.seq)"
    " order by outbox.next_at, outbox.card_key, outbox.seq limit ?"
)
_OF_OUTBOX = "outbox where destination = ? and next_at = ? and card_key = ? and seq = ?"
_TELL = (
    "insert or ignore into told (card_key, seq, destination, acknowledged_at)"  # noqa: S608
    f" select card_key, seq, destination, ? from {_OF_OUTBOX}"
)
_GIVE_UP = (
    "insert or ignore into given_up (card_key, seq, destination, given_up_at)"  # noqa: S608
    f" select card_key, seq, destination, ? from {_OF_OUTBOX}"
)
_POSTPONE = (
    "update outbox set tries = tries + 1, next_at = ?, failing_since = coalesce(failing_since, ?)"
    " where destination = ? and next_at = ? and card_key = ? and seq = ?"
)
_QUEUE = (
    "insert into outbox (destination, next_at, card_key, seq, tries)"
    " select ?, ?, card_key, seq, 0 from event where card_key = ? and seq = ?"
    " on conflict do nothing"
)
_FOUND_AGAIN = "delete from given_up where card_key = ? and seq = ? and destination = ?"
_FORGET = (
    "delete from outbox where (destination, next_at, card_key, seq) in (select destination,"
    " next_at, card_key, seq from outbox where destination = ? limit ?)"
)
_FORGET_GIVEN_UP = (
    "delete from given_up where (card_key, seq, destination) in (select card_key, seq,"
    " destination from given_up where destination = ? limit ?)"
)
_WAITING = (
    "select count(*), min(event.received_at) from outbox left join event"
    " on event.card_key = outbox.card_key and event.seq = outbox.seq where destination = ?"
)
_GIVEN_UP = "select count(*), max(given_up_at) from given_up where destination = ?"


def pending(connection: Connection, destination: str, limit: int, now: datetime) -> list[Pending]:
    """Read outbox rows that may be sent now, oldest first, the earliest of each card."""
    found = connection.execute(_PENDING, (destination, micros(now), limit))
    rows = cast("Iterable[tuple[object, ...]]", found)
    return [pending_of(row) for row in rows]


def acknowledge(connection: Connection, rows: Sequence[Pending], at: datetime) -> None:
    """Take rows off the outbox and keep when they were told first."""
    _take_off(connection, rows, at, _TELL)


def give_up(connection: Connection, rows: Sequence[Pending], at: datetime) -> None:
    """Take rows off the outbox that nobody took, and keep which ones."""
    _take_off(connection, rows, at, _GIVE_UP)


def _take_off(connection: Connection, rows: Sequence[Pending], at: datetime, keep: str) -> None:
    places = [_place(row) for row in rows]
    connection.executemany(keep, [(micros(at), *place) for place in places])
    connection.executemany(f"delete from {_OF_OUTBOX}", places)  # noqa: S608


def postpone(
    connection: Connection, rows: Sequence[Pending], until: Sequence[datetime], at: datetime
) -> None:
    """Count a failed try of outbox rows that are not acknowledged yet."""
    failed = micros(at)
    connection.executemany(
        _POSTPONE,
        [(micros(then), failed, *_place(row)) for row, then in zip(rows, until, strict=True)],
    )


def _place(row: Pending) -> tuple[str, int, bytes, int]:
    return (row.destination, micros(row.next_at), row.card_key, row.sequence)


def queue(
    connection: Connection, places: Sequence[tuple[bytes, int]], destination: str, at: datetime
) -> int:
    """Put events into the outbox again; gives how many were not there."""
    before = connection.total_changes()
    connection.executemany(_QUEUE, [(destination, micros(at), *place) for place in places])
    added = connection.total_changes() - before
    connection.executemany(_FOUND_AGAIN, [(*place, destination) for place in places])
    return added


def forget_waiting(connection: Connection, destination: str, limit: int) -> int:
    """Delete rows of a destination."""
    before = connection.total_changes()
    for statement in (_FORGET, _FORGET_GIVEN_UP):
        connection.execute(statement, (destination, limit))
    return connection.total_changes() - before


def backlog(connection: Connection, destination: str) -> Backlog:
    """Count what waits and what was given up."""
    waiting = connection.execute(_WAITING, (destination,)).fetchone()
    lost = connection.execute(_GIVEN_UP, (destination,)).fetchone()
    count, oldest = cast("tuple[int, int | None]", waiting)
    given_up, last = cast("tuple[int, int | None]", lost)
    return Backlog(
        count,
        None if oldest is None else moment(oldest),
        given_up,
        None if last is None else moment(last),
    )


def sealed_holders(connection: Connection, keys: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Read the encrypted holders of cards."""
    sql = "select card_key, sealed from carray(?) as k cross join holder on card_key = k.value"
    found = connection.execute(sql, (keys_array(keys),))
    return cast("list[tuple[bytes, bytes]]", list(found))
