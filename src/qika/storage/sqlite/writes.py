"""Writing a batch of changes: one transaction, guarded by versions, cycles and primary keys."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeAlias, cast

import apsw

from qika.cards.card import Card
from qika.operations.ports import Attempt, Change, ClockRow
from qika.storage.chain import micros
from qika.storage.rows import EVENT_COLUMNS, RECORDS, Written, attempt_row, spell, text_of
from qika.storage.sqlite.connection import Connection

Row: TypeAlias = tuple[str | int | bytes | None, ...]


_MOVE = (
    f"update card set {', '.join(f'{column} = ?' for column in RECORDS)}, version = ?, chain = ?,"  # noqa: S608
    " collected_on = coalesce(?, collected_on), social_activated = max(social_activated, ?16),"
    " financial_activated = max(financial_activated, ?17) where card_key = ? and version = ?"
    " and ?16 not between 1 and social_activated and ?17 not between 1 and financial_activated"
)
"""Guarded twice: by the version, and by the highest cycle in which an application was activated."""
_EVENT_ROW = (*EVENT_COLUMNS, "request_key", "body_hash", "answer", "told_to", "chain")
_EVENT = f"insert into event ({', '.join(_EVENT_ROW)}) values ({', '.join('?' * len(_EVENT_ROW))})"  # noqa: S608
_OUTBOX = "insert into outbox (destination, next_at, card_key, seq, tries) values (?, ?, ?, ?, 0)"
_LETTER = "insert into letter_use (card_key, letter_id, seq) values (?, ?, ?)"
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

_CLOSED_IF_UNCHANGED = (
    f"{_CLOCK_CLOSED} and exists"  # noqa: S608
    " (select 1 from card where card.card_key = clock.card_key and version = ?)"
)

_GUARDS = frozenset({apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_UNIQUE})


class RacedError(Exception):
    """A card had another version than a change expects; ``commit_singly`` finds which one."""


def is_guard(error: Exception) -> bool:
    """Tell whether a version, a primary or a unique key refused a change: it came too late."""
    if isinstance(error, apsw.ConstraintError):
        return cast("int", getattr(error, "extendedresult", 0)) in _GUARDS
    return isinstance(error, RacedError)


def commit(
    connection: Connection, changes: Sequence[Change], attempts: Sequence[Attempt]
) -> frozenset[int]:
    """Write a batch whole, as nearly every batch can be.

    Raises an error of which ``is_guard`` is true if anything in it comes too late.
    """
    _write(connection, changes, spell(changes))
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
    for position, (change, written) in enumerate(zip(changes, spell(changes), strict=True)):
        if change.card.key in late:
            lost.add(position)
            continue
        connection.execute("savepoint change")
        try:
            _write(connection, [change], [written])
        except (RacedError, apsw.ConstraintError) as error:
            if not is_guard(error):
                raise
            connection.execute("rollback to change")
            lost.add(position)
            late.add(change.card.key)
        connection.execute("release change")
    _write_attempts(connection, attempts)
    return frozenset(lost)


def _write(connection: Connection, changes: Sequence[Change], spelled: Sequence[Written]) -> None:
    before = connection.total_changes()
    in_key_order = sorted(spelled, key=_key)  # stable: changes of one card keep their order
    connection.executemany(_MOVE, [written.move for written in in_key_order])
    if connection.total_changes() - before != len(spelled):
        raise RacedError
    connection.executemany(_EVENT, [written.event for written in in_key_order])
    _write_companions(connection, changes)


_key = attrgetter("key")


def _write_companions(connection: Connection, changes: Sequence[Change]) -> None:
    letters: list[Row] = []
    clocks: list[Row] = []
    closed: list[Row] = []
    outbox: list[tuple[str, int, bytes, int]] = []
    for change in changes:
        card = change.card
        key, version = card.key, card.version
        if change.letter_id is not None:
            letters.append((key, change.letter_id, version))
        for row in change.clocks:
            if row.due_on is None:
                closed.append((key, row.clock, row.cycle))
            else:
                clocks.append((key, row.clock, row.cycle, text_of(row.due_on)))
        at = micros(change.event.received_at)
        outbox += [(destination, at, key, version) for destination in change.destinations]
    outbox.sort()
    for sql, rows in (
        (_LETTER, letters),
        (_CLOCK, clocks),
        (_CLOCK_CLOSED, closed),
        (_OUTBOX, outbox),
    ):
        if rows:
            connection.executemany(sql, rows)


def put_clocks(connection: Connection, rows: Sequence[tuple[bytes, ClockRow]]) -> None:
    """Set clocks of cards; one without a day is closed."""
    connection.executemany(
        _CLOCK, [(key, row.clock, row.cycle, text_of(row.due_on)) for key, row in rows]
    )


def close_clocks(connection: Connection, rows: Sequence[tuple[Card, ClockRow]]) -> None:
    """Close clocks of cards that are as they were read."""
    connection.executemany(
        _CLOSED_IF_UNCHANGED,
        [(card.key, row.clock, row.cycle, card.version) for card, row in rows],
    )


def _write_attempts(connection: Connection, attempts: Sequence[Attempt]) -> None:
    if attempts:
        connection.executemany(_ATTEMPT, [attempt_row(attempt) for attempt in attempts])


def delete_attempts(connection: Connection, before: datetime, limit: int) -> int:
    """Delete the oldest attempts, at most ``limit`` at once; gives how many."""
    connection.execute(
        "delete from attempt where (card_key, attempt_id) in (select card_key, attempt_id"
        " from attempt where received_at < ? order by received_at limit ?)",
        (micros(before), limit),
    )
    return connection.changes()
