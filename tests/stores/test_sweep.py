"""The sweep on every store: what it writes, and that a run that was cut off is counted whole."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from qika.cards.card import ApplicationRecord
from qika.cards.events import EventType
from qika.operations.ports import ClockRow
from qika.operations.sweep import sweep
from qika.storage.chain import verify_chain
from qika.terms.names import State

ON = date(2026, 12, 2)
DUE = date(2026, 11, 30)
CARDS, BATCH = 47, 5
"""Keys differ with each run: with this many cards each kind is on four pages all the same."""


class PowerGoneError(Exception):
    """The process ends here."""


class Falling:
    """A store that ends the process before or after one of its writes."""

    def __init__(self, store, write: str, number: int, *, after: bool) -> None:
        self._store, self._falls = store, (write, number)
        self._after, self._writes = after, Counter[str]()

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    async def commit(self, changes: Sequence, attempts: Sequence = ()):
        return await self._done("commit", self._store.commit, changes, attempts)

    async def close_clocks(self, rows: Sequence):
        return await self._done("close_clocks", self._store.close_clocks, rows)

    async def sweep_progress(self, on, place, tally, *, finished: bool):
        async def note():
            await self._store.sweep_progress(on, place, tally, finished=finished)

        return await self._done("sweep_progress", note)

    async def _done(self, name: str, work, *arguments):
        self._writes[name] += 1
        falls = self._falls == (name, self._writes[name])
        if falls and not self._after:
            raise PowerGoneError
        answer = await work(*arguments)
        if falls:
            raise PowerGoneError
        return answer


def fill(world) -> list[bytes]:
    """Cards of every kind: most to be suspended, some done in time, some to be left."""
    done, waiting = ApplicationRecord(State.NORMAL), ApplicationRecord(State.NOT_COLLECTED)
    nowhere = {"collected_on": None, "made_on": date(2025, 11, 30)}
    nowhere |= {"social": waiting, "financial": waiting}
    cards = []
    for number in range(CARDS):
        changes = {"financial": done} if number % 4 == 1 else {}
        clocks = [ClockRow("activation", 1, DUE)]
        if number % 4 == 2:
            changes, clocks = nowhere, [ClockRow("clearance", 1, DUE)]
        if number % 6 == 3:
            clocks.append(ClockRow("clearance", 1, DUE))
        cards.append(world.new_card(number, clocks=tuple(clocks), **changes))
    world.add(*cards)
    return [new.card.key for new in cards]


def swept(world, office, store):
    return world.run(sweep(replace(office, store=store), store, ON, dry_run=False, batch=BATCH))


def suspended(world, keys: Sequence[bytes]) -> int:
    """Count the suspensions that are recorded; at most one a card, and its chain is whole."""
    count = 0
    for key in keys:
        file = world.run(world.store.card_file(key))
        events = [one for one in file.history if one.type is EventType.DEADLINE_PASSED]
        assert len(events) == len(file.history) <= 1
        assert verify_chain(file.card, file.history)
        assert (file.card.social.state is State.FORMAL_LOSS) == bool(events)
        count += len(events)
    return count


def test_a_sweep_suspends_closes_and_leaves_and_its_tally_adds_up(world, office):
    keys = fill(world)
    tried = world.run(sweep(office, world.store, ON, dry_run=True, batch=BATCH))
    assert suspended(world, keys) == 0
    report = swept(world, office, world.store)
    assert replace(report, dry_run=True) == tried
    assert report.suspended == suspended(world, keys) > 0
    assert min(report.done, report.left) > 0
    assert report.looked_at == report.suspended + report.done + report.left + report.lost
    again = swept(world, office, world.store)
    assert (again.suspended, again.done, again.left) == (0, 0, report.left)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize("write", ["commit", "close_clocks", "sweep_progress"])
def test_a_run_that_was_cut_off_is_finished_and_counted_whole(world, office, write, number, after):
    keys = fill(world)
    tried = world.run(sweep(office, world.store, ON, dry_run=True, batch=BATCH))
    with pytest.raises(PowerGoneError):
        swept(world, office, Falling(world.store, write, number, after=after))
    report = swept(world, office, world.store)
    assert report == replace(tried, dry_run=False)
    assert report.suspended == suspended(world, keys)


def test_a_run_cut_off_twice_in_one_page_is_counted_whole(world, office):
    keys = fill(world)
    tried = world.run(sweep(office, world.store, ON, dry_run=True, batch=BATCH))
    for after in (True, True, False):
        with pytest.raises(PowerGoneError):
            swept(world, office, Falling(world.store, "close_clocks", 1, after=after))
    report = swept(world, office, world.store)
    assert report == replace(tried, dry_run=False)
    assert report.suspended == suspended(world, keys)
