"""Sweep the deadlines of a day: suspend what is overdue, restartable, with a tally that adds up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from qika.activation.sweep import decide_sweep
from qika.cards.card import Card
from qika.cards.deadlines import CardDates, Due, fulfilled
from qika.operations.office import Office
from qika.operations.ports import MEDICAL_INSURANCE, Archive, Change, ClockRow, DueCard
from qika.rulebook.model import Clock
from qika.terms.names import Application, State

BATCH = 2_000
"""Cards swept in one transaction."""


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


async def sweep(office: Office, archive: Archive, on: date, *, dry_run: bool) -> SweepReport:
    """Look at every card with a clock due before ``on`` and suspend those the rules suspend.

    Starts where an interrupted run of the same day stopped. A card is written at most once: the
    version check refuses a second suspension.
    """
    place = None if dry_run else await archive.sweep_place(on)
    tally: Counter[str] = Counter(await archive.sweep_tally(on) if place else {})
    while rows := await office.store.due(on, place, BATCH):
        page = _Page(office, rows, on)
        lost = 0 if dry_run else len(await office.store.commit(page.changes))
        if not dry_run:
            await office.store.put_clocks(page.closed)
        tally["looked_at"] += len(rows)
        tally["suspended"] += len(page.changes) - lost
        tally["done"] += len(page.closed)
        tally["left"] += len(rows) - len(page.changes) - len(page.closed)
        tally["lost"] += lost
        last = rows[-1]
        assert last.clock.due_on is not None, "a due clock has a day"
        place = (last.clock.due_on, last.card.key)
        if not dry_run:
            await archive.sweep_progress(on, place, tally, finished=False)
    if not dry_run:
        await archive.sweep_progress(on, None, tally, finished=True)
    return _report(on, tally, dry_run=dry_run)


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


class _Page:
    """Decides the due clocks of one page: cards to suspend, and clocks with nothing left to do."""

    def __init__(self, office: Office, rows: Sequence[DueCard], on: date) -> None:
        self.office, self.on, self.at = office, on, office.clock()
        self.changes: list[Change] = []
        self.closed: list[tuple[bytes, ClockRow]] = []
        for row in rows:
            self._take(row)

    def _take(self, row: DueCard) -> None:
        card, clock = row.card, row.clock
        closed = ClockRow(clock.clock, clock.cycle, None)
        dates = CardDates(card.made_on, card.applied_on, card.collected_on)
        falling = self.office.due(Clock(clock.clock), card.issuer, dates, self.on)
        if _nothing_left(card, falling):
            self.closed.append((card.key, closed))
            return
        edition = self.office.rulings.book.edition
        outcome = decide_sweep(card, falling, self.on, self.at, edition)
        if outcome is None or outcome.card is None or outcome.event is None:
            return
        told = (MEDICAL_INSURANCE,)
        self.changes.append(
            Change(card=outcome.card, event=outcome.event, clocks=(closed,), destinations=told)
        )


def _nothing_left(card: Card, falling: Due | None) -> bool:
    """Tell whether a clock may be closed: its duty is done, or the card has ended."""
    states = {application: card.of(application).state for application in Application}
    if set(states.values()) == {State.CANCELLED}:
        return True
    return falling is not None and fulfilled(falling.deadline.duty, states)
