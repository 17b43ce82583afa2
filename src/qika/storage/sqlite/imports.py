"""Writing cards from a file; ``importing`` says what a file may overwrite."""

from collections.abc import Iterable, Sequence
from typing import cast

from qika.operations.ports import NewCard
from qika.storage.holder import open_holder
from qika.storage.importing import ImportedRows, KnownCard
from qika.storage.rows import CARD_COLUMNS, CardRow, card_of
from qika.storage.sqlite.cards import keys_array
from qika.storage.sqlite.connection import Connection
from qika.storage.vault import Vault

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
    "insert into holder (card_key, sealed) values (?, ?)"
    " on conflict (card_key) do update set sealed = excluded.sealed"
)
_CLOCK = (
    "insert into clock (card_key, clock, cycle, due_on) values (?, ?, ?, ?)"
    " on conflict (card_key, clock, cycle)"
    " do update set due_on = excluded.due_on"
)
_OPEN_CLOCK = (
    "update clock set due_on = ?"
    " where card_key = ? and clock = ? and cycle = ? and due_on is not null"
)
_ALIAS = "insert into alias (kind, hash, card_key) values (?, ?, ?) on conflict do nothing"
_NO_ALIAS = "delete from alias where kind = ? and hash = ? and card_key = ?"


def add_cards(connection: Connection, vault: Vault, cards: Sequence[NewCard]) -> list[str]:
    """Add or update cards in the transaction that is open."""
    known = _read(connection, vault, list({new.card.key for new in cards}))
    rows = ImportedRows(vault, known)
    words = [rows.take(new) for new in cards]
    _write(connection, rows)
    return words


def _write(connection: Connection, rows: ImportedRows) -> None:
    for sql, values in (
        (_CARD, list(rows.cards.values())),
        (_HOLDER, list(rows.holders.items())),
        (_CLOCK, rows.first_clocks()),
        (_CLOCK, [(*place, due_on) for place, due_on in rows.clocks.items()]),
        (_OPEN_CLOCK, [(due_on, *place) for place, due_on in rows.open_clocks.items()]),
        (_NO_ALIAS, rows.stale_aliases()),
        (_ALIAS, rows.fresh_aliases()),
    ):
        if values:
            connection.executemany(sql, values)


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
