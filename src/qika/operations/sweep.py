"""Sweep the deadlines of a day: suspend what is overdue, restartable, with a tally that adds up."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from qika.activation.sweep import Suspension, suspension
from qika.cards.card import Card
from qika.cards.deadlines import CardDates, Due, fulfilled
from qika.operations.office import Office
from qika.operations.ports import Archive, Change, ClockRow, DueCard
from qika.rulebook.model import Clock
from qika.terms.names import Application, State

BATCH = 4_096
"""Cards swept in one transaction."""
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep did: ``looked_at == suspended + done + left + lost``, always."""

    on: date
    looked_at: int
    suspended: int
    done: int
    """Clocks whose duty was done in time, or whose card ended; closed, and not looked at again."""
    left: int
    lost: int
    """Cards another writer changed at the same moment; the next run looks at them again."""
    dry_run: bool


async def sweep(
    office: Office, archive: Archive, on: date, *, dry_run: bool, batch: int = BATCH
) -> SweepReport:
    """Look at every card with a clock due before ``on`` and suspend those the rules suspend.

    Starts where an interrupted run of the same day stopped, and counts what that run had written.
    A card is written at most once: the version check refuses a second suspension.
    """
    run = _Sweep(office, archive, on, batch, dry_run=dry_run)
    if not dry_run:
        await run.resume()
    await run.go_through()
    return _report(on, run.tally, dry_run=dry_run)


def _report(on: date, tally: Mapping[str, int], *, dry_run: bool) -> SweepReport:
    return SweepReport(
        on=on,
        looked_at=tally.get("looked_at", 0),
        suspended=tally.get("suspended", 0),
        done=tally.get("done", 0),
        left=tally.get("left", 0),
        lost=tally.get("lost", 0),
        dry_run=dry_run,
    )


_Place: TypeAlias = tuple[date, bytes]


class _Sweep:
    """One run. What a page is going to change is noted before it is written: a run that is cut
    off between a page and the note after it leaves what the next run needs to count the page.
    """  # noqa: D205 - the sentence is as long as it is

    def __init__(
        self, office: Office, archive: Archive, on: date, batch: int, *, dry_run: bool
    ) -> None:
        self.office, self.archive, self.on = office, archive, on
        self.batch, self.dry_run = batch, dry_run
        self.tally: Counter[str] = Counter()
        self.place: _Place | None = None

    async def resume(self) -> None:
        """Go on where a run of this day was cut off; its last page is finished and counted."""
        self.place = await self.archive.sweep_place(self.on)
        noted = dict(await self.archive.sweep_tally(self.on))
        intent = {name: noted.pop(name) for name in _NOTED if name in noted}
        if self.place is None and not intent:
            return
        self.tally.update(noted)
        if not intent:
            return
        until = _read_place(intent)
        rows = await self.office.store.due(self.on, self.place, intent["page_looked_at"])
        rest = _Page(self.office, [row for row in rows if _place(row) <= until], self.on)
        self.tally.update(_gone(intent, rest))
        self._count(rest, await self._write(rest))
        self.place = until

    async def go_through(self) -> None:
        """Sweep page by page; the next one is read and decided while one is written."""
        page = await self._read()
        await self._note(page)
        while page.rows:
            self.place = _place(page.rows[-1])
            writing = asyncio.create_task(self._write(page))
            try:
                following = await self._read()
            finally:
                lost = await writing
            if not page.keys.isdisjoint(row.card.key for row in following.rows):
                following = await self._read()  # a card with two clocks was changed meanwhile
            self._count(page, lost)
            page = following
            await self._note(page)
        if not self.dry_run:
            await self.archive.sweep_progress(self.on, None, self.tally, finished=True)

    async def _read(self) -> "_Page":
        rows = await self.office.store.due(self.on, self.place, self.batch)
        return _Page(self.office, rows, self.on)

    async def _write(self, page: "_Page") -> int:
        """Write what was decided; gives how many cards somebody else changed first."""
        if self.dry_run:
            return 0
        lost = await self.office.store.commit(page.changes) if page.changes else ()
        if page.closed:
            await self.office.store.close_clocks(page.closed)
        return len(lost)

    def _count(self, page: "_Page", lost: int) -> None:
        changes, closed = len(page.changes), len(page.closed)
        self.tally["looked_at"] += len(page.rows)
        self.tally["suspended"] += changes - lost
        self.tally["done"] += closed
        self.tally["left"] += len(page.rows) - changes - closed
        self.tally["lost"] += lost

    async def _note(self, page: "_Page") -> None:
        """Note what was done and, if there is a page to come, what it is going to do."""
        if self.dry_run or not page.rows:
            return
        due_on, key = _place(page.rows[-1])
        counts = len(page.rows), len(page.changes), len(page.closed)
        intent = (due_on.toordinal(), int.from_bytes(key, "big"), *counts)
        noted = dict(self.tally) | dict(zip(_NOTED, intent, strict=True))
        await self.archive.sweep_progress(self.on, self.place, noted, finished=False)


