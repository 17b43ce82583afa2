"""The nearest search: equal to brute force, paging, lists of regions, versions on disk."""

import importlib.util
import sys
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from qika.points.compiling import compiled
from qika.points.hours import SHANGHAI
from qika.points.index import (
    PointColumns,
    build_from_columns,
    build_index,
    columns_of,
    open_stored,
)
from qika.points.nearest import MOST_ANSWERS, Cursor, NearestIndex, open_index
from qika.points.plans import Plans
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.points.profiles import PointFilter, profile_of, region_bounds
from qika.points.serving import serves
from qika.points.versions import current_version
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)

COUNTER, PHARMACY = ChannelCode("bank_counter"), ChannelCode("pharmacy_first_use")
KIOSK, VISIT = ChannelCode("kiosk"), ChannelCode("home_visit")
ICBC, CCB = BankCode("102"), BankCode("105")
SHENZHEN = (IssuerCode("440305"), IssuerCode("440300"), IssuerCode("440000"))
BEIJING = (IssuerCode("110101"), IssuerCode("110000"))
SOCIAL, FINANCIAL = Application.SOCIAL, Application.FINANCIAL
BOTH = (SOCIAL, FINANCIAL)


class WeekDays:
    def day_kind(self, day: date) -> str:
        return "working" if day.weekday() < 5 else "weekend"


CALENDAR = WeekDays()
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=SHANGHAI)
MIDNIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI)


def can(
    channel: ChannelCode,
    applications: tuple[Application, ...] = BOTH,
    banks: tuple[BankCode, ...] = (),
    regions: tuple[IssuerCode, ...] = (),
) -> Capability:
    return Capability(channel, applications, banks, regions, "test", None)


def point(
    number: int,
    *capabilities: Capability,
    lat: float | None = 22.5,
    lon: float = 114.0,
    name: str = "",
    kind: PointKind = PointKind.BANK_OUTLET,
    region: str = "440305",
    hours: str = "",
) -> ServicePoint:
    return ServicePoint(
        id=PointId(f"test:{number}"),
        name=name or f"point {number}",
        kind=kind,
        organization="",
        card_bank=None,
        address="",
        landmark="",
        region=RegionCode(region),
        phone="",
        coordinates=None if lat is None else Coordinates(lat, lon, "WGS84"),
        hours_text=hours,
        capabilities=capabilities,
    )


def indexed(folder: Path, *points: ServicePoint) -> NearestIndex:
    build_index(points, folder)
    return open_index(folder)


