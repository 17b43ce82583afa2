"""An import shared with workers: read, compared and counted here in order, the rest by them."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from qika.operations.importing.repetitions import Repetitions
from qika.operations.importing.running import Run, few_collections, say, start
from qika.operations.importing.tables import RowBatch, Table
from qika.operations.importing.verdicts import RowVerdict, Tally, Verdict
from qika.operations.importing.workers import Judged, Workers
from qika.operations.ports import NewCard


class _Keeping(NamedTuple):
    """A batch on its way into the store."""

    findings: list[RowVerdict]
    already: int
    places: list[int]
    """The rows of this batch that are being stored."""
    words: asyncio.Task[Sequence[str]]


async def run_shared(run: Run[NewCard], table: Table, workers: Workers) -> Tally:
    """Check every row of ``table`` and store what passes, as ``running.run_import``.

    Batches are compared, counted and reported in the order of the file, and a batch counts as done
    only when all before it are; those behind it may be stored already when a run is cut off, and
    are then found ``unchanged``.
    """
    done_before = await start(run)
    at_work = _AtWork(run, table, workers, done_before)
    with few_collections():
        try:
            for batch in table.batches(run.batch):
                await at_work.take(batch)
            await at_work.finish()
        except BaseException:
            await at_work.settle()
            raise
    if not run.dry_run:
        await run.archive.job_progress(run.job, 0, finished=True)
    return at_work.tally


class _AtWork:
    def __init__(self, run: Run[NewCard], table: Table, workers: Workers, done_before: int) -> None:
        self.tally = Tally()
        self._run, self._table, self._workers = run, table, workers
        self._done_before = done_before
        self._repetitions = Repetitions()
        self._rows_judged, self._sent, self._judged = 0, 0, 0
        self._judging: deque[tuple[RowBatch, asyncio.Task[Judged]]] = deque()
        self._keeping: deque[_Keeping] = deque()

    async def take(self, batch: RowBatch) -> None:
        """Give a batch to its worker; waits so that no worker has more than two."""
        worker = self._workers.of(self._sent)
        self._judging.append((batch, asyncio.create_task(worker.judge(self._sent, batch))))
        self._sent += 1
        await asyncio.sleep(0)  # lets it be sent before the next one is read
        if len(self._judging) >= self._workers.count:
            await self._keep_next()

    async def finish(self) -> None:
        """See everything through that was taken."""
        while self._judging:
            await self._keep_next()
        while self._keeping:
            await self._count_next()

    async def settle(self) -> None:
        """Wait for what is under way, whatever becomes of it."""
        await asyncio.gather(*(task for _, task in self._judging), return_exceptions=True)
        await asyncio.gather(*(one.words for one in self._keeping), return_exceptions=True)

    async def _keep_next(self) -> None:
        batch, judging = self._judging[0]
        findings = (await judging).findings(batch.lines)
        self._judging.popleft()
        chosen = self._repetitions.hold_back(findings, judging.result().marks)
        already = max(0, min(len(findings), self._done_before - self._rows_judged))
        self._rows_judged += len(findings)
        places = [n for n, row in enumerate(findings) if row.verdict is Verdict.ACCEPTABLE]
        skipped = sum(1 for place in places if place < already)
        for place in places[:skipped]:
            findings[place] = findings[place]._replace(verdict=Verdict.DONE_BEFORE)
        if self._run.dry_run:
            chosen, places = [False] * len(chosen), []
        else:
            chosen, places = _without_first(chosen, skipped), places[skipped:]
        keeping = self._workers.of(self._judged).keep(self._judged, chosen)
        self._judged += 1
        self._keeping.append(_Keeping(findings, already, places, asyncio.create_task(keeping)))
        await asyncio.sleep(0)
        if len(self._keeping) >= self._workers.count:
            await self._count_next()

    async def _count_next(self) -> None:
        findings, already, places, keeping = self._keeping[0]
        words = await keeping
        self._keeping.popleft()
        await say(self._run, self._table, self.tally, findings, (places, words), already)


def _without_first(chosen: list[bool], count: int) -> list[bool]:
    """Leave out the first ``count`` of what was chosen."""
    left = count
    kept: list[bool] = []
    for one in chosen:
        kept.append(one and left <= 0)
        left -= one
    return kept
