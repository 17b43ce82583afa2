"""Reading cards: what a batch needs, what fell due, one card's file, the walk of the audit."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import cast

from qika.cards.card import Card
from qika.cards.events import Event
from qika.operations.ports import (
    MEDICAL_INSURANCE,
    Ask,
    CardFile,
    DueCard,
    Loaded,
    StoredAnswer,
)
from qika.storage.chain import Facts, micros, moment
from qika.storage.postgres import statements
from qika.storage.postgres.lines import Connection
from qika.storage.postgres.writes import columns
from qika.storage.rows import CardRow, card_of, clock_of, event_of, text_of


async def cards_of(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Card]:
    """Read cards by key; unknown ones are left out."""
    rows = await connection.fetch(statements.CARDS_OF_KEYS, keys)
    return {row[0]: card_of(cast("CardRow", row)) for row in rows}


async def load(
    connection: Connection, asks: Sequence[Ask], *, spell: Callable[[str], str]
) -> Loaded:
    """Read what a batch needs. A card without events has no answers and used no letter.

    The cards first: an answer written since then is found, and a change decided without it
    would expect a version that is gone.
    """
    cards = await cards_of(connection, sorted({ask.identity.card_key for ask in asks}))
    changed = [ask for ask in asks if _version(cards, ask)]
    if not changed:
        return Loaded(cards)
    letters = [ask for ask in changed if ask.letter_id is not None]
    return Loaded(
        cards,
        await _answers(connection, changed, spell(statements.ANSWERS)),
        await _letters(connection, letters, spell(statements.LETTERS)) if letters else frozenset(),
    )


def _version(cards: Mapping[bytes, Card], ask: Ask) -> int:
    card = cards.get(ask.identity.card_key)
    return card.version if card else 0


async def _answers(
    connection: Connection, asks: Sequence[Ask], sql: str
) -> dict[tuple[bytes, str, str], StoredAnswer]:
    places = {(one.card_key, one.sender, one.request_key) for one in (a.identity for a in asks)}
    rows = await connection.fetch(sql, *columns(sorted(places)))
    return {
        (key, sender, request_key): StoredAnswer(body_hash, answer)
        for key, sender, request_key, body_hash, answer in rows
    }


async def _letters(
    connection: Connection, asks: Sequence[Ask], sql: str
) -> frozenset[tuple[bytes, str]]:
    places = {(ask.identity.card_key, ask.letter_id or "") for ask in asks}
    rows = await connection.fetch(sql, *columns(sorted(places)))
    return frozenset((key, letter_id) for key, letter_id in rows)


def joined(loads: Sequence[Loaded]) -> Loaded:
    """Join what was read for the groups of a batch."""
    if len(loads) == 1:
        return loads[0]
    return Loaded(
        {key: card for one in loads for key, card in one.cards.items()},
        {place: answer for one in loads for place, answer in one.answers.items()},
        frozenset(letter for one in loads for letter in one.letters_used),
    )


async def due_clocks(
    connection: Connection, on: date, after: tuple[date, bytes] | None, limit: int
) -> list[tuple[str, bytes, str, int]]:
    """Read a page of due clocks; all clocks of the last card and day are on one page."""
    day, key = (text_of(after[0]), after[1]) if after else ("", b"")
    found = await connection.fetch(statements.DUE, text_of(on), day, key, limit)
    rows = [cast("tuple[str, bytes, str, int]", tuple(row)) for row in found]
    if len(rows) < limit or not rows:
        return rows
    last = rows[-1][:2]
    rest = await connection.fetch(statements.DUE_OF_CARD, *last)
    kept = [row for row in rows if row[:2] != last]
    return kept + [cast("tuple[str, bytes, str, int]", tuple(row)) for row in rest]


def due_cards(
    rows: Sequence[tuple[str, bytes, str, int]], cards: Mapping[bytes, Card]
) -> list[DueCard]:
    """Put due clocks and their cards together."""
    return [
        DueCard(cards[key], clock_of((clock, cycle, due_on))) for due_on, key, clock, cycle in rows
    ]


async def histories_of(
    connection: Connection, keys: Sequence[bytes]
) -> dict[bytes, tuple[Event, ...]]:
    """Read all events of cards in order."""
    histories: dict[bytes, list[Event]] = {}
    for row in await connection.fetch(statements.HISTORIES, keys):
        histories.setdefault(row[0], []).append(event_of(cast("Facts", row)))
    return {key: tuple(events) for key, events in histories.items()}


async def page(connection: Connection, after: bytes, limit: int) -> list[Card]:
    """Read the next cards in order of their keys."""
    rows = await connection.fetch(statements.PAGE, after, limit)
    return [card_of(cast("CardRow", row)) for row in rows]


async def card_file(connection: Connection, key: bytes) -> CardFile | None:
    """Read everything about one card but its holder.

    Events recorded since the card was read are left out, so that the file is one state.
    """
    card = (await cards_of(connection, [key])).get(key)
    if card is None:
        return None
    history = (await histories_of(connection, [key])).get(key, ())[: card.version]
    told: dict[int, datetime | None] = {
        seq: None if at is None else moment(at)
        for seq, at in await connection.fetch(statements.TOLD, key, MEDICAL_INSURANCE)
        if seq <= card.version
    }
    return CardFile(card, history, told)


async def sealed_holder(connection: Connection, key: bytes) -> bytes | None:
    """Read the encrypted holder of a card."""
    row = await connection.fetchrow(statements.HOLDER, key)
    return row[0] if row else None


async def keys_of_alias(connection: Connection, kind: str, hashes: Sequence[bytes]) -> list[bytes]:
    """Find cards by a blind index under any of its versions."""
    rows = await connection.fetch(statements.ALIASES, kind, hashes)
    return sorted({row[0] for row in rows})


async def old_attempts(
    connection: Connection, before: datetime, limit: int
) -> list[tuple[bytes, bytes]]:
    """Read which attempts were received before a moment, the oldest first."""
    rows = await connection.fetch(statements.OLD_ATTEMPTS, micros(before), limit)
    return [(key, attempt_id) for key, attempt_id in rows]


async def holders_after(connection: Connection, after: bytes, limit: int) -> list[bytes]:
    """Read the next keys of holders in order."""
    return [row[0] for row in await connection.fetch(statements.HOLDERS_AFTER, after, limit)]