def rows(index: NearestIndex, where: PointFilter, **options: object) -> list[int]:
    return [found.row for found in index.nearest(22.5, 114.0, where=where, **options)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """The generator, the questions and the brute force of the benchmark."""
    path = Path(__file__).parents[2] / "bench" / "bench_nearest.py"
    spec = importlib.util.spec_from_file_location("bench_nearest", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_fifty_thousand_points_give_the_answers_of_brute_force(
    bench: ModuleType, tmp_path: Path
) -> None:
    columns: PointColumns = bench.generate(50_000)
    build_from_columns(columns, tmp_path)
    cases = bench.cases_of(columns, 440, 7)
    assert bench.count_differences(columns, open_index(tmp_path), cases) == 0


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ((None, None, None, None), True),
        ((COUNTER, SOCIAL, ICBC, SHENZHEN), True),
        ((COUNTER, SOCIAL, CCB, SHENZHEN), False),  # CCB is at the kiosk
        ((KIOSK, FINANCIAL, CCB, SHENZHEN), False),  # the kiosk is for the social application
        ((KIOSK, SOCIAL, CCB, BEIJING), True),  # it serves any issuer
        ((COUNTER, SOCIAL, ICBC, BEIJING), False),
        ((None, FINANCIAL, CCB, None), False),  # two capabilities do not add up
        ((None, None, None, ()), True),  # the kiosk names no issuer
        ((PHARMACY, None, None, None), False),
        ((VISIT, SOCIAL, CCB, BEIJING), True),  # the visit names neither bank nor issuer
    ],
)
def test_one_capability_must_admit_all_that_is_asked(
    asked: tuple[
        ChannelCode | None, Application | None, BankCode | None, tuple[IssuerCode, ...] | None
    ],
    served: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    outlet = point(
        1,
        can(COUNTER, BOTH, (ICBC,), (IssuerCode("440300"),)),
        can(KIOSK, (SOCIAL,), (CCB,)),
        can(VISIT, (SOCIAL,)),
    )
    assert serves(outlet, *asked) is served
    assert rows(indexed(tmp_path, outlet), PointFilter(*asked)) == [0] * served


def test_order_and_repetition_of_capabilities_make_no_other_profile() -> None:
    first, second = can(COUNTER, BOTH, (ICBC, CCB)), can(KIOSK)
    turned = can(COUNTER, BOTH[::-1], (CCB, ICBC, CCB))
    assert profile_of(point(1, first, second)) == profile_of(point(2, second, turned, second))


def test_points_on_one_spot_come_in_order_of_row_and_pages_neither_repeat_nor_skip(
    tmp_path: Path,
) -> None:
    index = indexed(tmp_path, *(point(number, can(KIOSK)) for number in range(100)))
    seen: list[int] = []
    after: Cursor | None = None
    while page := index.nearest(22.5, 114.0, limit=7, after=after):
        seen += [found.row for found in page]
        assert len(seen) <= 100
        after = page[-1].cursor
    assert seen == list(range(100))


def test_what_nobody_serves_is_an_empty_answer(tmp_path: Path) -> None:
    index = indexed(tmp_path, *(point(number, can(KIOSK)) for number in range(40)))
    assert rows(index, PointFilter(COUNTER)) == []
    assert rows(index, PointFilter(kind=PointKind.HOSPITAL)) == []
    assert rows(index, PointFilter(region=RegionCode("110000"))) == []
    assert index.in_region(PointFilter(COUNTER)) == []


def test_an_index_without_points_answers_with_nothing(tmp_path: Path) -> None:
    index = indexed(tmp_path)
    index.warm_up()
    assert len(index) == 0
    assert index.nearest(22.5, 114.0, open_at=MORNING, calendar=CALENDAR)[:] == []
    assert index.in_region(PointFilter()) == []


def test_only_points_known_to_be_open_are_found_when_open_is_asked(tmp_path: Path) -> None:
    index = indexed(
        tmp_path,
        point(0, hours="Mo-Fr 09:00-17:00"),
        point(1, hours="24/7"),
        point(2, hours="no idea"),
        point(3, hours="20:00-04:00"),
        point(4, hours="Tu 02:00-03:00"),
        point(5, hours="Mo 23:00-00:01"),
    )
    assert rows(index, PointFilter(), open_at=MORNING, calendar=CALENDAR) == [0, 1]
    assert rows(index, PointFilter(), open_at=NIGHT, calendar=CALENDAR) == [1, 3]
    assert rows(index, PointFilter(), open_at=MIDNIGHT, calendar=CALENDAR) == [1, 3, 5]
    assert rows(index, PointFilter()) == [0, 1, 2, 3, 4, 5]
    listed = index.in_region(PointFilter(), open_at=NIGHT, calendar=CALENDAR)
    assert [each.row for each in listed] == [1, 3]


def test_more_schedules_than_bits_are_kept_apart(tmp_path: Path) -> None:
    texts = [f"{n // 60:02}:{n % 60:02}-{n // 60 + 6:02}:{n % 60:02}" for n in range(0, 1080, 7)]
    index = indexed(tmp_path, *(point(n, hours=text) for n, text in enumerate(texts)))
    minute = MORNING.hour * 60
    expected = [n for n, start in enumerate(range(0, 1080, 7)) if start <= minute < start + 360]
    assert rows(index, PointFilter(), limit=200, open_at=MORNING, calendar=CALENDAR) == expected


def test_asking_what_is_open_takes_a_zone_and_a_calendar(tmp_path: Path) -> None:
    index = indexed(tmp_path, point(0))
    with pytest.raises(ValueError, match="calendar"):
        index.nearest(22.5, 114.0, open_at=MORNING)
    with pytest.raises(ValueError, match="zone"):
        index.nearest(22.5, 114.0, open_at=MORNING.replace(tzinfo=None), calendar=CALENDAR)


@pytest.mark.parametrize(
    ("lat", "lon", "limit"),
    [(91, 0, 1), (0, 181, 1), (float("nan"), 0, 1), (0, 0, 0), (0, 0, MOST_ANSWERS + 1)],
)
def test_impossible_questions_are_refused(
    lat: float, lon: float, limit: int, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"degrees|Ask"):
        indexed(tmp_path, point(0)).nearest(lat, lon, limit=limit)


@pytest.mark.parametrize(
    ("region", "bounds"),
    [
        (None, (-1, 999_999)),
        ("440000", (440_000, 449_999)),
        ("440300", (440_300, 440_399)),
        ("440305", (440_305, 440_305)),
    ],
)
def test_a_region_covers_the_codes_that_begin_with_its_own(
    region: str | None, bounds: tuple[int, int]
) -> None:
    assert region_bounds(None if region is None else RegionCode(region)) == bounds


@pytest.mark.parametrize("region", ["44", "xpcc", "44030\uff15", ""])
def test_what_is_no_region_code_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="six digits"):
        region_bounds(RegionCode(region))


def test_a_region_lists_its_points_by_name_also_those_without_coordinates(tmp_path: Path) -> None:
    index = indexed(
        tmp_path,
        point(0, name="b", region="440305"),
        point(1, name="a", region="440305", lat=None),
        point(2, name="c", region="440304"),
        point(3, name="a", region="110101"),
    )
    where = PointFilter(region=RegionCode("440300"))
    first = index.in_region(where, limit=2)
    assert [each.point_id for each in first] == ["test:2", "test:1"]
    rest = index.in_region(where, limit=2, after=first[-1].place)
    assert [each.point_id for each in rest] == ["test:0"]
    assert rows(index, where) == [0, 2]
    assert len(index) == 4


