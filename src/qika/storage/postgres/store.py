"""The store on a server: the ports ``Store`` and ``Archive`` on PostgreSQL, or on Citus."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from operator import attrgetter, itemgetter
from typing import TypeAlias, TypeVar

import asyncpg

from qika.authority.partner import Partner, PartnerKey
from qika.cards.card import Card
from qika.cards.events import Event
from qika.operations.ports import (
    Ask,
    Attempt,
    CardFile,
    Change,
    ClockRow,
    DueCard,
    Edition,
    Loaded,
    NewCard,
)
from qika.operations.registry import Roll, SpentNonce
from qika.operations.reports import Bounds, Report
from qika.points.point import ServicePoint
from qika.storage.holder import IDENTIFIER, NUMBER, open_holder
from qika.storage.importing import Alias
from qika.storage.postgres import (
    archive,
    cards,
    imports,
    listeners,
    partners,
    reports,
    statements,
    writes,
)
from qika.storage.postgres.lines import SESSION, Connection, Line, Lines, at_node, unusable
from qika.storage.postgres.placement import Kind, Placement, grouped
from qika.storage.postgres.routes import Desk, Routes
from qika.storage.postgres.schema import Node, found_placement, migrate, refuse_half_copied
from qika.storage.postgres.streams import PostgresStreams
from qika.storage.postgres.telling import PostgresTelling
from qika.storage.seals import Seal
from qika.storage.vault import Vault, normal_number

T = TypeVar("T")

WRITERS = 2
"""Transactions of one process at once; each writer has cards of its own."""

READERS = 4
"""Reads of one process at once."""

BY_KEY = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Rows are found by their keys, in the order of the keys: a plan that was made while the tables
were small stays good when they grow, and who locks cards locks them in one order."""

PREPARED = {"plan_cache_mode": "force_generic_plan"}
"""A statement is planned once for a connection; Citus must see the keys to find the shard."""

ON_CITUS = {"citus.override_table_visibility": "off"}
"""Else Citus looks up for every relation whether it is a shard, whenever the catalogue is read:
a connection took seconds to learn each type of array. Plans are made for the keys of each
statement, so that they need no rule."""