_NOTED = ("page_day", "page_key", "page_looked_at", "page_suspended", "page_done")
"""What is noted of a page before it is written: its last place as numbers, and what it changes."""


def _place(row: DueCard) -> _Place:
    assert row.clock.due_on is not None, "a due clock has a day"
    return row.clock.due_on, row.card.key


def _read_place(intent: Mapping[str, int]) -> _Place:
    return date.fromordinal(intent["page_day"]), intent["page_key"].to_bytes(KEY_BYTES, "big")


def _gone(intent: Mapping[str, int], rest: "_Page") -> dict[str, int]:
    """Count the rows of a page that are not due any more: the run that was cut off wrote them."""
    gone = max(0, intent["page_looked_at"] - len(rest.rows))
    suspended = min(gone, max(0, intent["page_suspended"] - len(rest.changes)))
    return {"looked_at": gone, "suspended": suspended, "done": gone - suspended}


class _Page:
    """Decides the due clocks of one page: cards to suspend, and clocks with nothing left to do.

    Cards whose rules, dates and states are alike are decided once.
    """

    def __init__(self, office: Office, rows: Sequence[DueCard], on: date) -> None:
        self.office, self.rows, self.on, self.at = office, rows, on, office.clock()
        self.keys = {row.card.key for row in rows}
        self.changes: list[Change] = []
        closed: list[tuple[Card, ClockRow]] = []
        moved: dict[bytes, Card] = {}
        self._kept: dict[_Likeness, Suspension | bool] = {}
        edition = office.rulings.book.edition
        for row in rows:
            card, clock = row.card, row.clock
            found = self._found(card, clock.clock)
            if found is False:
                continue
            ended = ClockRow(clock.clock, clock.cycle, None)
            if found is True:
                closed.append((card, ended))
                continue
            moved[card.key], event = found.of(card, self.at, edition)
            told = office.told(card.issuer, event)
            change = Change(card=moved[card.key], event=event, clocks=(ended,), destinations=told)
            self.changes.append(change)
        self.closed = [(moved.get(card.key, card), row) for card, row in closed]
        """Clocks to close, each with its card as the page leaves it: changes are written first."""

    def _found(self, card: Card, clock: str) -> Suspension | bool:
        """Decide, or give what was decided for a card like this: true closes, false leaves it."""
        dates = (card.made_on, card.applied_on, card.collected_on)
        # records are told apart by identity: stores give the same one for equal columns
        like = (card.issuer, clock, dates, id(card.social), id(card.financial))
        found = self._kept.get(like)
        if found is None:
            falling = self.office.due(Clock(clock), card.issuer, CardDates(*dates), self.on)
            found = True
            if not _nothing_left(card, falling):
                found = suspension(card, falling, self.on, self.at) or False
            self._kept[like] = found
        return found


_Likeness: TypeAlias = tuple[str, str, tuple[date | None, date | None, date | None], int, int]


def _nothing_left(card: Card, falling: Due | None) -> bool:
    """Tell whether a clock may be closed: its duty is done, or the card has ended."""
    states = {application: card.of(application).state for application in Application}
    if set(states.values()) == {State.CANCELLED}:
        return True
    return falling is not None and fulfilled(falling.deadline.duty, states)
