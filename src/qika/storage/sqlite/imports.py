"""Writing cards from a file; ``importing`` says what a file may overwrite."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias, cast

from qika.cards.card import Card
from qika.operations.ports import NewCard
from qika.storage.holder import aliases_of, all_aliases_of, open_holder, seal_holder
from qika.storage.importing import ADDED, UNCHANGED, UPDATED, KnownCard, merged, moved_clocks
from qika.storage.rows import CARD_COLUMNS, CardRow, card_of, card_row, text_of
from qika.storage.sqlite.cards import keys_array
from qika.storage.sqlite.connection import Connection
from qika.storage.vault import Vault

Row: TypeAlias = tuple[str | int | bytes | None, ...]

_COLUMNS = (*CARD_COLUMNS, "generation")
_READ = (
    f"select {', '.join(f'card.{column}' for column in _COLUMNS)}, holder.sealed"  # noqa: S608
    " from carray(?) as k cross join card on card.card_key = k.value"
    " join holder on holder.card_key = card.card_key"
)
_CARD = (
    f"insert into card ({', '.join(_COLUMNS)}) values ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
    " on conflict (card_key) do update set "
    + ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[1:])
)
_HOLDER = (
    "insert into holder values (?, ?) on conflict (card_key) do update set sealed = excluded.sealed"
)
_CLOCK = (
    "insert into clock values (?, ?, ?, ?) on conflict (card_key, clock, cycle)"
    " do update set due_on = excluded.due_on"
)
_OPEN_CLOCK = (
    "update clock set due_on = ?"
    " where card_key = ? and clock = ? and cycle = ? and due_on is not null"
)
_ALIAS = "insert into alias values (?, ?, ?) on conflict do nothing"
_NO_ALIAS = "delete from alias where kind = ? and hash = ? and card_key = ?"


class _Rows:
    """The rows one import writes, by statement."""

    def __init__(self) -> None:
        self.cards: dict[bytes, Row] = {}
        self.holders: dict[bytes, Row] = {}
        self.clocks: list[Row] = []
        self.open_clocks: list[Row] = []
        self.aliases: dict[tuple[str, bytes, bytes], bool] = {}
        """Whether each alias is to be there; a card may stand in a file twice."""

    def write(self, connection: Connection) -> None:
        for sql, rows in (
            (_CARD, list(self.cards.values())),
            (_HOLDER, list(self.holders.values())),
            (_CLOCK, self.clocks),
            (_OPEN_CLOCK, self.open_clocks),
            (_NO_ALIAS, [alias for alias, there in self.aliases.items() if not there]),
            (_ALIAS, [alias for alias, there in self.aliases.items() if there]),
        ):
            if rows:
                connection.executemany(sql, rows)


def add_cards(connection: Connection, vault: Vault, cards: Sequence[NewCard]) -> list[str]:
    """Add or update cards in the transaction that is open."""
    known = _read(connection, vault, list({new.card.key for new in cards}))
    rows = _Rows()
    words: list[str] = []
    for new in cards:
        before = known.get(new.card.key)
        after = merged(new, before)
        words.append(ADDED if before is None else UNCHANGED if after == before else UPDATED)
        if after != before:
            _put(rows, vault, new, before, after)
            known[new.card.key] = after
    rows.write(connection)
    return words


def _put(
    rows: _Rows, vault: Vault, new: NewCard, before: KnownCard | None, after: KnownCard
) -> None:
    key = new.card.key
    if before is None or (before.card, before.generation) != (after.card, after.generation):
        rows.cards[key] = (*card_row(after.card), after.generation)
    if before is None or before.holder != after.holder:
        rows.holders[key] = (key, seal_holder(vault, key, after.holder))
        if before is not None:
            old = all_aliases_of(vault, before.holder)
            rows.aliases |= {(kind, hashed, key): False for kind, hashed in old}
        fresh = aliases_of(vault, after.holder)
        rows.aliases |= {(kind, hashed, key): True for kind, hashed in fresh}
    _put_clocks(rows, new, after.card)


def _put_clocks(rows: _Rows, new: NewCard, card: Card) -> None:
    for row in moved_clocks(new, card):
        due_on = text_of(row.due_on)
        if card.version:
            rows.open_clocks.append((due_on, card.key, row.clock, row.cycle))
        else:
            rows.clocks.append((card.key, row.clock, row.cycle, due_on))


def _read(connection: Connection, vault: Vault, keys: Sequence[bytes]) -> dict[bytes, KnownCard]:
    if not keys:
        return {}
    found = connection.execute(_READ, (keys_array(keys),))
    known: dict[bytes, KnownCard] = {}
    for row in cast("Iterable[tuple[object, ...]]", found):
        card = card_of(cast("CardRow", row[:-2]))
        generation, sealed = cast("tuple[str, bytes]", row[-2:])
        known[card.key] = KnownCard(card, generation, open_holder(vault, card.key, sealed))
    return known