def test_a_distance_is_that_along_the_ground(tmp_path: Path) -> None:
    index = indexed(tmp_path, point(0, lat=23.5), point(1, lat=22.5))
    near, far = index.nearest(22.5, 114.0)
    assert (near.point_id, near.distance_m) == ("test:1", 0)
    assert far.distance_m == pytest.approx(6_371_008.8 * np.pi / 180, abs=0.001)


def test_a_folder_without_an_index_says_so(tmp_path: Path) -> None:
    assert current_version(tmp_path) is None
    with pytest.raises(FileNotFoundError, match="build it first"):
        open_index(tmp_path)


def test_columns_that_cannot_be_points_are_refused(tmp_path: Path) -> None:
    columns = columns_of([point(0), point(1, lat=95.0)])
    with pytest.raises(ValueError, match="test:1"):
        build_from_columns(columns, tmp_path)
    short = columns_of([point(0)])
    with pytest.raises(ValueError, match="length"):
        build_from_columns(
            PointColumns(
                short.ids, [], short.region, short.lat, short.lon, short.profile,
                short.schedule, short.profiles, short.schedules, short.stored,
            ),
            tmp_path,
        )  # fmt: skip


def test_a_filter_asked_again_after_its_plan_was_given_up_has_the_same_answer(
    tmp_path: Path,
) -> None:
    build_index([point(0, can(COUNTER)), point(1, can(KIOSK))], tmp_path)
    for room in (1, 5_000, 1_000_000):
        index = NearestIndex(open_stored(tmp_path), plan_bytes=room)
        for _ in range(3):
            assert rows(index, PointFilter(COUNTER)) == [0]
            assert rows(index, PointFilter(KIOSK)) == [1]
            assert rows(index, PointFilter()) == [0, 1]


def test_filters_that_admit_the_same_points_share_a_plan_and_no_others_do(tmp_path: Path) -> None:
    here, there = (SHENZHEN[1],), (BEIJING[1],)
    index = indexed(
        tmp_path,
        *(point(number, can(COUNTER, regions=here)) for number in range(3)),
        point(3, can(COUNTER, (SOCIAL,), regions=there), region="110101"),
        point(4, can(KIOSK), region="440306"),
    )
    county = PointFilter(COUNTER, SOCIAL, issuer_chain=SHENZHEN)
    alike = [
        PointFilter(COUNTER, FINANCIAL, issuer_chain=SHENZHEN),
        PointFilter(COUNTER, FINANCIAL),
        PointFilter(COUNTER, SOCIAL, issuer_chain=(IssuerCode("440306"), *SHENZHEN[1:])),
    ]
    others = [
        PointFilter(COUNTER, SOCIAL, issuer_chain=BEIJING),
        PointFilter(COUNTER, SOCIAL),
        PointFilter(KIOSK, issuer_chain=SHENZHEN),
        PointFilter(COUNTER, SOCIAL, issuer_chain=SHENZHEN, region=RegionCode("440306")),
    ]
    plan = index._planned(county)
    assert [index._planned(one) is plan for one in alike] == [True] * 3
    assert [index._planned(one) is plan for one in others] == [False] * 4
    assert [rows(index, one) for one in (county, *alike)] == [[0, 1, 2]] * 4
    assert [rows(index, one) for one in others] == [[3], [0, 1, 2, 3], [4], []]


def test_plans_take_no_more_room_than_they_are_given(tmp_path: Path) -> None:
    index = indexed(tmp_path, *(point(number, can(KIOSK)) for number in range(40)))
    plan = index._planned(PointFilter(KIOSK))
    plans = Plans(3 * plan.own_bytes)
    wheres = [PointFilter(limit) for limit in map(ChannelCode, "abcdef")]
    for where in wheres:
        plans.keep(where, plan)
        assert plans.find(wheres[0]) is plan, "what is asked for again and again is kept"
    assert [where.channel for where in wheres if plans.find(where)] == ["a", "e", "f"]


def test_answers_are_a_sequence_of_what_was_found(tmp_path: Path) -> None:
    index = indexed(tmp_path, *(point(number, lat=22.5 + number / 100) for number in range(5)))
    answers = index.nearest(22.5, 114.0, limit=4)
    assert [each.row for each in answers] == [0, 1, 2, 3]
    assert (answers[-1].row, answers[1:3]) == (3, [answers[1], answers[2]])
    assert [row for _, _, row in answers.columns()] == [0, 1, 2, 3]
    with pytest.raises(IndexError):
        _ = answers[4]


def test_where_no_folder_takes_machine_code_it_is_compiled_all_the_same() -> None:
    source: dict[str, object] = {}
    exec("def double(number):\n    return number * 2\n", source)  # a function of no file
    assert compiled(source["double"])(21) == 42  # type: ignore[arg-type,operator]
