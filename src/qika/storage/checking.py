"""Checks a database: every card's states and chain, rows without a card, what waits too long."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias, cast

from qika.cards.card import ApplicationRecord
from qika.storage.chain import Facts, moment, verify_chain
from qika.storage.databases.copy_place import READ, place_of
from qika.storage.databases.face import COPY_TABLE, Database, Row
from qika.storage.placement import OF_CARDS, TABLES, Table
from qika.storage.rows import CARD_COLUMNS, EVENT_COLUMNS, CardRow, card_of, event_of
from qika.terms.names import State

PAGE = 1_000
"""Cards that are read at once with their histories."""

SPREAD = 100
"""Cards of a sample that follow each other; the samples are spread evenly over the keys."""

EXAMPLES_MAX = 5

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many cards were looked at, and how many there are to look at."""


class Finding(StrEnum):
    """What can be wrong with the rows of a database."""

    UNREADABLE = "unreadable"
    """A card or an event holds a word, a day or a number that this program does not know."""
    CONTRADICTION = "contradiction"
    """The states of a card contradict each other."""
    BROKEN_CHAIN = "broken_chain"
    """A history is not whole, was changed, or does not end where the card says."""
    NO_CARD = "no_card"
    """Rows of a card that is not there."""
    NO_HOLDER = "no_holder"
    """Cards whose holder is not kept."""
    NO_EVENT = "no_event"
    """Rows that wait to be told, or were told, of an event that is not there."""
    UNFINISHED_COPY = "unfinished_copy"
    """A copy into this database was not finished."""
    WAITS_LONG = "waits_long"
    """A row of the outbox has waited longer than it may."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong: how often, in which table, and a few card keys as examples."""

    finding: Finding
    count: int
    table: str = ""
    examples: tuple[str, ...] = ()


