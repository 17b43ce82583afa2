"""The 11,494 real points through the importer: the tally that a person has read row by row.

Run by ``make test-shared``, and by ``make test`` where the shared folder is there; the rows stand
beside the repository and some of them have no licence that would let them be shipped.
"""

import asyncio
import csv
import gzip
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from qika.operations.import_points import import_points
from qika.operations.importing.references import References
from qika.operations.importing.tables import POINTS
from qika.operations.importing.verdicts import Reason, Remark, RowVerdict, Verdict
from qika.partners.tables.mapping import packaged_mapping_text, parse_mapping
from qika.partners.tables.opening import open_table
from qika.terms.banks import parse_banks

from tests.importing import (
    NOON,
    MemoryArchive,
    Verdicts,
    packaged_banks_text,
    packaged_gazetteer,
)

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "points_real.csv.gz"


class Loaded:
    """The list after one import."""

    def __init__(self, book) -> None:
        self.archive, self.verdicts = MemoryArchive(), Verdicts()
        banks = parse_banks(packaged_banks_text())
        self.references = References(packaged_gazetteer(), banks, book.channels)
        self.report = self.load()
        with gzip.open(REAL, "rt", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))

    def load(self):
        self.verdicts.clear()
        mapping = parse_mapping(packaged_mapping_text("points_real"), "points_real", POINTS)
        return asyncio.run(
            import_points(
                self.archive,
                open_table(REAL, POINTS, mapping),
                self.references,
                today=NOON.date(),
                dry_run=False,
                verdicts=self.verdicts,
            )
        )

    def of(self, reason: Reason | Remark) -> list[tuple[RowVerdict, dict[str, str]]]:
        return [
            (row, self.rows[row.line - 2])
            for row in self.verdicts
            if reason in row.reasons or reason in row.remarks
        ]


@pytest.fixture(scope="module")
def real(example_book):
    return Loaded(example_book)


def test_the_tally_is_the_one_that_was_read(real):
    report = real.report
    assert report.adds_up
    assert report.verdicts == {Verdict.ADDED: 9_930, Verdict.HELD_BACK: 1_564}
    assert report.reasons == {
        Reason.DUPLICATE_POINT: 1_314,
        Reason.INTERNAL_ONLY: 182,
        Reason.ADDRESS_MASKED: 62,
        Reason.OUTSIDE_REGION: 9,
        Reason.BANK_MISMATCH: 8,
        Reason.DUPLICATE_SOURCE_ID: 3,
    }
    assert report.remarks == {
        Remark.CRS_PRESUMED: 319,
        Remark.SAME_NAME: 60,
        Remark.PHONE_INCOMPLETE: 49,
        Remark.SHARED_PLACE: 21,
        Remark.PHONE_MOBILE: 21,
        Remark.HOURS_UNREAD: 7,
    }
    assert report.rows_of_kind == {"hospital": 9_652, "pharmacy": 140, "bureau": 138}
    assert (report.hours_read, report.hours_unread) == (398, 7)


def test_nothing_is_claimed_of_any_real_point(real):
    assert not any(point.capabilities for point in real.archive.held_points.values())


def test_the_nine_points_outside_their_county_are_those_that_were_looked_up(real):
    assert {row["source_id"] for _, row in real.of(Reason.OUTSIDE_REGION)} == {
        "ly-36", "ly-16", "ly-37", "ly-38", "ly-b2", "ly-34",
        "gz-F00010", "gz-E00011", "nw-bj018",
    }  # fmt: skip


def test_the_eight_outlets_matched_to_another_bank_or_to_none_are_those_that_were_read(real):
    found = {row["source_id"] for _, row in real.of(Reason.BANK_MISMATCH)}
    assert found == {"ly-b1", "ly-b2", "ly-b4", "ly-b7", "ly-b8", "ly-b16", "ly-b18", "ly-b19"}


def test_every_masked_outlet_and_every_internal_institution_is_held_back(real):
    held = {row.line for row in real.verdicts if row.verdict is Verdict.HELD_BACK}
    for number, row in enumerate(real.rows, start=2):
        if "*" in row["address"] or row["note"].startswith("对内"):
            assert number in held


def test_no_mobile_number_is_left_and_only_numbers_with_one_were_shortened(real):
    points = real.archive.held_points
    assert Counter(row["source"] for _, row in real.of(Remark.PHONE_MOBILE)) == {
        "fever_clinics_2020": 21
    }
    for _, row in real.of(Remark.PHONE_MOBILE):
        digits = "".join(filter(str.isdigit, row["phone"]))
        assert digits[-11] == "1"
        kept = points[f"{row['source']}:{row['source_id']}"].phone
        assert digits[-11:] not in "".join(filter(str.isdigit, kept))


def test_every_duplicate_has_the_name_address_and_region_of_a_row_before_it(real):
    before: set[tuple[str, ...]] = set()
    duplicates = {row.line for row, _ in real.of(Reason.DUPLICATE_POINT)}
    for line, cells in enumerate(real.rows, start=2):
        likeness = tuple(_plain(cells[column]) for column in ("name", "address", "adcode"))
        assert line not in duplicates or likeness in before
        before.add(likeness)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_the_same_list_again_changes_nothing(real):
    held = dict(real.archive.held_points)
    again = real.load()
    assert again.verdicts == {Verdict.UNCHANGED: 9_930, Verdict.HELD_BACK: 1_564}
    assert real.archive.held_points == held
