"""Sweep the deadlines of a day: suspend what is overdue, restartable, with a tally that adds up."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from qika.activation.sweep import decide_sweep
from qika.cards.deadlines import CardDates
from qika.operations.office import Office
from qika.operations.ports import MEDICAL_INSURANCE, Archive, Change, ClockRow, DueCard
from qika.rulebook.model import Clock

BATCH = 2_000
"""Cards swept in one transaction."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What a sweep did: ``looked_at == suspended + left + lost``, always."""

    on: date
    looked_at: int
    suspended: int
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
        changes = [change for row in rows if (change := _change(office, row, on)) is not None]
        lost = 0 if dry_run else len(await office.store.commit(changes))
        tally["looked_at"] += len(rows)
        tally["suspended"] += len(changes) - lost
        tally["left"] += len(rows) - len(changes)
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
        left=tally.get("left", 0),
        lost=tally.get("lost", 0),
        dry_run=dry_run,
    )


def _change(office: Office, row: DueCard, on: date) -> Change | None:
    card = row.card
    at = office.clock()
    dates = CardDates(card.made_on, card.applied_on, card.collected_on)
    falling = office.due(Clock(row.clock.clock), card.issuer, dates, on)
    outcome = decide_sweep(card, falling, on, at, office.rulings.book.edition)
    if outcome is None or outcome.card is None or outcome.event is None:
        return None
    closed = ClockRow(row.clock.clock, row.clock.cycle, None)
    return Change(
        card=outcome.card,
        event=outcome.event,
        clocks=(closed,),
        destinations=(MEDICAL_INSURANCE,),
    )
