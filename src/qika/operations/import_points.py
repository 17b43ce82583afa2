"""Import a points file: places first, and only what their source says they do."""

from collections.abc import Sequence
from datetime import date

from qika.operations.importing.point_rows import PointRows, shared_places
from qika.operations.importing.references import References
from qika.operations.importing.running import Run, run_import
from qika.operations.importing.tables import POINTS, Table
from qika.operations.importing.verdicts import (
    ImportReport,
    PointCounts,
    Progress,
    VerdictSink,
)
from qika.operations.ports import Archive
from qika.points.point import ServicePoint

BATCH = 4_096
"""Rows stored in one transaction."""


async def import_points(
    archive: Archive,
    table: Table,
    references: References,
    *,
    today: date,
    dry_run: bool,
    on_progress: Progress | None = None,
    verdicts: VerdictSink | None = None,
    batch: int = BATCH,
) -> ImportReport:
    """Load the service points of ``table`` (columns: ``tables.POINTS``).

    A row without channels becomes a point of which nothing is claimed. The table is read twice:
    places that several rows name are known before the first row is judged. Interrupted, repeated
    and dry runs are as for cards.
    """
    shared = shared_places(table.batches(batch))
    rows = PointRows(references, table.source, today, await archive.points(), shared)

    async def keep(points: Sequence[ServicePoint]) -> Sequence[str]:
        return await archive.put_points(points)

    job = f"{POINTS.kind}:{table.digest}"
    run = Run(archive, job, rows.check, keep, batch, dry_run, on_progress, verdicts)
    tally = await run_import(run, table)
    counts = PointCounts(rows.kinds, rows.hours_read, rows.hours_unread)
    return tally.report(POINTS.kind, table.name, job, dry_run=dry_run, points=counts)