class PostgresStore(PostgresTelling):
    """Cards, histories and everything else on a server; belongs to one event loop."""

    def __init__(self, routes: Routes, vault: Vault, opening: "Opening") -> None:
        """Take what ``open_postgres`` opened, and what opens it again."""
        super().__init__(routes, vault)
        self._opening = opening
        self._write_wave = writes.step_by_step if routes.kind is Kind.CITUS else writes.at_once
        self._edition: tuple[int, Edition | None] = (0, None)
        self._import = imports.Import(vault, self._put_aliases, self._spell)
        self.streams = PostgresStreams(self._read, self._write)

    async def close(self) -> None:
        """Finish what is under way, then close the connections."""
        await self._routes.close()

    async def load(self, asks: Sequence[Ask]) -> Loaded:
        """Read everything a batch needs, by group of cards.

        Answers of before are given when replicas have them too, as a commit is: the one that wrote
        them may have been cut off while it waited.
        """
        if not asks:
            return Loaded()
        groups = await self._routes.reading()
        parts = grouped(asks, _key_of_ask, groups)
        work = partial(cards.load, spell=self._spell)
        found = await self._routes.read(parts, work)
        if repeated := [group for group, one in zip(parts, found, strict=True) if one.answers]:
            await self._routes.write(dict.fromkeys(repeated), writes.wait_for_replicas)
        return cards.joined(found)

    async def commit(
        self, changes: Sequence[Change], attempts: Sequence[Attempt] = ()
    ) -> frozenset[int]:
        """Write a batch, the cards of each group in one transaction.

        Gives the positions that lost a race. If a group fails, what others wrote stays: whoever
        sends the same requests again gets their answers.
        """
        if not changes and not attempts:
            return frozenset()
        parts = writes.parts_of(changes, attempts, await self._routes.writing())
        work = partial(writes.commit, write=self._write_wave)
        return frozenset[int]().union(*await self._routes.write(parts, work))

    async def due(
        self, on: date, after: tuple[date, bytes] | None, limit: int
    ) -> Sequence[DueCard]:
        """Give cards with a clock due before ``on``; all clocks of a card and day on one page."""
        rows = await self._read(partial(cards.due_clocks, on=on, after=after, limit=limit))
        return cards.due_cards(rows, await self._cards({row[1] for row in rows}))

    async def add_cards(self, cards: Sequence[NewCard], *, received_at: datetime) -> Sequence[str]:
        """Add or update cards, those of each group in one transaction."""
        del received_at  # an import is no event: nothing of it is dated
        numbered = list(enumerate(cards))
        parts = grouped(numbered, _key_of_numbered, await self._routes.writing())
        words = [""] * len(numbered)

        async def add(connection: Connection, part: list[tuple[int, NewCard]]) -> None:
            said = await imports.add_cards(connection, [new for _, new in part], self._import)
            for (number, _), word in zip(part, said, strict=True):
                words[number] = word

        await self._routes.write(parts, add, repeatable=False)
        return words

    async def put_clocks(self, rows: Sequence[tuple[bytes, ClockRow]]) -> None:
        """Set clocks of cards, those of each group in one transaction."""
        parts = grouped(rows, _first, await self._routes.writing())
        work = partial(writes.put_clocks, sql=self._spell(statements.PUT_CLOCKS))
        await self._routes.write(parts, work)

    async def close_clocks(self, rows: Sequence[tuple[Card, ClockRow]]) -> None:
        """Close clocks of cards that are as they were read, each group in one transaction."""
        parts = grouped(rows, _key_of_card, await self._routes.writing())
        work = partial(writes.close_clocks, sql=self._spell(statements.CLOSE_IF_UNCHANGED))
        await self._routes.write(parts, work)

    async def card_file(self, key: bytes) -> CardFile | None:
        """Give a card with its history."""
        return await self._read(partial(cards.card_file, key=key))

    async def holder_matches(self, key: bytes, *, name: str = "", number: str = "") -> bool:
        """Tell whether everything given of name and number is the holder's."""
        sealed = await self._read(partial(cards.sealed_holder, key=key))
        if sealed is None:
            return False
        return open_holder(self._vault, key, sealed).is_of(name, number)

    async def card_number(self, key: bytes) -> str | None:
        """Give the number on the face of a card."""
        sealed = await self._read(partial(cards.sealed_holder, key=key))
        return open_holder(self._vault, key, sealed).card_number if sealed else None

    async def key_of_identifier(self, card_identifier: str) -> bytes | None:
        """Find a card by the digits of its chip; None if two cards claim them."""
        found = await self._keys_of(IDENTIFIER, card_identifier)
        return found[0] if len(found) == 1 else None

    async def keys_of_number(self, social_security_number: str) -> Sequence[bytes]:
        """Find the cards of a social security number."""
        return await self._keys_of(NUMBER, social_security_number)

    async def histories(
        self, batch: int, after: bytes = b""
    ) -> AsyncIterator[Sequence[tuple[Card, Sequence[Event]]]]:
        """Walk all cards after a key in order, a page of ``batch`` at a time.

        Events recorded since the card was read are left out: the card and its history agree.
        """
        while page := await self._read(partial(cards.page, after=after, limit=batch)):
            keys = [card.key for card in page if card.version]
            parts = grouped(keys, bytes, await self._routes.reading())
            found = await self._routes.read(parts, cards.histories_of)
            events = {key: history for part in found for key, history in part.items()}
            yield [(card, events.get(card.key, ())[: card.version]) for card in page]
            after = page[-1].key

    async def delete_attempts(self, before: datetime, limit: int = 10_000) -> int:
        """Delete attempts received before a moment, at most ``limit``; gives how many."""
        old = await self._read(partial(cards.old_attempts, before=before, limit=limit))
        parts = grouped(old, _first, await self._routes.writing())
        work = partial(writes.delete_attempts, sql=self._spell(statements.DELETE_ATTEMPTS))
        return sum(await self._routes.write(parts, work))

    async def reseal(self, after: bytes | None, limit: int) -> bytes | None:
        """Seal and index a page of holders with the newest keys; None after the last page.

        The secrets of listeners are sealed with the first page.
        """
        if after is None:
            await self._write(partial(listeners.reseal_secrets, vault=self._vault))
        keys = await self._read(partial(cards.holders_after, after=after or b"", limit=limit))
        parts = grouped(keys, bytes, await self._routes.writing())
        await self._routes.write(parts, partial(imports.reseal, how=self._import))
        return keys[-1] if keys else None

    async def current_edition(self) -> Edition | None:
        """Give the edition in force; its texts are read only when another one was put."""
        number = await self._read(archive.latest_number)
        if number != self._edition[0]:
            self._edition = (number, await self._read(partial(archive.edition, number=number)))
        return self._edition[1]

    async def put_edition(self, edition: Edition) -> None:
        """Keep an edition for ever and put it in force."""
        await self._write(partial(archive.put_edition, new=edition))

    async def points(self) -> Sequence[ServicePoint]:
        """Give every service point."""
        return await self._read(archive.points)

    async def put_points(self, points: Sequence[ServicePoint], /) -> Sequence[str]:
        """Add or update points."""
        return await self._write(partial(archive.put_points, given=points), repeatable=False)

    async def points_version(self) -> str:
        """Name the write that the points are of."""
        return await self._read(archive.points_version)

    async def seals(self) -> Sequence[Seal]:
        """Give every seal in the order of the days."""
        return await self._read(archive.seals)

    async def put_seal(self, seal: Seal) -> None:
        """Keep a seal for ever."""
        await self._write(partial(archive.put_seal, seal=seal))

    async def has_open_job(self, kind: str) -> bool:
        """Tell whether a job of a kind was begun and not finished."""
        return await self._read(partial(archive.has_open_job, kind=kind))

    async def job_rows_done(self, job: str) -> int:
        """Give how many rows of a job were committed."""
        return await self._read(partial(archive.job_rows_done, job=job))

    async def job_progress(self, job: str, rows_done: int, *, finished: bool) -> None:
        """Keep how far a job has come."""
        await self._write(
            partial(archive.job_progress, job=job, rows_done=rows_done, finished=finished)
        )

    async def sweep_place(self, on: date) -> tuple[date, bytes] | None:
        """Give where the sweep of that day stopped."""
        return (await self._read(partial(archive.sweep, on=on)))[0]

    async def sweep_progress(
        self,
        on: date,
        place: tuple[date, bytes] | None,
        tally: Mapping[str, int],
        *,
        finished: bool,
    ) -> None:
        """Keep where the sweep of that day is and what it has counted."""
        await self._write(
            partial(archive.sweep_progress, on=on, place=place, tally=tally, finished=finished)
        )

    async def sweep_tally(self, on: date) -> Mapping[str, int]:
        """Give what the sweep of that day has counted so far."""
        return (await self._read(partial(archive.sweep, on=on)))[1]

    async def roll(self) -> Roll:
        """Give every partner and every key."""
        return await self._read(partners.roll)

    async def put_partner(self, partner: Partner) -> None:
        """Add or change a partner."""
        await self._write(partial(partners.put_partner, partner=partner))

    async def put_partner_key(self, key: PartnerKey) -> None:
        """Add or change a key of a partner."""
        await self._write(partial(partners.put_partner_key, key=key))

    async def spend(self, nonces: Sequence[SpentNonce], now: datetime) -> Sequence[bool]:
        """Note nonces; false for one that was noted before. A lost answer is not asked again."""
        work = partial(partners.spend, nonces=nonces, now=now)
        return await self._write(work, repeatable=False)

    async def add_report(self, report: Report, bounds: Bounds) -> str | None:
        """Keep a report within the bounds. A lost answer is not asked again."""
        work = partial(reports.add_report, report=report, bounds=bounds)
        return await self._write(work, repeatable=False)

    async def reports(self, *, closed: bool, after: str, limit: int) -> Sequence[Report]:
        """Give reports in order of their references."""
        return await self._read(partial(reports.reports, closed=closed, after=after, limit=limit))

    async def close_report(self, reference: str, at: datetime) -> bool:
        """Note that a report was dealt with."""
        return await self._write(partial(reports.close_report, reference=reference, at=at))

    def opening(self) -> "Opening":
        """Give what opens the same database in another process, with one writer."""
        return self._opening

    async def _cards(self, keys: set[bytes]) -> dict[bytes, Card]:
        parts = grouped(sorted(keys), bytes, await self._routes.reading())
        found = await self._routes.read(parts, cards.cards_of)
        return {key: card for part in found for key, card in part.items()}

    async def _keys_of(self, kind: str, text: str) -> list[bytes]:
        hashes = self._vault.indexes(normal_number(text), kind)
        return await self._read(partial(cards.keys_of_alias, kind=kind, hashes=hashes))

    async def _put_aliases(
        self, connection: Connection, fresh: Sequence[Alias], stale: Sequence[Alias]
    ) -> None:
        """Add and drop aliases: in the same transaction, but on Citus before it.

        There an alias lies in a shard of its own. If the import ends here, its cards are not
        written and it is done again; until then an alias may lead to no card, or none to a card.
        """
        for aliases, text in ((fresh, statements.PUT_ALIASES), (stale, statements.DROP_ALIASES)):
            work = partial(imports.put_aliases, sql=self._spell(text))
            if self._routes.kind is not Kind.CITUS:
                await work(connection, aliases)
                continue
            parts = grouped(aliases, itemgetter(1), await self._routes.writing())
            await self._routes.read(parts, work)


