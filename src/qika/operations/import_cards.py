"""Import a cards file: every row gets a verdict, what passes is stored, and nothing twice."""

from collections.abc import Sequence

from qika.operations.importing.card_rows import CardRows
from qika.operations.importing.references import References
from qika.operations.importing.running import Run, run_import
from qika.operations.importing.shared import run_shared
from qika.operations.importing.tables import CARDS, Table
from qika.operations.importing.verdicts import ImportReport, Progress, VerdictSink
from qika.operations.importing.workers import WORKERS, Shared, Workers
from qika.operations.office import Office
from qika.operations.ports import Archive, NewCard

BATCH = 16_384
"""Rows stored in one transaction. Cards go to random places of their tables: a transaction of more
rows writes each page less often (at 400,000 cards 1.6 times as fast as 4,096 rows)."""

SHARED_FROM = 100_000
"""Rows from which on workers are worth their start of about a second."""


async def import_cards(  # noqa: PLR0913 - the last two are for tests and benches
    office: Office,
    archive: Archive,
    table: Table,
    references: References,
    *,
    dry_run: bool,
    on_progress: Progress | None = None,
    verdicts: VerdictSink | None = None,
    batch: int = BATCH,
    workers: int | None = None,
) -> ImportReport:
    """Load the cards of ``table`` (columns: ``tables.CARDS``).

    A collected card begins sealed in both applications, any other as not collected; its clocks
    are set by the rules of its issuer. An interrupted run is continued by running it again; the
    same file again changes nothing. A dry run writes nothing, and says of good rows only that
    they could be loaded. What ``table`` raises while it is read ends the import: the batches
    before it stay, and count as done. A large file is shared with ``workers`` processes (None:
    the usual number) if the store can be opened by them.
    """
    rows = CardRows(office, references)

    async def keep(cards: Sequence[NewCard]) -> Sequence[str]:
        return await office.store.add_cards(cards, received_at=office.clock())

    job = f"{CARDS.kind}:{table.digest}"
    run = Run(archive, job, rows.check, keep, batch, dry_run, on_progress, verdicts)
    number = WORKERS if workers is None and table.rows_about >= SHARED_FROM else workers or 0
    if number and isinstance(office.store, Shared):
        async with Workers(office, references, office.store.opening(), number) as several:
            tally = await run_shared(run, table, several)
    else:
        tally = await run_import(run, table)
    return tally.report(CARDS.kind, table.name, job, dry_run=dry_run)
