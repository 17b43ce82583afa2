"""The embedded store: the ports ``Store`` and ``Archive`` over one SQLite file."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path

import apsw

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
from qika.storage.seals import Seal
from qika.storage.sqlite import (
    archive,
    cards,
    imports,
    listeners,
    partners,
    points,
    reports,
    resealing,
    writes,
)
from qika.storage.sqlite.connection import (
    StoreUnusableError,
    connect,
    migrate,
    refuse_half_copied,
)
from qika.storage.sqlite.readers import Readers
from qika.storage.sqlite.streams import SqliteStreams
from qika.storage.sqlite.telling import SqliteTelling
from qika.storage.sqlite.writer import Writer
from qika.storage.vault import Vault, normal_number

INLINE_MAX = 16
"""Requests that are loaded in the event loop; a thread would cost more than their look-ups."""


class SqliteStore(SqliteTelling):
    """Cards, histories and everything else in one file; one writer thread for each process."""

    def __init__(self, writer: Writer, readers: Readers, vault: Vault) -> None:
        """Take what ``open_sqlite`` opened."""
        super().__init__(writer, readers, vault)
        self.streams = SqliteStreams(writer, readers)

    def close(self) -> None:
        """Finish what waits to be written, then close the file."""
        self._writer.close()
        self._readers.close()

    async def load(self, asks: Sequence[Ask]) -> Loaded:
        """Read everything a batch needs, from one state of the database."""
        read = partial(cards.load, asks=asks)
        return (
            self._readers.here(read) if len(asks) <= INLINE_MAX else await self._readers.aside(read)
        )

    async def commit(
        self, changes: Sequence[Change], attempts: Sequence[Attempt] = ()
    ) -> frozenset[int]:
        """Write a batch in one transaction; gives the positions that lost a race."""
        if not changes and not attempts:
            return frozenset()
        job = partial(writes.commit, changes=changes, attempts=attempts)
        try:
            return await self._writer.run(job)
        except (writes.RacedError, apsw.ConstraintError) as error:
            if not writes.is_guard(error):
                raise
        singly = partial(writes.commit_singly, changes=changes, attempts=attempts)
        return await self._writer.run(singly)

    async def due(
        self, on: date, after: tuple[date, bytes] | None, limit: int
    ) -> Sequence[DueCard]:
        """Give cards with a clock due before ``on``; all clocks of a card and day on one page."""
        return await self._readers.aside(partial(cards.due, on=on, after=after, limit=limit))

    async def add_cards(self, cards: Sequence[NewCard], *, received_at: datetime) -> Sequence[str]:
        """Add or update cards in one transaction; ``imports`` says what a file may overwrite."""
        del received_at  # an import is no event: nothing of it is dated
        return await self._writer.run(partial(imports.add_cards, vault=self._vault, cards=cards))

    async def put_clocks(self, rows: Sequence[tuple[bytes, ClockRow]]) -> None:
        """Set clocks of cards, in one transaction."""
        if rows:
            await self._writer.run(partial(writes.put_clocks, rows=rows))

    async def close_clocks(self, rows: Sequence[tuple[Card, ClockRow]]) -> None:
        """Close clocks of cards that are as they were read, in one transaction."""
        if rows:
            await self._writer.run(partial(writes.close_clocks, rows=rows))

    async def card_file(self, key: bytes) -> CardFile | None:
        """Give a card with its history."""
        return self._readers.here(partial(cards.card_file, key=key))

    async def holder_matches(self, key: bytes, *, name: str = "", number: str = "") -> bool:
        """Tell whether everything given of name and number is the holder's."""
        sealed = self._readers.here(partial(cards.sealed_holder, key=key))
        if sealed is None:
            return False
        return open_holder(self._vault, key, sealed).is_of(name, number)

    async def card_number(self, key: bytes) -> str | None:
        """Give the number on the face of a card."""
        sealed = self._readers.here(partial(cards.sealed_holder, key=key))
        return open_holder(self._vault, key, sealed).card_number if sealed else None

    async def key_of_identifier(self, card_identifier: str) -> bytes | None:
        """Find a card by the digits of its chip; None if two cards claim them."""
        found = self._keys_of(IDENTIFIER, card_identifier)
        return found[0] if len(found) == 1 else None

    async def keys_of_number(self, social_security_number: str) -> Sequence[bytes]:
        """Find the cards of a social security number."""
        return self._keys_of(NUMBER, social_security_number)

    async def histories(
        self, batch: int, after: bytes = b""
    ) -> AsyncIterator[Sequence[tuple[Card, Sequence[Event]]]]:
        """Walk all cards after a key in order, a page of ``batch`` at a time."""
        while page := await self._readers.aside(
            partial(cards.page_of_histories, after=after, limit=batch)
        ):
            yield page
            after = page[-1][0].key

    async def delete_attempts(self, before: datetime, limit: int = 10_000) -> int:
        """Delete attempts received before a moment, at most ``limit``; gives how many."""
        return await self._writer.run(partial(writes.delete_attempts, before=before, limit=limit))

    async def reseal(self, after: bytes | None, limit: int) -> bytes | None:
        """Seal and index a page of holders with the newest keys; None after the last page.

        The secrets of listeners are sealed with the first page.
        """
        if after is None:
            await self._writer.run(partial(listeners.reseal_secrets, vault=self._vault))
        job = partial(resealing.reseal, vault=self._vault, after=after or b"", limit=limit)
        return await self._writer.run(job)

    async def current_edition(self) -> Edition | None:
        """Give the edition in force."""
        return await self._readers.aside(archive.current_edition)

    async def put_edition(self, edition: Edition) -> None:
        """Keep an edition for ever and put it in force."""
        await self._writer.run(partial(archive.put_edition, edition=edition))

    async def points(self) -> Sequence[ServicePoint]:
        """Give every service point."""
        return await self._readers.aside(points.points)

    async def put_points(self, points_given: Sequence[ServicePoint]) -> Sequence[str]:
        """Add or update points."""
        return await self._writer.run(partial(points.put_points, given=points_given))

    async def points_version(self) -> str:
        """Name the write that the points are of."""
        return self._readers.here(points.points_version)

    async def seals(self) -> Sequence[Seal]:
        """Give every seal in the order of the days."""
        return await self._readers.aside(archive.seals)

    async def put_seal(self, seal: Seal) -> None:
        """Keep a seal for ever."""
        await self._writer.run(partial(archive.put_seal, seal=seal))

    async def has_open_job(self, kind: str) -> bool:
        """Tell whether a job of a kind was begun and not finished."""
        return self._readers.here(partial(archive.has_open_job, kind=kind))

    async def job_rows_done(self, job: str) -> int:
        """Give how many rows of a job were committed."""
        return await self._readers.aside(partial(archive.job_rows_done, job=job))

    async def job_progress(self, job: str, rows_done: int, *, finished: bool) -> None:
        """Keep how far a job has come."""
        write = partial(archive.job_progress, job=job, rows_done=rows_done, finished=finished)
        await self._writer.run(write)

    async def sweep_place(self, on: date) -> tuple[date, bytes] | None:
        """Give where the sweep of that day stopped."""
        return await self._readers.aside(partial(archive.sweep_place, on=on))

    async def sweep_progress(
        self,
        on: date,
        place: tuple[date, bytes] | None,
        tally: Mapping[str, int],
        *,
        finished: bool,
    ) -> None:
        """Keep where the sweep of that day is and what it has counted."""
        write = partial(archive.sweep_progress, on=on, place=place, tally=tally, finished=finished)
        await self._writer.run(write)

    async def sweep_tally(self, on: date) -> Mapping[str, int]:
        """Give what the sweep of that day has counted so far."""
        return await self._readers.aside(partial(archive.sweep_tally, on=on))

    async def roll(self) -> Roll:
        """Give every partner and every key."""
        return self._readers.here(partners.roll)

    async def put_partner(self, partner: Partner) -> None:
        """Add or change a partner."""
        await self._writer.run(partial(partners.put_partner, partner=partner))

    async def put_partner_key(self, key: PartnerKey) -> None:
        """Add or change a key of a partner."""
        await self._writer.run(partial(partners.put_partner_key, key=key))

    async def spend(self, nonces: Sequence[SpentNonce], now: datetime) -> Sequence[bool]:
        """Note nonces; false for one that was noted before."""
        return await self._writer.run(partial(partners.spend, nonces=nonces, now=now))

    async def add_report(self, report: Report, bounds: Bounds) -> str | None:
        """Keep a report within the bounds."""
        return await self._writer.run(partial(reports.add_report, report=report, bounds=bounds))

    async def reports(self, *, closed: bool, after: str, limit: int) -> Sequence[Report]:
        """Give reports in order of their references."""
        read = partial(reports.reports, closed=closed, after=after, limit=limit)
        return await self._readers.aside(read)

    async def close_report(self, reference: str, at: datetime) -> bool:
        """Note that a report was dealt with."""
        return await self._writer.run(partial(reports.close_report, reference=reference, at=at))

    def _keys_of(self, kind: str, text: str) -> list[bytes]:
        hashes = self._vault.indexes(normal_number(text), kind)
        return self._readers.here(partial(cards.keys_of_alias, kind=kind, hashes=hashes))


def open_sqlite(path: Path, vault: Vault) -> SqliteStore:
    """Open a database file, made and migrated if need be; raises StoreUnusableError."""
    try:
        connection = connect(path)
        try:
            migrate(connection)
            refuse_half_copied(connection)
            readers = Readers(path)
        except BaseException:
            connection.close()
            raise
    except apsw.Error as error:
        raise StoreUnusableError(f"{path} cannot be used: {error}") from error
    return SqliteStore(Writer(connection), readers, vault)