_first = itemgetter(0)
_key_of_ask = attrgetter("identity.card_key")


def _key_of_card(row: tuple[Card, ClockRow]) -> bytes:
    return row[0].key


def _key_of_numbered(numbered: tuple[int, NewCard]) -> bytes:
    return numbered[1].card.key


async def open_postgres(
    address: str, vault: Vault, *, placement: Placement | None = None, writers: int = WRITERS
) -> PostgresStore:
    """Open a database at ``postgresql://...``, made and migrated if need be.

    Without a placement it is kept as it is found, or as Citus where the extension is there.
    Raises StoreUnreachableError, WrongSchemaError or OldServerError.
    """
    opening = Line(address, SESSION)
    try:
        chosen = placement or await opening.run(found_placement)
        await opening.run(partial(migrate, placement=chosen))
        await opening.run(refuse_half_copied)
    except asyncpg.PostgresError as error:
        raise unusable(address, error) from error
    finally:
        await opening.close()
    session = SESSION | (ON_CITUS if chosen.kind is Kind.CITUS else BY_KEY | PREPARED)

    def open_desk(node: Node | None) -> Desk:
        there = at_node(address, *node) if node else address
        lines = [Line(there, session) for _ in range(writers + READERS)]
        return Desk(tuple(lines[:writers]), Lines(lines[writers:]))

    again = partial(open_postgres, address, vault, placement=chosen, writers=1)
    return PostgresStore(Routes(chosen.kind, open_desk), vault, again)


Opening: TypeAlias = Callable[[], Awaitable[PostgresStore]]
