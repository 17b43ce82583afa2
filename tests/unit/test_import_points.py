"""Points files: what is held back, what is dropped, and that nothing is invented."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from qika.operations.import_points import import_points
from qika.operations.importing.references import References
from qika.operations.importing.tables import POINTS
from qika.operations.importing.verdicts import ImportReport, Reason, Remark, Verdict
from qika.partners.tables.mapping import packaged_mapping_text, parse_mapping
from qika.partners.tables.opening import FileTable, open_table
from qika.partners.tables.report import render_report
from qika.points.point import Capability, ServicePoint
from qika.terms.banks import parse_banks
from qika.terms.coordinates import wgs84_to_gcj02
from qika.terms.names import Application, Language, PointKind

from tests.importing import (
    NOON,
    MemoryArchive,
    Verdicts,
    packaged_banks_text,
    packaged_gazetteer,
    write_csv,
)

REGIONS = packaged_gazetteer()
BANKS = parse_banks(packaged_banks_text())
HERE = Path(__file__).parent.parent / "data" / "hospitals_2020.csv"

OUTLET = {
    "source_id": "1",
    "name": "中国工商银行深圳南山支行",
    "kind": "bank_outlet",
    "card_bank": "102",
    "address": "南山区桃园路1号",
    "region": "440305",
    "lat": "22.53",
    "lon": "113.93",
    "crs": "WGS84",
    "phone": "0755-26000000",
    "opening_hours": "Mo-Fr 09:00-17:00",
}
SERVING = OUTLET | {
    "channels": "bank_counter bank_entrusted",
    "applications": "both",
    "regions_served": "440300",
    "capability_source": "bureau notice",
    "confirmed_on": "2026-10-01",
}


BATCH = 512


class World:
    """A directory in memory, and files to load into it."""

    def __init__(self, book, folder: Path) -> None:
        self.archive = MemoryArchive()
        self.references = References(REGIONS, BANKS, book.channels)
        self.folder = folder
        self.verdicts = Verdicts()

    def load(self, rows: Iterable[Mapping[str, str]], *, dry_run: bool = False) -> ImportReport:
        path = write_csv(self.folder / "points.csv", POINTS, rows)
        return self.load_table(open_table(path, POINTS), dry_run=dry_run)

    def load_table(self, table: FileTable, *, dry_run: bool = False) -> ImportReport:
        self.verdicts.clear()
        report = asyncio.run(
            import_points(
                self.archive,
                table,
                self.references,
                today=NOON.date(),
                dry_run=dry_run,
                batch=BATCH,
                verdicts=self.verdicts,
            )
        )
        assert report.adds_up
        return report

    def only(self) -> ServicePoint:
        (point,) = self.archive.held_points.values()
        return point


@pytest.fixture
def world(example_book, tmp_path):
    return World(example_book, tmp_path)


def test_a_whole_row_becomes_a_point_with_its_capabilities(world):
    world.load([SERVING])
    point = world.only()
    assert (point.id, point.kind, point.card_bank) == ("points:1", PointKind.BANK_OUTLET, "102")
    assert (point.coordinates.lat, point.coordinates.given_crs) == (22.53, "WGS84")
    assert point.phone == "0755-26000000"
    both = tuple(Application)
    day = NOON.date().replace(month=10, day=1)
    assert point.capabilities == tuple(
        Capability(channel, both, ("102",), ("440300",), "bureau notice", day)
        for channel in ("bank_counter", "bank_entrusted")
    )


def test_without_channels_nothing_is_claimed_of_a_point(world):
    world.load([OUTLET | {"capability_source": "somebody", "applications": "both"}])
    assert world.only().capabilities == ()


def test_applications_left_blank_are_those_of_the_channel(world):
    pharmacy = {"kind": "pharmacy", "card_bank": "", "channels": "pharmacy_first_use"}
    world.load([SERVING | pharmacy | {"applications": ""}])
    (capability,) = world.only().capabilities
    assert (capability.applications, capability.banks) == ((Application.SOCIAL,), ())


HELD_BACK = {
    "no id": ({"source_id": ""}, Reason.SOURCE_ID_BLANK),
    "no name": ({"name": ""}, Reason.NAME_BLANK),
    "masked name": ({"name": "工行**支行"}, Reason.NAME_MASKED),
    "masked address": ({"address": "南山区***路1号"}, Reason.ADDRESS_MASKED),
    "kind": ({"kind": "bank"}, Reason.KIND_UNKNOWN),
    "no region": ({"region": ""}, Reason.REGION_BLANK),
    "region": ({"region": "449999"}, Reason.REGION_UNKNOWN),
    "region not covered": ({"region": "820000"}, Reason.REGION_UNKNOWN),
    "several regions": ({"region": "鼓楼区"}, Reason.REGION_AMBIGUOUS),
    "half a place": ({"lon": ""}, Reason.COORDINATES_UNREADABLE),
    "no number": ({"lat": "22,53"}, Reason.COORDINATES_UNREADABLE),
    "not a number": ({"lat": "nan"}, Reason.COORDINATES_UNREADABLE),
    "swapped": ({"lat": "113.93", "lon": "22.53"}, Reason.COORDINATES_SWAPPED),
    "abroad": ({"lat": "48.85", "lon": "2.35"}, Reason.COORDINATES_OUTSIDE_CHINA),
    "crs": ({"crs": "beijing54"}, Reason.CRS_UNKNOWN_WORD),
    "another city": ({"lat": "23.13", "lon": "113.26"}, Reason.OUTSIDE_REGION),
    "bank unknown": ({"card_bank": "大牛银行"}, Reason.BANK_UNKNOWN),
    "other bank in the name": ({"card_bank": "103"}, Reason.BANK_MISMATCH),
    "other bank matched": ({"matched_name": "招商银行(南山支行)"}, Reason.BANK_MISMATCH),
    "no bank matched": ({"matched_name": "南山支行"}, Reason.BANK_MISMATCH),
    "internal": ({"audience": "internal"}, Reason.INTERNAL_ONLY),
    "channel": ({"channels": "counter"}, Reason.CHANNEL_UNKNOWN),
    "application": ({"applications": "medical"}, Reason.APPLICATION_UNKNOWN),
    "served": ({"regions_served": "999999"}, Reason.REGIONS_SERVED_UNKNOWN),
    "no source": ({"capability_source": ""}, Reason.CAPABILITY_UNSOURCED),
    "confirmed": ({"confirmed_on": "2026-13-01"}, Reason.DATE_UNREAL),
    "confirmed tomorrow": ({"confirmed_on": "2026-11-21"}, Reason.DATE_IN_FUTURE),
}


@pytest.mark.parametrize("case", HELD_BACK)
def test_a_row_that_would_mislead_is_held_back_with_its_reason(world, case):
    change, reason = HELD_BACK[case]
    world.load([SERVING | change])
    assert world.verdicts[0].reasons == (reason,)
    assert not world.archive.held_points


def test_masked_and_personal_telephone_numbers_are_dropped_and_the_point_stays(world):
    phones = {
        "0755-****0000": ("", Remark.PHONE_MASKED),
        "13800138000": ("", Remark.PHONE_MOBILE),
        "138 0013 8000": ("", Remark.PHONE_MOBILE),
        "+86-138-0013-8000": ("", Remark.PHONE_MOBILE),
        "0755-26000000/13800138000": ("0755-26000000", Remark.PHONE_MOBILE),
        "26000000或138 0013 8000": ("26000000", Remark.PHONE_MOBILE),
        "26000000或1380 0138000": ("26000000", Remark.PHONE_MOBILE),
        "0755-26000000 13800138000": ("0755-26000000", Remark.PHONE_MOBILE),
        "0755-26000000、26000001": ("0755-26000000; 26000001", None),
        "0755-": ("", Remark.PHONE_INCOMPLETE),
        "0712-2323036转8683": ("0712-2323036转8683", None),
        "12333": ("12333", None),
    }
    rows = [
        OUTLET | {"source_id": str(n), "address": str(n), "phone": phone}
        for n, phone in enumerate(phones)
    ]
    world.load(rows)
    kept = [point.phone for point in world.archive.held_points.values()]
    assert kept == [phone for phone, _ in phones.values()]
    for row, (_, remark) in zip(world.verdicts, phones.values(), strict=True):
        found = [one for one in row.remarks if one.startswith("phone")]
        assert found == ([remark] if remark else [])


def test_a_place_in_the_shifted_system_is_brought_to_wgs84(world):
    lat, lon = wgs84_to_gcj02(22.53, 113.93)
    world.load([OUTLET | {"lat": str(lat), "lon": str(lon), "crs": "GCJ-02"}])
    place = world.only().coordinates
    assert (place.lat, place.lon) == pytest.approx((22.53, 113.93), abs=1e-6)
    assert place.given_crs == "GCJ02"


def test_an_unknown_system_stays_unknown_and_a_presumed_one_too(world):
    lat, lon = map(str, wgs84_to_gcj02(22.53, 113.93))
    place = {"lat": lat, "lon": lon}
    world.load(
        [
            OUTLET | place | {"crs": ""},
            OUTLET | place | {"crs": "presumed GCJ02", "source_id": "2", "address": "x"},
        ]
    )
    first, second = world.archive.held_points.values()
    assert (first.coordinates.given_crs, second.coordinates.given_crs) == ("unknown", "unknown")
    assert (str(first.coordinates.lat), round(second.coordinates.lat, 6)) == (lat, 22.53)
    assert Remark.CRS_UNKNOWN in world.verdicts[0].remarks
    assert Remark.CRS_PRESUMED in world.verdicts[1].remarks


def test_whole_degrees_are_a_placeholder_and_no_place(world):
    world.load([OUTLET | {"lat": "36", "lon": "116", "region": "370100"}])
    assert world.only().coordinates is None
    assert Remark.COORDINATES_PLACEHOLDER in world.verdicts[0].remarks


def test_a_town_far_from_its_own_seat_and_only_somewhat_nearer_to_a_neighbours_is_believed(world):
    town = {"region": "370112", "lat": "36.4065", "lon": "117.0300", "address": "高而镇政府驻地"}
    world.load([OUTLET | town])
    assert world.verdicts[0].verdict is Verdict.ADDED


def test_a_point_of_the_fictitious_city_has_no_neighbours_and_is_marked(world):
    world.load([OUTLET | {"region": "990101", "lat": "31.3", "lon": "111.3"}])
    assert world.only().example


def test_rows_of_different_address_at_one_place_are_reported_both(world):
    world.load([OUTLET, OUTLET | {"source_id": "2", "address": "南山区桃园路9号"}])
    assert all(Remark.SHARED_PLACE in row.remarks for row in world.verdicts)


def test_the_second_row_of_an_id_or_of_a_place_is_held_back(world):
    world.load(
        [
            OUTLET,
            OUTLET | {"address": "elsewhere"},
            OUTLET | {"source_id": "3"},
            OUTLET | {"source_id": "4", "address": "南山区　桃园路１号"},
        ]
    )
    assert [row.reasons for row in world.verdicts] == [
        (),
        (Reason.DUPLICATE_SOURCE_ID,),
        (Reason.DUPLICATE_POINT,),
        (Reason.DUPLICATE_POINT,),
    ]


def test_a_point_known_under_another_id_is_held_back(world):
    world.load([OUTLET])
    world.load([OUTLET | {"source": "other list"}])
    assert world.verdicts[0].reasons == (Reason.DUPLICATE_OF_KNOWN,)


def test_a_namesake_in_the_region_is_loaded_and_remarked(world):
    world.load([OUTLET, OUTLET | {"source_id": "2", "address": "", "lat": "", "lon": ""}])
    assert [Remark.SAME_NAME in row.remarks for row in world.verdicts] == [False, True]


def test_a_bank_left_blank_is_taken_from_the_name(world):
    world.load([OUTLET | {"card_bank": ""}])
    assert world.only().card_bank == "102"
    assert Remark.BANK_FROM_NAME in world.verdicts[0].remarks


def test_the_general_word_for_rural_banks_fits_every_one_of_them(world):
    rural = {"card_bank": "农商银行", "name": "平邑农商银行", "region": "371326"}
    place = {"lat": "35.5104", "lon": "117.6238", "matched_name": "平邑农商银行(城区支行)"}
    world.load([OUTLET | rural | place])
    assert world.verdicts[0].verdict is Verdict.ADDED


def test_a_former_region_is_stored_as_that_of_today(world):
    world.load([OUTLET | {"region": "110103", "lat": "", "lon": ""}])
    assert world.only().region == "110101"
    assert Remark.REGION_RETIRED in world.verdicts[0].remarks


def test_hours_that_cannot_be_read_are_kept_as_they_are(world):
    report = world.load(
        [OUTLET, OUTLET | {"source_id": "2", "address": "x", "opening_hours": "8小时"}]
    )
    assert (report.hours_read, report.hours_unread) == (1, 1)
    assert [p.hours_text for p in world.archive.held_points.values()][1] == "8小时"


def test_a_dry_run_changes_nothing_and_the_same_file_twice_changes_nothing(world):
    report = world.load([OUTLET], dry_run=True)
    assert report.verdicts == {Verdict.ACCEPTABLE: 1}
    assert (world.archive.writes, world.archive.jobs) == (0, {})
    world.load([OUTLET])
    assert not world.load([OUTLET]).changed


def test_an_interrupted_run_is_continued(world):
    rows = [OUTLET | {"source_id": str(n), "address": str(n)} for n in range(BATCH + 5)]
    world.archive.fails_after = 1
    with pytest.raises(ConnectionError):
        world.load(rows)
    world.archive.fails_after = None
    report = world.load(rows)
    assert report.verdicts == {Verdict.DONE_BEFORE: BATCH, Verdict.ADDED: 5}
    assert len(world.archive.held_points) == len(rows)


def test_real_hospitals_load_with_a_report_that_a_person_can_read(world):
    mapping = parse_mapping(packaged_mapping_text("points_real"), "points_real", POINTS)
    report = world.load_table(open_table(HERE, POINTS, mapping))
    assert report.rows == 200
    assert report.rows_of_kind["hospital"] == len(world.archive.held_points)
    assert all(not point.capabilities for point in world.archive.held_points.values())
    assert set(report.reasons) == {Reason.DUPLICATE_POINT}
    assert report.hours_read > report.hours_unread > 0
    assert {point.id.partition(":")[0] for point in world.archive.held_points.values()} == {
        "fever_clinics_2020",
        "hospital_list_2020",
    }
    for language in Language:
        assert f"[{Reason.DUPLICATE_POINT}]" in render_report(report, language)
