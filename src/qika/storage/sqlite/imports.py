"""Writing cards from a file: new ones whole, known ones only as far as a file may speak.

An import brings data, never life. A blank says nothing. As long as no event was recorded, the
file is the card's only source and its states are taken too; from the first event on, states and
cycles belong to the history, and only bank, days, generation, holder and the due day of clocks
that are still open follow the file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

import apsw

from qika.cards.card import Card
from qika.operations.ports import NewCard
from qika.storage.rows import (
    CARD_COLUMNS,
    CardRow,
    Holder,
    aliases_of,
    all_aliases_of,
    card_of,
    card_row,
    open_holder,
    seal_holder,
    text_of,
)
from qika.storage.sqlite.cards import keys_array
from qika.storage.vault import Vault, normal_number
from qika.terms.names import State

Row: TypeAlias = tuple[str | int | bytes | None, ...]

ADDED, UPDATED, UNCHANGED = "added", "updated", "unchanged"

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


@dataclass(frozen=True, slots=True)
class _Known:
    """A card as the store has it."""

    card: Card
    generation: str
    holder: Holder


class _Rows:
    """The rows one import writes, by statement."""

    def __init__(self) -> None:
        self.cards: dict[bytes, Row] = {}
        self.holders: dict[bytes, Row] = {}
        self.clocks: list[Row] = []
        self.open_clocks: list[Row] = []
        self.aliases: dict[tuple[str, bytes, bytes], bool] = {}
        """Whether each alias is to be there; a card may stand in a file twice."""

    def write(self, connection: apsw.Connection) -> None:
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


def add_cards(connection: apsw.Connection, vault: Vault, cards: Sequence[NewCard]) -> list[str]:
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


def merged(new: NewCard, before: _Known | None) -> _Known:
    """Give the card that a file's row makes of what is known; the rule of this module."""
    holder = Holder(
        new.name.strip(),
        normal_number(new.social_security_number),
        normal_number(new.card_identifier),
        normal_number(new.card_number),
    )
    if before is None:
        return _Known(new.card, new.generation, holder)
    said, kept = new.card, before.card
    collected_on = said.collected_on or kept.collected_on
    if kept.version and kept.social.state is State.NOT_COLLECTED:
        collected_on = kept.collected_on
    card = replace(
        kept,
        bank=said.bank or kept.bank,
        made_on=said.made_on or kept.made_on,
        applied_on=said.applied_on or kept.applied_on,
        collected_on=collected_on,
    )
    if not kept.version and (said.collected_on or not kept.collected_on):
        card = replace(card, social=said.social, financial=said.financial)
    generation = new.generation or before.generation
    return _Known(card, generation, holder.filled_from(before.holder))


def _put(rows: _Rows, vault: Vault, new: NewCard, before: _Known | None, after: _Known) -> None:
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
    if card.collected_on != new.card.collected_on:
        return  # the file did not know when the clock started
    for row in new.clocks:
        due_on = text_of(row.due_on)
        if not card.version:
            rows.clocks.append((card.key, row.clock, row.cycle, due_on))
        elif due_on is not None:
            rows.open_clocks.append((due_on, card.key, row.clock, row.cycle))


def _read(
    connection: apsw.Connection, vault: Vault, keys: Sequence[bytes]
) -> dict[bytes, _Known]:
    if not keys:
        return {}
    found = connection.execute(_READ, (keys_array(keys),))
    known: dict[bytes, _Known] = {}
    for row in cast("Iterable[tuple[object, ...]]", found):
        card = card_of(cast("CardRow", row[:-2]))
        generation, sealed = cast("tuple[str, bytes]", row[-2:])
        known[card.key] = _Known(card, generation, open_holder(vault, card.key, sealed))
    return known