@dataclass(slots=True)
class Walk:
    """What a walk over the cards saw."""

    cards: int = 0
    events: int = 0
    wrong: Counter[Finding] = field(default_factory=Counter[Finding])
    """How many cards each finding is true of."""
    examples: dict[Finding, list[bytes]] = field(default_factory=dict[Finding, list[bytes]])
    """The first few of them."""

    @property
    def broken(self) -> int:
        """Cards that cannot be read or whose chain does not hold."""
        return self.wrong[Finding.UNREADABLE] + self.wrong[Finding.BROKEN_CHAIN]

    def note(self, finding: Finding, key: bytes) -> None:
        """Count a card that is wrong."""
        self.wrong[finding] += 1
        kept = self.examples.setdefault(finding, [])
        if len(kept) < EXAMPLES_MAX:
            kept.append(key)

    def found(self) -> list[Found]:
        """Sum up what was wrong."""
        return [
            Found(finding, count, "card", tuple(key.hex() for key in self.examples[finding]))
            for finding, count in self.wrong.items()
        ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in the outbox for one destination."""

    destination: str
    rows: int
    oldest: datetime | None
    """When the oldest event that waits was received."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a check saw."""

    address: str
    engine: str
    migration: int
    rows: dict[str, int]
    """Rows of each table."""
    cards: int
    """Cards that were looked at, with so many events."""
    events: int
    whole: bool
    """All cards were looked at, and rows without a card were looked for."""
    waiting: list[Waiting]
    found: list[Found]


async def check(database: Database, *, sample: int, late: datetime, on_progress: Progress) -> Check:
    """Check a database that has the newest tables; ``sample`` looks at so many cards only.

    What waits in the outbox since before ``late`` is found wrong.
    """
    rows = {table.name: await counted(database, table) for table in TABLES}
    whole = not 0 < sample < rows["card"]
    seen = await walk(database, sample=0 if whole else sample, on_progress=on_progress)
    waits = await waiting(database)
    long = [one for one in waits if one.oldest is not None and one.oldest < late]
    found = [
        *seen.found(),
        *(await loose_rows(database) if whole else ()),
        *(Found(Finding.WAITS_LONG, one.rows, "outbox", (one.destination,)) for one in long),
        *await unfinished_copy(database),
    ]
    number = (await database.schema()).number
    return Check(
        database.address, database.engine, number, rows,
        seen.cards, seen.events, whole, waits, found,
    )  # fmt: skip


async def counted(database: Database, table: Table) -> int:
    """Count the rows of a table."""
    rows = await database.fetch(f"select count(*) from {table.name}")  # noqa: S608  names of our own
    return cast("int", rows[0][0])


_ACTIVATED = ("social_activated", "financial_activated")
_CARDS = (
    f"select {', '.join((*CARD_COLUMNS, *_ACTIVATED))} from card"  # noqa: S608
    " where card_key > $1 order by card_key limit $2"
)
_EVENTS = (
    f"select {', '.join(EVENT_COLUMNS)} from event"  # noqa: S608
    " where card_key >= $1 and card_key <= $2 order by card_key, seq"
)
_WAITING = (
    "select outbox.destination, count(*), min(event.received_at) from outbox"
    " left join event on event.card_key = outbox.card_key and event.seq = outbox.seq"
    " group by outbox.destination order by outbox.destination"
)


async def walk(database: Database, *, sample: int = 0, on_progress: Progress) -> Walk:
    """Look at all cards and their histories, or at about ``sample`` of them."""
    total = cast("int", (await database.fetch("select count(*) from card"))[0][0])
    seen = Walk()
    wanted = min(sample, total) if sample else total
    spread = sample > 0 and wanted < total
    starts = _starts(wanted) if spread else iter((b"",))
    for after in starts:
        left = min(SPREAD, wanted - seen.cards) if spread else PAGE
        while rows := await database.fetch(_CARDS, after, left):
            await _look_at(database, rows, seen)
            on_progress(seen.cards, wanted)
            after = cast("bytes", rows[-1][0])  # noqa: PLW2901  the walk goes on after it
            if spread:
                break
    return seen


def _starts(wanted: int) -> Iterator[bytes]:
    """Give keys spread evenly: keys are keyed hashes, so they lie evenly too."""
    parts = -(-wanted // SPREAD)
    for part in range(parts):
        yield (part * 2**32 // parts).to_bytes(4)


async def _look_at(database: Database, rows: Sequence[Row], seen: Walk) -> None:
    first, last = rows[0][0], rows[-1][0]
    events = await database.fetch(_EVENTS, first, last)
    histories = {key: list(group) for key, group in groupby(events, itemgetter(0))}
    seen.cards += len(rows)
    seen.events += len(events)
    for row in rows:
        finding = _judged(row, histories.get(row[0], []))
        if finding is not None:
            seen.note(finding, cast("bytes", row[0]))


def _judged(row: Row, history: Sequence[Row]) -> Finding | None:
    try:
        card = card_of(cast("CardRow", row[: len(CARD_COLUMNS)]))
        events = [event_of(cast("Facts", one)) for one in history]
    except (KeyError, ValueError, TypeError, OverflowError):
        return Finding.UNREADABLE
    if not verify_chain(card, events):
        return Finding.BROKEN_CHAIN
    social_activated, financial_activated = cast("tuple[int, int]", row[len(CARD_COLUMNS) :])
    good = _agrees(card.social, social_activated) and _agrees(card.financial, financial_activated)
    return None if good else Finding.CONTRADICTION


_HELD = frozenset({State.TEMPORARY_LOSS, State.FORMAL_LOSS, State.LOCKED})
_LOST = frozenset({State.TEMPORARY_LOSS, State.FORMAL_LOSS})


def _agrees(record: ApplicationRecord, activated: int) -> bool:
    """Tell whether a held application knows where it returns to, and a lost one why.

    No cycle is activated before it has begun.
    """
    return (
        (record.before is not None) == (record.state in _HELD)
        and (record.loss_reason is not None) == (record.state in _LOST)
        and record.cycle >= 1
        and activated <= record.cycle
    )


_HOLDERLESS = (
    "select count(*) from card left join holder on holder.card_key = card.card_key"
    " where holder.card_key is null"
)
_ALIASES = (
    "select kind, hash, card_key from alias where (kind, hash, card_key) > ($1, $2, $3)"
    " order by kind, hash, card_key limit $4"
)
_EVENTLESS = {
    table: f"select count(*) from {table} left join event on event.card_key = {table}.card_key"  # noqa: S608
    f" and event.seq = {table}.seq where event.card_key is null"
    for table in ("outbox", "told", "given_up", "letter_use")
}


async def loose_rows(database: Database) -> list[Found]:
    """Find rows whose card, holder or event is not there; reads every key once."""
    found: list[Found] = []
    for name in (table.name for table in OF_CARDS if table.name != "card"):
        missing = await _number(
            database,
            f"select count(*) from {name} left join card on card.card_key = {name}.card_key"  # noqa: S608
            " where card.card_key is null",
        )
        found.append(Found(Finding.NO_CARD, missing, name))
    found.append(Found(Finding.NO_CARD, await _loose_aliases(database), "alias"))
    found.append(Found(Finding.NO_HOLDER, await _number(database, _HOLDERLESS), "card"))
    for name, statement in _EVENTLESS.items():
        found.append(Found(Finding.NO_EVENT, await _number(database, statement), name))
    return [one for one in found if one.count]


async def _loose_aliases(database: Database) -> int:
    """Count aliases of no card. They lie elsewhere than their cards, so no join finds them."""
    loose, after = 0, ("", b"", b"")
    while rows := await database.fetch(_ALIASES, *after, PAGE):
        keys = {row[2] for row in rows}
        marks = ", ".join(f"${number}" for number in range(1, len(keys) + 1))
        there = await database.fetch(
            f"select card_key from card where card_key in ({marks})",  # noqa: S608  only marks
            *keys,
        )
        missing = keys - {row[0] for row in there}
        loose += sum(row[2] in missing for row in rows)
        after = cast("tuple[str, bytes, bytes]", rows[-1])
    return loose


async def _number(database: Database, statement: str) -> int:
    return cast("int", (await database.fetch(statement))[0][0])


async def waiting(database: Database) -> list[Waiting]:
    """Tell what waits in the outbox, and since when."""
    rows = cast("Sequence[tuple[str, int, int | None]]", await database.fetch(_WAITING))
    return [Waiting(name, n, None if at is None else moment(at)) for name, n, at in rows]


async def unfinished_copy(database: Database) -> list[Found]:
    """Tell whether a copy into this database was begun and not finished."""
    if COPY_TABLE not in await database.tables():
        return []
    places = dict(place_of(row) for row in await database.fetch(READ))
    left = [name for name, place in places.items() if not place.finished]
    return [Found(Finding.UNFINISHED_COPY, len(left))] if left else []
