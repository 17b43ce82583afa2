"""Writing a batch of changes: one transaction, guarded by versions, cycles and primary keys."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, cast

import apsw

from qika.operations.ports import Attempt, Change, ClockRow, Pending
from qika.storage.chain import micros
from qika.storage.rows import EVENT_COLUMNS, RECORDS, text_of
from qika.storage.sqlite.batches import Batch, batches_of_one
from qika.storage.sqlite.connection import Connection

Row: TypeAlias = tuple[str | int | bytes | None, ...]


_RECORDS = ", ".join(f"m_{name}" for name in RECORDS)
_RECORDS_READ = ", ".join(f"value ->> '$[2][{n}]'" for n in range(len(RECORDS)))
_FACTS_READ = ", ".join(f"value ->> '$[8][{n}]'" for n in range(1, len(EVENT_COLUMNS)))
_MOVE = (
    f"with moved (m_key, m_expected, {_RECORDS}, m_version, m_chain, m_came, m_social, m_financial)"  # noqa: S608
    " as materialized (select unhex(value ->> 0), value ->> 1,"
    f" {_RECORDS_READ}, value ->> 3,"
    " unhex(value ->> 4), value ->> 5, value ->> 6, value ->> 7 from jsonb_each(?))"
    f" update card set {', '.join(f'{name} = m_{name}' for name in RECORDS)},"
    " version = m_version, chain = m_chain, collected_on = coalesce(m_came, collected_on),"
    " social_activated = max(social_activated, m_social),"
    " financial_activated = max(financial_activated, m_financial)"
    " from moved where card_key = m_key and version = m_expected"
    " and m_social not between 1 and social_activated"
    " and m_financial not between 1 and financial_activated"
)
"""Guarded twice: by the version, and by the highest cycle in which an application was activated."""
_EVENT = (
    f"insert into event ({', '.join(EVENT_COLUMNS)},"  # noqa: S608
    " request_key, body_hash, answer, told_to, chain)"
    f" select unhex(value ->> 0), {_FACTS_READ},"
    " value ->> 9, unhex(value ->> 10), cast(value ->> 11 as blob), value ->> 12,"
    " unhex(value ->> 4) from jsonb_each(?)"
)
_OUTBOX = (
    "insert into outbox (destination, next_at, card_key, seq, tries)"
    " select value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3, 0"
    " from jsonb_each(?)"
)
_LETTER = "insert into letter_use (card_key, letter_id, seq) values (?, ?, ?)"
_OF_OUTBOX = "outbox where destination = ? and next_at = ? and card_key = ? and seq = ?"
_ATTEMPT = (
    "insert into attempt (card_key, attempt_id, sender, request_key, body_hash, status, channel,"
    " point, received_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_CLOCK = (
    "insert into clock (card_key, clock, cycle, due_on) values (?, ?, ?, ?)"
    " on conflict (card_key, clock, cycle)"
    " do update set due_on = excluded.due_on where clock.due_on is not excluded.due_on"
)
_CLOCK_CLOSED = (
    "update clock set due_on = null"
    " where card_key = ? and clock = ? and cycle = ? and due_on is not null"
)

_GUARDS = frozenset({apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_UNIQUE})


class RacedError(Exception):
    """A card had another version than a change expects; ``commit_singly`` finds which one."""


def is_guard(error: Exception) -> bool:
    """Tell whether a version, a primary or a unique key refused a change: it came too late."""
    if isinstance(error, apsw.ConstraintError):
        return cast("int", getattr(error, "extendedresult", 0)) in _GUARDS
    return isinstance(error, RacedError)


def commit(connection: Connection, batch: Batch, attempts: Sequence[Attempt]) -> frozenset[int]:
    """Write a batch whole, as nearly every batch can be.

    Raises an error of which ``is_guard`` is true if anything in it comes too late.
    """
    if batch.size:
        _write(connection, batch)
    _write_attempts(connection, attempts)
    return frozenset()


def commit_singly(
    connection: Connection, changes: Sequence[Change], attempts: Sequence[Attempt]
) -> frozenset[int]:
    """Write the same change by change; gives the positions that came too late.

    The later changes of such a card are lost with it, even one that expects the version which
    the card happens to have: it was decided on another past.
    """
    lost: set[int] = set()
    late: set[bytes] = set()
    for position, (change, batch) in enumerate(zip(changes, batches_of_one(changes), strict=True)):
        if change.card.key in late:
            lost.add(position)
            continue
        connection.execute("savepoint change")
        try:
            _write(connection, batch)
        except (RacedError, apsw.ConstraintError) as error:
            if not is_guard(error):
                raise
            connection.execute("rollback to change")
            lost.add(position)
            late.add(change.card.key)
        connection.execute("release change")
    _write_attempts(connection, attempts)
    return frozenset(lost)


def _write(connection: Connection, batch: Batch) -> None:
    before = connection.total_changes()
    for wave in batch.waves:
        connection.execute(_MOVE, (wave,))
    if connection.total_changes() - before != batch.size:
        raise RacedError
    for wave in batch.waves:
        connection.execute(_EVENT, (wave,))
    if batch.outbox:
        connection.execute(_OUTBOX, (batch.outbox,))
    if batch.letters:
        connection.executemany(_LETTER, batch.letters)
    if batch.clocks:
        _write_clocks(connection, batch.clocks)


def _write_clocks(
    connection: Connection, rows: Sequence[tuple[bytes, str, int, str | None]]
) -> None:
    """Set clocks; one that is closed is closed only if it is there."""
    connection.executemany(_CLOCK, [row for row in rows if row[3] is not None])
    connection.executemany(_CLOCK_CLOSED, [row[:3] for row in rows if row[3] is None])


def put_clocks(connection: Connection, rows: Sequence[tuple[bytes, ClockRow]]) -> None:
    """Set clocks of cards; one without a day is closed."""
    connection.executemany(
        _CLOCK, [(key, row.clock, row.cycle, text_of(row.due_on)) for key, row in rows]
    )


def _write_attempts(connection: Connection, attempts: Sequence[Attempt]) -> None:
    if not attempts:
        return
    rows: list[Row] = []
    for attempt in attempts:
        identity, at = attempt.identity, micros(attempt.received_at)
        rows.append(
            (
                identity.card_key,
                at.to_bytes(8, "big", signed=True) + os.urandom(8),
                identity.sender,
                identity.request_key,
                identity.body_hash,
                attempt.status,
                attempt.channel,
                attempt.point,
                at,
            )
        )
    connection.executemany(_ATTEMPT, rows)


def delete_attempts(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the oldest attempts, at most ``limit`` at once; gives how many."""
    connection.execute(
        "delete from attempt where (card_key, attempt_id) in (select card_key, attempt_id"
        " from attempt where received_at < ? order by received_at limit ?)",
        (micros(before), limit),
    )
    return connection.changes()


def acknowledge(connection: Connection, rows: Sequence[Pending], at: datetime) -> None:
    """Take rows off the outbox and keep when they were told; a second time changes nothing."""
    places = [_place(row) for row in rows]
    connection.executemany(
        "insert into told (card_key, seq, destination, acknowledged_at)"  # noqa: S608
        f" select card_key, seq, destination, ? from {_OF_OUTBOX}",
        [(micros(at), *place) for place in places],
    )
    connection.executemany(f"delete from {_OF_OUTBOX}", places)  # noqa: S608


def postpone(connection: Connection, rows: Sequence[Pending], until: datetime) -> None:
    """Count a failed try of outbox rows that are not acknowledged yet."""
    connection.executemany(
        "update outbox set tries = tries + 1, next_at = ?"
        " where destination = ? and next_at = ? and card_key = ? and seq = ?",
        [(micros(until), *_place(row)) for row in rows],
    )


def _place(row: Pending) -> tuple[str, int, bytes, int]:
    return (row.destination, micros(row.next_at), row.card_key, row.sequence)
