"""The rows of a points file: judged batch by batch, and the service points that they make."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from itertools import compress
from typing import Any, NamedTuple

from qika.operations.importing.card_cells import read_issuer
from qika.operations.importing.cells import Cell, Remembered, folded
from qika.operations.importing.point_cells import (
    INTERNAL,
    BankTexts,
    CapabilityTexts,
    read_capabilities,
    read_coordinates,
    read_kind,
    read_phone,
    read_point_bank,
    read_point_name,
    read_region,
    read_words,
)
from qika.operations.importing.point_places import FICTITIOUS, Seats
from qika.operations.importing.references import References
from qika.operations.importing.running import Checked
from qika.operations.importing.seen import VALUE_BYTES, Seen
from qika.operations.importing.tables import RowBatch
from qika.operations.importing.verdicts import Reason, Remark, RowVerdict, Verdict
from qika.points.hours_text import parse_hours
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.terms.coordinates import Position
from qika.terms.names import BankCode, IssuerCode, PointId, PointKind, RegionCode

Place = tuple[str, str]
"""Latitude and longitude as the file writes them."""


class _Row(NamedTuple):
    """The cells of one row, each read."""

    source: str
    source_id: str
    name: Cell[str]
    kind: Cell[PointKind | None]
    region: Cell[RegionCode]
    bank: Cell[BankCode | None]
    address: Cell[str]
    phone: Cell[str]
    coordinates: Cell[Coordinates | None]
    capabilities: Cell[tuple[Capability, ...]]
    organization: str
    landmark: str
    hours_text: str
    hours_unread: bool
    internal: bool
    shares_place: bool

    @property
    def cells(self) -> Sequence[Cell[Any]]:
        """The cells that may have something against them."""
        return (
            self.name, self.kind, self.region, self.bank, self.address, self.phone,
            self.coordinates, self.capabilities,
        )  # fmt: skip


class PointRows:
    """Judges the rows of one file; it remembers what it has met, so batches come in order."""

    def __init__(
        self,
        references: References,
        source: str,
        today: date,
        known: Iterable[ServicePoint],
        shared: frozenset[Place],
    ) -> None:
        """Take whose list it is where a row does not say, the points the directory has already,
        and the places that several rows name.
        """  # noqa: D205 - one sentence over two lines
        regions = references.regions
        self._references, self._source, self._today = references, source, today
        self._shared = shared
        self._seats = Seats(regions)
        self._known = {_likeness(p.name, p.address, p.region): p.id for p in known}
        self._regions = Remembered[str, Cell[RegionCode]](lambda text: read_region(text, regions))
        self._issuers = Remembered[str, Cell[IssuerCode]](
            lambda text: read_issuer(text, regions, ())
        )
        self._ids_seen, self._likenesses_seen, self._names_seen = Seen(), Seen(), Seen()
        self.kinds: Counter[str] = Counter()
        self.hours_read = 0
        self.hours_unread = 0

    def check(self, batch: RowBatch) -> Checked[ServicePoint]:
        """Judge every row of a batch and make the points of those that pass."""
        rows = [self._row(cells) for cells in _by_row(batch)]
        against = self._outside(rows)
        findings: list[RowVerdict] = []
        passed: list[_Row] = []
        for place, row in enumerate(rows):
            damaged = place in batch.damaged
            finding = _judged(batch.lines[place], row, against.get(place), damaged=damaged)
            findings.append(finding)
            if finding.verdict is Verdict.ACCEPTABLE:
                passed.append(row)
        return self._without_repetitions(findings, passed)

    def _row(self, cells: Mapping[str, str]) -> _Row:
        kind, hours = read_kind(cells["kind"]), cells["opening_hours"]
        bank = read_point_bank(
            BankTexts(
                cells["card_bank"], cells["organization"], cells["name"], cells["matched_name"]
            ),
            kind.value,
            self._references.banks,
        )
        capabilities = read_capabilities(
            CapabilityTexts(
                cells["channels"],
                cells["applications"],
                cells["regions_served"],
                cells["capability_source"],
                cells["confirmed_on"],
            ),
            bank.value,
            self._references.channels,
            self._issuers,
            self._today,
        )
        return _Row(
            source=cells["source"] or self._source,
            source_id=cells["source_id"],
            name=read_point_name(cells["name"]),
            kind=kind,
            region=self._regions[cells["region"]],
            bank=bank,
            address=read_words(cells["address"], masked=Reason.ADDRESS_MASKED),
            phone=read_phone(cells["phone"]),
            coordinates=read_coordinates(cells["lat"], cells["lon"], cells["crs"]),
            capabilities=capabilities,
            organization=cells["organization"],
            landmark=cells["landmark"],
            hours_text=hours,
            hours_unread=bool(hours) and parse_hours(hours) is None,
            internal=cells["audience"] == INTERNAL,
            shares_place=(cells["lat"], cells["lon"]) in self._shared,
        )

    def _outside(self, rows: Sequence[_Row]) -> dict[int, RegionCode]:
        """Give the positions of rows that lie outside their region, and the county they are in."""
        placed = [
            (number, Position(row.coordinates.value.lat, row.coordinates.value.lon), region)
            for number, row in enumerate(rows)
            if row.coordinates.value is not None and not row.region.reasons
            if not (region := row.region.value).startswith(FICTITIOUS)
        ]
        against = self._seats.outside([one[1] for one in placed], [one[2] for one in placed])
        found = zip((number for number, _, _ in placed), against, strict=True)
        return {number: county for number, county in found if county is not None}

    def _without_repetitions(
        self, findings: list[RowVerdict], passed: Sequence[_Row]
    ) -> Checked[ServicePoint]:
        """Hold back rows whose id, or whose name and address, stood before them."""
        points = [_point(row) for row in passed]
        likenesses = [_likeness(p.name, p.address, p.region) for p in points]
        names = [_likeness(p.name, "", p.region) for p in points]
        same_id = self._ids_seen.repeated(b"".join([_digest(point.id) for point in points]))
        alike = self._likenesses_seen.repeated(b"".join(likenesses))
        namesake = self._names_seen.repeated(b"".join(names))
        places = [n for n, row in enumerate(findings) if row.verdict is Verdict.ACCEPTABLE]
        keep = [True] * len(points)
        for number, (place, point) in enumerate(zip(places, points, strict=True)):
            reasons: tuple[Reason, ...] = ()
            if same_id[number]:
                reasons += (Reason.DUPLICATE_SOURCE_ID,)
            if alike[number]:
                reasons += (Reason.DUPLICATE_POINT,)
            if self._known.get(likenesses[number], point.id) != point.id:
                reasons += (Reason.DUPLICATE_OF_KNOWN,)
            if reasons:
                keep[number] = False
                row = findings[place]
                findings[place] = row._replace(verdict=Verdict.HELD_BACK, reasons=reasons)
                continue
            self._count(passed[number])
            if namesake[number]:
                remarks = (*findings[place].remarks, Remark.SAME_NAME)
                findings[place] = findings[place]._replace(remarks=remarks)
        return Checked(findings, list(compress(points, keep)))

    def _count(self, row: _Row) -> None:
        self.kinds[str(row.kind.value)] += 1
        if row.hours_text:
            self.hours_unread += row.hours_unread
            self.hours_read += not row.hours_unread


def shared_places(batches: Iterable[RowBatch]) -> frozenset[Place]:
    """Give the places that rows of different address name: they cannot all be right."""
    first: dict[Place, str] = {}
    shared: set[Place] = set()
    for batch in batches:
        columns = batch.columns
        for lat, lon, address in zip(
            columns["lat"], columns["lon"], columns["address"], strict=True
        ):
            if (lat or lon) and first.setdefault((lat, lon), address) != address:
                shared.add((lat, lon))
    return frozenset(shared)


def _by_row(batch: RowBatch) -> Iterable[Mapping[str, str]]:
    names = tuple(batch.columns)
    return (
        dict(zip(names, cells, strict=True)) for cells in zip(*batch.columns.values(), strict=True)
    )


def _judged(line: int, row: _Row, against: RegionCode | None, *, damaged: bool) -> RowVerdict:
    """Give the finding on one row from the findings on its cells."""
    label = f"{row.source}:{row.source_id}"
    if damaged:
        return RowVerdict(line, Verdict.HELD_BACK, label, (Reason.ROW_DAMAGED,))
    reasons = [reason for cell in row.cells for reason in cell.reasons]
    remarks = [remark for cell in row.cells for remark in cell.remarks]
    if not row.source_id:
        reasons.append(Reason.SOURCE_ID_BLANK)
    if against is not None:
        reasons.append(Reason.OUTSIDE_REGION)
    if row.internal:
        reasons.append(Reason.INTERNAL_ONLY)
    if row.shares_place:
        remarks.append(Remark.SHARED_PLACE)
    if row.hours_unread:
        remarks.append(Remark.HOURS_UNREAD)
    verdict = Verdict.HELD_BACK if reasons else Verdict.ACCEPTABLE
    return RowVerdict(
        line, verdict, label, tuple(dict.fromkeys(reasons)), tuple(dict.fromkeys(remarks))
    )


def _point(row: _Row) -> ServicePoint:
    assert row.kind.value is not None, "a row without a kind does not pass"
    region = row.region.value
    return ServicePoint(
        id=PointId(f"{row.source}:{row.source_id}"),
        name=row.name.value,
        kind=row.kind.value,
        organization=row.organization,
        card_bank=row.bank.value,
        address=row.address.value,
        landmark=row.landmark,
        region=region,
        phone=row.phone.value,
        coordinates=row.coordinates.value,
        hours_text=row.hours_text,
        capabilities=row.capabilities.value,
        example=region.startswith(FICTITIOUS),
    )


def _likeness(name: str, address: str, region: str) -> bytes:
    """Give what two rows of the same place have in common, whatever list they stand in."""
    return _digest("\0".join("".join(folded(text).split()) for text in (name, address, region)))


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=VALUE_BYTES).digest()
