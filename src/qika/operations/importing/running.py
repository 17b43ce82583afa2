"""How every import runs: in batches, resumable, one verdict a row, the next batch checked while
the one before is being written.
"""  # noqa: D205 - the sentence is as long as it is

import asyncio
import gc
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Generic, NamedTuple, TypeVar

from qika.operations.importing.tables import RowBatch, Table
from qika.operations.importing.verdicts import Progress, RowVerdict, Tally, Verdict, VerdictSink
from qika.operations.ports import Archive

Item = TypeVar("Item")


class Checked(NamedTuple, Generic[Item]):
    """A batch after its checks: a finding for each row, and what is to be stored."""

    findings: list[RowVerdict]
    """A row to be stored stands as ``acceptable`` until the store has said what it did."""
    items: list[Item]
    """What to store, one for each acceptable row, in the order of the rows."""


class Run(NamedTuple, Generic[Item]):
    """One import at work."""

    archive: Archive
    job: str
    check: Callable[[RowBatch], Checked[Item]]
    keep: Callable[[Sequence[Item]], Awaitable[Sequence[str]]]
    """Store items in one transaction: ``added``, ``updated`` or ``unchanged`` each."""
    batch: int
    """Rows checked and stored together."""
    dry_run: bool
    on_progress: Progress | None
    verdicts: VerdictSink | None


async def run_import(run: Run[Item], table: Table) -> Tally:
    """Check every row of ``table`` and store what passes.

    Every row is checked on every run, so that repetitions inside the file are found. Rows that an
    interrupted run has committed are not written again. A finished job begins again from the first
    row: the store then finds every card unchanged, and rows that were held back get their chance.
    """
    done_before = await start(run)
    tally = Tally()
    with few_collections():
        await _run_batches(run, table, tally, done_before)
    if not run.dry_run:
        await run.archive.job_progress(run.job, 0, finished=True)
    return tally


async def start(run: Run[Item]) -> int:
    """Give how many rows an interrupted run of this job has committed; the job is open now."""
    if run.dry_run:
        return 0
    done = await run.archive.job_rows_done(run.job)
    await run.archive.job_progress(run.job, done, finished=False)
    return done


async def _run_batches(run: Run[Item], table: Table, tally: Tally, done_before: int) -> None:
    writing: asyncio.Task[None] | None = None
    try:
        for batch in table.batches(run.batch):
            checked = run.check(batch)
            if writing is not None:
                await writing
            already = max(0, min(len(checked.findings), done_before - tally.rows))
            writing = asyncio.create_task(_written(run, table, tally, checked, already))
            await asyncio.sleep(0)  # lets the writer begin while the next batch is checked
        if writing is not None:
            await writing
    except BaseException:
        if writing is not None:
            await asyncio.wait([writing])
        raise


@contextmanager
def few_collections() -> Generator[None]:
    """Let the collector of cycles run seldom: rows make none, and its search took a fifth."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, before[1], before[2])
    try:
        yield
    finally:
        gc.set_threshold(before[0], before[1], before[2])


async def _written(
    run: Run[Item], table: Table, tally: Tally, checked: Checked[Item], already: int
) -> None:
    """Store a batch, then say what became of its rows; the first ``already`` ones are stored."""
    findings = checked.findings
    places = [n for n, row in enumerate(findings) if row.verdict is Verdict.ACCEPTABLE]
    skipped = sum(1 for place in places if place < already)
    for place in places[:skipped]:
        findings[place] = _now(findings[place], Verdict.DONE_BEFORE)
    stored: tuple[list[int], Sequence[str]] = [], []
    if not run.dry_run and skipped < len(places):
        stored = places[skipped:], await run.keep(checked.items[skipped:])
    await say(run, table, tally, findings, stored, already)


async def say(
    run: Run[Item],
    table: Table,
    tally: Tally,
    findings: list[RowVerdict],
    stored: tuple[Sequence[int], Sequence[str]],
    already: int,
) -> None:
    """Say what became of the rows of a batch; ``stored`` are places and the store's words."""
    for place, outcome in zip(*stored, strict=True):
        findings[place] = _now(findings[place], _VERDICTS[outcome])
    tally.count(findings)
    if not run.dry_run and already < len(findings):
        await run.archive.job_progress(run.job, tally.rows, finished=False)
    if run.verdicts is not None:
        run.verdicts.write(findings)
    if run.on_progress is not None:
        run.on_progress(tally.rows, table.rows_about)


def _now(row: RowVerdict, verdict: Verdict) -> RowVerdict:
    return RowVerdict(row.line, verdict, row.label, row.reasons, row.remarks)


_VERDICTS = {str(verdict): verdict for verdict in Verdict}
