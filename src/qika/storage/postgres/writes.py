"""Writing a batch of changes: one statement, guarded by versions, cycles and letters."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias

from qika.cards.card import Card
from qika.operations.ports import Attempt, Change, ClockRow
from qika.storage.postgres.lines import Connection
from qika.storage.postgres.placement import Groups, grouped
from qika.storage.postgres.statements import (
    CHANGE,
    CLOSE_CLOCKS,
    COMMIT,
    EVENTS,
    LETTERS_USED,
    MOVE,
    MOVE_CARDS,
    OUTBOX,
    PUT_CLOCKS,
    REFUSE,
    WAIT_FOR_REPLICAS,
    for_shards,
)
from qika.storage.rows import Written, attempt_row, spell, text_of

Value: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Value, ...]


_key = attrgetter("key")
_key_of_row = itemgetter(0)


class Move(NamedTuple):
    """One change on its way: its card, where it stood in the batch, and its columns."""

    key: bytes
    position: int
    row: Row


@dataclass(slots=True)
class Part:
    """What of a batch belongs to one group of cards; written in one transaction."""

    moves: list[Move] = field(default_factory=list[Move])
    attempts: list[Row] = field(default_factory=list[Row])


def spelled(changes: Sequence[Change]) -> list[Move]:
    """Spell changes out for the columns of ``CHANGE``."""
    pairs = zip(changes, spell(changes), strict=True)
    return [Move(one.key, place, _row(change, one)) for place, (change, one) in enumerate(pairs)]


def _row(change: Change, one: Written) -> Row:
    return (
        one.key,
        one.expected,
        *one.records,
        one.chain,
        one.came,
        one.social,
        one.financial,
        *one.facts[2:],
        one.request_key,
        one.body_hash,
        one.answer,
        one.told_to,
        change.letter_id,
        _clocks(change.clocks) if change.clocks else None,
    )


def _clocks(rows: Sequence[ClockRow]) -> str:
    last = {(row.clock, row.cycle): text_of(row.due_on) or "" for row in rows}
    return ";".join(f"{clock} {cycle} {due_on}" for (clock, cycle), due_on in last.items())


def parts_of(
    changes: Sequence[Change], attempts: Sequence[Attempt], groups: Groups
) -> dict[int, Part]:
    """Part a batch by groups of cards."""
    parts: dict[int, Part] = {}
    for group, moves in grouped(spelled(changes), _key, groups).items():
        parts.setdefault(group, Part()).moves = moves
    rows = [attempt_row(attempt) for attempt in attempts]
    for group, some in grouped(rows, _key_of_row, groups).items():
        parts.setdefault(group, Part()).attempts = some
    return parts


def columns(rows: Iterable[Sequence[object]]) -> list[Sequence[object]]:
    """Turn rows, at least one, into one array for each column."""
    return list(zip(*rows, strict=True))


def waves(moves: Sequence[Move]) -> list[list[Move]]:
    """Part moves so that each card stands once in a wave, its changes in their order.

    Within a wave by key: whoever locks cards, locks them in this order.
    """
    parted: list[list[Move]] = [[]]
    last, number = None, 0
    for move in sorted(moves):
        number = number + 1 if move.key == last else 0
        if number == len(parted):
            parted.append([])
        parted[number].append(move)
        last = move.key
    return parted if moves else []


Write: TypeAlias = Callable[[Connection, Sequence[Move]], Awaitable[list[Move]]]
"""Writes changes of different cards; gives those that came too late."""


async def commit(connection: Connection, part: Part, write: Write) -> frozenset[int]:
    """Write a part of a batch in one transaction; gives the positions that came too late.

    The later changes of such a card are lost with it, even one that expects the version which
    the card happens to have: it was decided on another past. Done again after its answer was
    lost, it finds every change too late, and every attempt there.
    """
    parted = waves(part.moves)
    if not parted:
        await _refuse(connection, part.attempts)
        return frozenset()
    if len(parted) == 1 and not part.attempts and write is at_once:
        return frozenset(move.position for move in await write(connection, parted[0]))
    lost: list[Move] = []
    async with connection.transaction():
        for wave in parted:
            late = {move.key for move in lost}
            lost += [move for move in wave if move.key in late]
            timely = [move for move in wave if move.key not in late]
            lost += await write(connection, timely) if timely else ()
        await _refuse(connection, part.attempts)
    return frozenset(move.position for move in lost)


async def at_once(connection: Connection, wave: Sequence[Move]) -> list[Move]:
    """Write changes of different cards by one statement, which is a transaction of its own."""
    row = await connection.fetchrow(COMMIT, *columns(move.row for move in wave))
    if row is None or row[0] is None:
        return []
    moved = set(row[0])
    return [move for move in wave if move.key not in moved]


async def step_by_step(connection: Connection, wave: Sequence[Move]) -> list[Move]:
    """Write changes of different cards table by table, in an open transaction.

    What goes with the cards is copied: a copy is neither planned nor spelled out on the way to
    its shard.
    """
    rows = columns(_as_move(move.row) for move in wave)
    moved = {row[0] for row in await connection.fetch(for_shards(MOVE_CARDS), *rows)}
    done = [move.row for move in wave if move.key in moved]
    events, letters, told = _added(done)
    if events:
        await connection.copy_records_to_table("event", records=events, columns=EVENTS)
    if letters:
        await connection.copy_records_to_table("letter_use", records=letters, columns=LETTERS_USED)
    if told:
        await connection.copy_records_to_table("outbox", records=told, columns=OUTBOX)
    for sql, values in _clocks_set(done):
        if values:
            await connection.execute(for_shards(sql), *columns(values))
    return [move for move in wave if move.key not in moved]


_NAMES = [name for name, _ in CHANGE]
_as_move = itemgetter(*(_NAMES.index(name) for name, _ in MOVE))
_as_event = itemgetter(*(_NAMES.index(name) for name in EVENTS[2:]))
_TOLD_TO, _RECEIVED_AT = _NAMES.index("told_to"), _NAMES.index("received_at")


def _added(rows: Sequence[Row]) -> tuple[list[Row], list[Row], list[Row]]:
    """Spell what is added with the changes of cards: events, letters used, what is to be told."""
    events: list[Row] = []
    letters: list[Row] = []
    told: list[Row] = []
    for row in rows:
        key, seq, letter_id = row[0], int(row[1] or 0) + 1, row[-2]
        events.append((key, seq, *_as_event(row)))
        if letter_id is not None:
            letters.append((key, letter_id, seq))
        told += [(key, seq, to, row[_RECEIVED_AT], 0) for to in str(row[_TOLD_TO] or "").split()]
    return events, letters, told


def _clocks_set(rows: Sequence[Row]) -> Iterable[tuple[str, list[Row]]]:
    """Spell which clocks are opened and closed with the changes of cards."""
    opened: list[Row] = []
    closed: list[Row] = []
    for row in rows:
        for clock in str(row[-1]).split(";") if row[-1] else ():
            name, cycle, due_on = clock.split(" ")
            if due_on:
                opened.append((row[0], name, int(cycle), due_on))
            else:
                closed.append((row[0], name, int(cycle)))
    return (PUT_CLOCKS, opened), (CLOSE_CLOCKS, closed)


async def _refuse(connection: Connection, attempts: Sequence[Row]) -> None:
    if attempts:
        await connection.execute(REFUSE, *columns(attempts))


async def put_clocks(
    connection: Connection, rows: Sequence[tuple[bytes, ClockRow]], sql: str
) -> None:
    """Set clocks of cards; one without a day is closed."""
    last = {(key, row.clock, row.cycle): text_of(row.due_on) for key, row in rows}
    arrays = columns((*place, last[place]) for place in sorted(last))
    await connection.execute(sql, *arrays)


async def close_clocks(
    connection: Connection, rows: Sequence[tuple[Card, ClockRow]], sql: str
) -> None:
    """Close clocks of cards that are as they were read."""
    places = sorted((card.key, row.clock, row.cycle, card.version) for card, row in rows)
    await connection.execute(sql, *columns(places))


async def delete_attempts(
    connection: Connection, rows: Sequence[tuple[bytes, bytes]], sql: str
) -> int:
    """Delete attempts by card and id; gives how many were there."""
    tag = await connection.execute(sql, *columns(sorted(rows)))
    return int(tag.split()[-1])


async def wait_for_replicas(connection: Connection, _: None) -> None:
    """Wait until synchronous replicas have everything that can be seen here."""
    await connection.fetch(WAIT_FOR_REPLICAS)
