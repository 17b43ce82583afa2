"""Reading cards: what a batch needs, what fell due, one card's file, the walk of the audit."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import cast

import apsw

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
from qika.storage.chain import Facts, moment
from qika.storage.rows import (
    CARD_COLUMNS,
    EVENT_COLUMNS,
    CardRow,
    card_of,
    clock_of,
    event_of,
    text_of,
)
from qika.storage.sqlite.connection import Connection

_CARD = ", ".join(f"card.{column}" for column in CARD_COLUMNS)
_EVENT = ", ".join(f"event.{column}" for column in EVENT_COLUMNS)
_CARDS_OF_KEYS = f"select {_CARD} from carray(?) as k cross join card on card.card_key = k.value"  # noqa: S608
_CARD_OF_KEY = f"select {_CARD} from card where card_key = ?"  # noqa: S608
_ANSWER = (
    "select body_hash, answer from event where card_key = ? and sender = ? and request_key = ?"
)
_LETTER = "select 1 from letter_use where card_key = ? and letter_id = ?"


def keys_array(keys: Iterable[bytes]) -> object:
    """Bind many keys, at least one, as one parameter."""
    return cast("Callable[..., object]", apsw.carray)(tuple(keys), flags=apsw.SQLITE_CARRAY_BLOB)


def cards_of(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Card]:
    """Read cards by key; unknown ones are left out."""
    if len(keys) == 1:
        rows = connection.execute(_CARD_OF_KEY, keys)
    else:
        rows = connection.execute(_CARDS_OF_KEYS, (keys_array(keys),))
    return {row[0]: card_of(row) for row in cast("Iterable[CardRow]", rows)}


def load(connection: Connection, asks: Sequence[Ask]) -> Loaded:
    """Read what a batch needs. A card without events has no answers and used no letter."""
    if not asks:
        return Loaded()
    cards = cards_of(connection, sorted({ask.identity.card_key for ask in asks}))
    changed = [ask for ask in asks if _version(cards, ask)]
    answers: dict[tuple[bytes, str, str], StoredAnswer] = {}
    letters: set[tuple[bytes, str]] = set()
    for ask in changed:
        place = (ask.identity.card_key, ask.identity.sender, ask.identity.request_key)
        for row in connection.execute(_ANSWER, place):
            body_hash, answer = cast("tuple[bytes, bytes]", row)
            answers[place] = StoredAnswer(body_hash, answer)
        if ask.letter_id is not None:
            letter = (ask.identity.card_key, ask.letter_id)
            letters.update(letter for _ in connection.execute(_LETTER, letter))
    return Loaded(cards, answers, frozenset(letters))


def _version(cards: dict[bytes, Card], ask: Ask) -> int:
    card = cards.get(ask.identity.card_key)
    return card.version if card else 0


_DUE = (
    "select due_on, card_key, clock, cycle from clock"
    " where due_on < ? and (due_on, card_key) > (?, ?) order by due_on, card_key limit ?"
)
_DUE_OF_CARD = (
    "select due_on, card_key, clock, cycle from clock where due_on = ? and card_key = ?"
    " order by clock, cycle"
)


def due(
    connection: Connection, on: date, after: tuple[date, bytes] | None, limit: int
) -> list[DueCard]:
    """Read a page of due clocks; all clocks of the last card and day are on one page."""
    day, key = (text_of(after[0]), after[1]) if after else ("", b"")
    found = connection.execute(_DUE, (text_of(on), day, key, limit))
    rows = cast("list[tuple[str, bytes, str, int]]", list(found))
    if len(rows) == limit:
        last = rows[-1][:2]
        rest = connection.execute(_DUE_OF_CARD, last)
        kept = [row for row in rows if row[:2] != last]
        rows = kept + cast("list[tuple[str, bytes, str, int]]", list(rest))
    cards = cards_of(connection, list({row[1] for row in rows})) if rows else {}
    return [
        DueCard(cards[key], clock_of((clock, cycle, due_on))) for due_on, key, clock, cycle in rows
    ]


def history(connection: Connection, key: bytes) -> tuple[Event, ...]:
    """Read all events of a card in order."""
    sql = f"select {_EVENT} from event where card_key = ? order by seq"  # noqa: S608
    return tuple(event_of(row) for row in cast("Iterable[Facts]", connection.execute(sql, (key,))))


def card_file(connection: Connection, key: bytes) -> CardFile | None:
    """Read everything about one card but its holder."""
    card = cards_of(connection, [key]).get(key)
    if card is None:
        return None
    told = connection.execute(
        "select event.seq, told.acknowledged_at from event left join told"
        " on told.card_key = event.card_key and told.seq = event.seq and told.destination = ?1"
        " where event.card_key = ?2 and instr(' ' || event.told_to || ' ', ' ' || ?1 || ' ')"
        " order by event.seq",
        (MEDICAL_INSURANCE, key),
    )
    acknowledged: dict[int, datetime | None] = {
        seq: None if at is None else moment(at)
        for seq, at in cast("Iterable[tuple[int, int | None]]", told)
    }
    return CardFile(card, history(connection, key), acknowledged)


def page_of_histories(
    connection: Connection, after: bytes, limit: int
) -> list[tuple[Card, tuple[Event, ...]]]:
    """Read the next cards in order of their keys, each with its history."""
    sql = f"select {_CARD} from card where card_key > ? order by card_key limit ?"  # noqa: S608
    found = cast("Iterable[CardRow]", connection.execute(sql, (after, limit)))
    cards = [card_of(row) for row in found]
    return [(card, history(connection, card.key)) for card in cards]


def sealed_holder(connection: Connection, key: bytes) -> bytes | None:
    """Read the encrypted holder of a card."""
    row = connection.execute("select sealed from holder where card_key = ?", (key,)).fetchone()
    return cast("bytes", row[0]) if row else None


def keys_of_alias(connection: Connection, kind: str, hashes: Sequence[bytes]) -> list[bytes]:
    """Find cards by a blind index under any of its versions."""
    sql = "select card_key from alias where kind = ? and hash = ?"
    found = [row[0] for hashed in hashes for row in connection.execute(sql, (kind, hashed))]
    return sorted(set(cast("list[bytes]", found)))
