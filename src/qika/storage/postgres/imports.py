"""Writing cards from a file; ``importing`` says what a file may overwrite."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias, cast

import asyncpg

from qika.operations.ports import NewCard
from qika.storage.holder import aliases_of, all_aliases_of, open_holder, seal_holder
from qika.storage.importing import Alias, ImportedRows, KnownCard
from qika.storage.postgres import statements
from qika.storage.postgres.lines import Connection, RacedError
from qika.storage.postgres.statements import IMPORTED, for_shards
from qika.storage.postgres.writes import columns
from qika.storage.rows import CardRow, card_of
from qika.storage.vault import Vault

Place: TypeAlias = tuple[bytes, str, int]
PutAliases: TypeAlias = Callable[[Connection, Sequence[Alias], Sequence[Alias]], Awaitable[None]]
"""Adds and drops aliases while the transaction of their cards is open."""


@dataclass(frozen=True, slots=True)
class Import:
    """What every import into one database works with."""

    vault: Vault
    put_aliases: PutAliases
    spell: Callable[[str], str] = for_shards
    """How this database wants its statements."""

    @property
    def copies_aliases(self) -> bool:
        """Tell whether an alias is written in the transaction of its card: not on Citus.

        Then no alias of a card that is not there can exist, and new ones may be copied.
        """
        return self.spell is not for_shards


async def add_cards(connection: Connection, cards: Sequence[NewCard], how: Import) -> list[str]:
    """Add or update cards of one group in one transaction; gives a word for each.

    They are taken in the order of their keys, so that all rows are written in it: what writes at
    the same time then waits instead of locking each other out, and copied rows lie side by side.
    """
    try:
        async with connection.transaction():
            known = await _known(connection, how, sorted({new.card.key for new in cards}))
            there = frozenset(known)
            rows = ImportedRows(how.vault, known)
            words = [""] * len(cards)
            for number in sorted(
                range(len(cards)), key=[new.card.key for new in cards].__getitem__
            ):
                words[number] = rows.take(cards[number])
            await _put_aliases(connection, rows, how)
            await _add(connection, rows, there)
            await _update(connection, rows, there, how.spell)
    except asyncpg.UniqueViolationError as error:
        raise RacedError("another import added the same cards") from error
    return words


async def _known(
    connection: Connection, how: Import, keys: Sequence[bytes]
) -> dict[bytes, KnownCard]:
    """Read cards and hold them, so that no change comes between reading and writing."""
    known: dict[bytes, KnownCard] = {}
    for row in await connection.fetch(how.spell(statements.KNOWN), keys):
        *_, generation, sealed = row
        card = card_of(cast("CardRow", row))
        known[card.key] = KnownCard(card, generation, open_holder(how.vault, card.key, sealed))
    return known


async def _put_aliases(connection: Connection, rows: ImportedRows, how: Import) -> None:
    if not how.copies_aliases:
        await how.put_aliases(connection, rows.fresh_aliases(), rows.stale_aliases())
        return
    await how.put_aliases(connection, rows.changed_aliases(), rows.stale_aliases())
    if first := rows.first_aliases():
        await connection.copy_records_to_table(
            "alias",
            records=sorted(first, key=itemgetter(1)),
            columns=("kind", "hash", "card_key"),
        )


async def _add(connection: Connection, rows: ImportedRows, there: frozenset[bytes]) -> None:
    cards = [row for key, row in rows.cards.items() if key not in there]
    if not cards:
        return
    holders = [row for row in rows.holders.items() if row[0] not in there]
    again = _clock_rows({place: due for place, due in rows.clocks.items() if place[0] not in there})
    clocks = rows.first_clocks() + again
    await connection.copy_records_to_table("card", records=cards, columns=IMPORTED)
    await connection.copy_records_to_table(
        "holder", records=holders, columns=("card_key", "sealed")
    )
    await connection.copy_records_to_table(
        "clock", records=clocks, columns=("card_key", "clock", "cycle", "due_on")
    )


async def _update(
    connection: Connection,
    rows: ImportedRows,
    there: frozenset[bytes],
    spell: Callable[[str], str],
) -> None:
    cards = [row for key, row in rows.cards.items() if key in there]
    holders = [row for row in rows.holders.items() if row[0] in there]
    clocks = {place: due for place, due in rows.clocks.items() if place[0] in there}
    for sql, values in (
        (statements.UPDATE_CARDS, cards),
        (statements.UPDATE_HOLDERS, holders),
        (statements.PUT_CLOCKS, _clock_rows(clocks)),
        (statements.MOVE_OPEN_CLOCKS, _clock_rows(rows.open_clocks)),
    ):
        if values:
            await connection.execute(spell(sql), *columns(values))


def _clock_rows(clocks: dict[Place, str | None]) -> list[tuple[object, ...]]:
    return [(*place, due_on) for place, due_on in sorted(clocks.items())]


async def put_aliases(connection: Connection, aliases: Sequence[Alias], sql: str) -> None:
    """Add or drop aliases, by the statement given."""
    rows = sorted((hashed, kind, key) for kind, hashed, key in aliases)
    if rows:
        await connection.execute(sql, *columns(rows))


async def reseal(connection: Connection, keys: Sequence[bytes], how: Import) -> None:
    """Seal and index holders of one group with the newest keys, in one transaction."""
    vault = how.vault
    async with connection.transaction():
        fresh: list[Alias] = []
        stale: list[Alias] = []
        sealed: list[tuple[bytes, bytes]] = []
        locked = await connection.fetch(how.spell(statements.LOCK_HOLDERS), keys)
        for key, before in locked:
            holder = open_holder(vault, key, before)
            if not vault.is_current(before):
                sealed.append((key, seal_holder(vault, key, holder)))
            new = set(aliases_of(vault, holder))
            fresh += [(kind, hashed, key) for kind, hashed in new]
            old = set(all_aliases_of(vault, holder)) - new
            stale += [(kind, hashed, key) for kind, hashed in old]
        await how.put_aliases(connection, fresh, stale)
        if sealed:
            await connection.execute(how.spell(statements.UPDATE_HOLDERS), *columns(sealed))
