"""Reports in memory: for tests and drills."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qika.operations.reports import Bounds, Report, hour_of, place_of, reference_of
from qika.storage.report_rows import number_of


class MemoryReports:
    """The part of a store in memory that keeps reports."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self._reports: dict[tuple[str, int], Report] = {}

    async def add_report(self, report: Report, bounds: Bounds) -> str | None:
        """Keep a report within the bounds."""
        hour = hour_of(report.received_at)
        taken = [
            (one.subject, place[1]) for place, one in self._reports.items() if place[0] == hour
        ]
        waiting = sum(one.closed_at is None for one in self._reports.values())
        number = number_of(bounds, taken, report.subject, waiting)
        if not number:
            return None
        reference = reference_of(hour, number)
        self._reports[hour, number] = replace(report, reference=reference)
        return reference

    async def reports(self, *, closed: bool, after: str, limit: int) -> Sequence[Report]:
        """Give reports in order of their references."""
        start = place_of(after) or ("", 0)
        held = sorted((place, one) for place, one in self._reports.items() if place > start)
        return [one for _, one in held if closed or one.closed_at is None][:limit]

    async def close_report(self, reference: str, at: datetime) -> bool:
        """Note that a report was dealt with."""
        place = place_of(reference)
        held = self._reports.get(place) if place else None
        if place is None or held is None or held.closed_at is not None:
            return False
        self._reports[place] = replace(held, closed_at=at)
        return True
