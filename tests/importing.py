"""What the tests of imports share: packaged references, a store in memory, files."""

import csv
import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import qika.terms
from qika.operations.importing.tables import Layout
from qika.operations.importing.verdicts import RowVerdict
from qika.operations.ports import NewCard
from qika.points.point import ServicePoint
from qika.terms.divisions import Gazetteer, parse_gazetteer
from qika.terms.names import PointId

NOON = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def packaged_gazetteer() -> Gazetteer:
    folder = files(qika.terms) / "data"
    return parse_gazetteer(
        gzip.decompress((folder / "regions.csv.gz").read_bytes()).decode(),
        (folder / "regions_retired.csv").read_text("utf-8"),
        (folder / "regions_amended.csv").read_text("utf-8"),
    )


def packaged_banks_text() -> str:
    return (files(qika.terms) / "banks.toml").read_text("utf-8")


def write_csv(
    path: Path, layout: Layout, rows: Iterable[Mapping[str, str]], *, encoding: str = "utf-8"
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        out = csv.DictWriter(file, layout.columns, restval="")
        out.writeheader()
        out.writerows(rows)
    return path


class Verdicts(list[RowVerdict]):
    """A sink that keeps what it is given."""

    def write(self, verdicts: Sequence[RowVerdict]) -> None:
        self.extend(verdicts)


@dataclass
class MemoryArchive:
    """Points, cards and jobs in dictionaries; counts how often it was written to."""

    held_points: dict[PointId, ServicePoint] = field(default_factory=dict)
    held_cards: dict[bytes, NewCard] = field(default_factory=dict)
    jobs: dict[str, tuple[int, bool]] = field(default_factory=dict)
    writes: int = 0
    fails_after: int | None = None
    """Writes after which the next one is refused, as when the power goes."""

    async def points(self) -> Sequence[ServicePoint]:
        return list(self.held_points.values())

    async def put_points(self, points: Sequence[ServicePoint]) -> Sequence[str]:
        return self._put(self.held_points, {point.id: point for point in points})

    async def add_cards(self, cards: Sequence[NewCard], *, received_at: datetime) -> Sequence[str]:
        assert received_at.tzinfo is not None
        return self._put(self.held_cards, {new.card.key: new for new in cards})

    def _put(self, held: dict, given: dict) -> list[str]:
        if self.fails_after is not None and self.writes >= self.fails_after:
            raise ConnectionError("the store is gone")
        self.writes += 1
        words = [
            "added" if key not in held else "unchanged" if held[key] == one else "updated"
            for key, one in given.items()
        ]
        held.update(given)
        return words

    async def job_rows_done(self, job: str) -> int:
        return self.jobs.get(job, (0, False))[0]

    async def job_progress(self, job: str, rows_done: int, *, finished: bool) -> None:
        self.jobs[job] = (rows_done, finished)
