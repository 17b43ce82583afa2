"""The nearest search over generated points: what is admitted, in which order, page by page."""

import tempfile
from datetime import date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from qika.points.hours import SHANGHAI, is_open
from qika.points.hours_text import parse_hours
from qika.points.index import build_index
from qika.points.nearest import EARTH_RADIUS_M, Cursor, Found, NearestIndex, open_index
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.points.profiles import PointFilter
from qika.points.serving import serves
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)

CHANNELS = [ChannelCode(each) for each in ("bank_counter", "kiosk", "pharmacy_first_use")]
BANKS = [BankCode(each) for each in ("102", "105", "403")]
ISSUERS = [IssuerCode(each) for each in ("440305", "440300", "440000", "110000", "xpcc")]
REGIONS = [RegionCode(each) for each in ("440305", "440304", "440106", "110101")]
ASKED_REGIONS = [*REGIONS, RegionCode("440300"), RegionCode("440000"), RegionCode("310000")]
HOURS = ["", "24/7", "Mo-Fr 09:00-17:00; PH off", "8:00-18:00", "20:00-02:00", "by bell"]


class NewYear:
    def day_kind(self, day: date) -> str:
        if (day.month, day.day) == (1, 1):
            return "holiday"
        return "working" if day.weekday() < 5 else "weekend"


CALENDAR = NewYear()

some_banks = st.lists(st.sampled_from(BANKS), max_size=2).map(tuple)
some_issuers = st.lists(st.sampled_from(ISSUERS), max_size=2).map(tuple)
applications = st.sets(st.sampled_from(Application), min_size=1).map(tuple)
capabilities = st.builds(
    Capability,
    st.sampled_from(CHANNELS),
    applications,
    some_banks,
    some_issuers,
    st.just("test"),
    st.none(),
)
# a coarse grid, so that many points share a spot and many are equally far
degrees = st.integers(0, 6).map(lambda step: step / 4)
places = st.none() | st.builds(
    Coordinates, degrees.map(lambda d: 22 + d), degrees.map(lambda d: 113 + d), st.just("WGS84")
)
points = st.lists(
    st.tuples(
        st.sampled_from(PointKind),
        st.sampled_from(REGIONS),
        places,
        st.sampled_from(HOURS),
        st.lists(capabilities, max_size=3).map(tuple),
    ),
    max_size=60,
)
filters = st.builds(
    PointFilter,
    st.none() | st.sampled_from(CHANNELS),
    st.none() | st.sampled_from(Application),
    st.none() | st.sampled_from(BANKS),
    st.none() | some_issuers,
    st.none() | st.sampled_from(PointKind),
    st.none() | st.sampled_from(ASKED_REGIONS),
)
moments = st.none() | st.integers(0, 4 * 24 * 60).map(
    lambda minutes: datetime(2026, 12, 30, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)


def built(drawn: list[tuple[PointKind, RegionCode, Coordinates | None, str, tuple[Capability, ...]]]
          ) -> list[ServicePoint]:  # fmt: skip
    return [
        ServicePoint(
            id=PointId(f"test:{number}"),
            name=f"{number % 7}",
            kind=kind,
            organization="",
            card_bank=None,
            address="",
            landmark="",
            region=region,
            phone="",
            coordinates=place,
            hours_text=hours,
            capabilities=can,
        )
        for number, (kind, region, place, hours, can) in enumerate(drawn)
    ]


def admitted(point: ServicePoint, where: PointFilter, moment: datetime | None) -> bool:
    prefix = (where.region or "").removesuffix("00").removesuffix("00")
    return (
        (where.kind is None or point.kind is where.kind)
        and point.region.startswith(prefix)
        and (
            not where.asks_service
            or serves(point, where.channel, where.application, where.card_bank, where.issuer_chain)
        )
        and (moment is None or is_open(parse_hours(point.hours_text), moment, CALENDAR))
    )


def haversine_m(lat: float, lon: float, place: Coordinates) -> float:
    phi, psi = radians(lat), radians(place.lat)
    half = sin((psi - phi) / 2) ** 2
    half += cos(phi) * cos(psi) * sin(radians(place.lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(half))


def paged(
    index: NearestIndex, limit: int, where: PointFilter, moment: datetime | None
) -> list[Found]:
    found: list[Found] = []
    after: Cursor | None = None
    while page := index.nearest(
        22.6, 113.9, limit=limit, where=where, open_at=moment, calendar=CALENDAR, after=after
    ):
        found += page
        assert len(found) <= len(index), "a page repeats another"
        after = page[-1].cursor
    return found


@settings(max_examples=60, deadline=None)
@given(points, st.lists(st.tuples(filters, moments, st.integers(1, 9)), min_size=1, max_size=8))
def test_all_and_only_admitted_points_come_nearest_first_in_pages_and_lists(
    drawn: list[tuple[PointKind, RegionCode, Coordinates | None, str, tuple[Capability, ...]]],
    questions: list[tuple[PointFilter, datetime | None, int]],
) -> None:
    known = built(drawn)
    with tempfile.TemporaryDirectory() as folder:
        build_index(known, Path(folder))
        index = open_index(Path(folder))
        for where, moment, limit in questions:
            right = [row for row, each in enumerate(known) if admitted(each, where, moment)]
            found = paged(index, limit, where, moment)
            assert sorted(each.row for each in found) == [
                row for row in right if known[row].coordinates is not None
            ]
            assert [(each.chord, each.row) for each in found] == sorted(
                (each.chord, each.row) for each in found
            )
            for each in found:
                place = known[each.row].coordinates
                assert place is not None
                assert abs(each.distance_m - haversine_m(22.6, 113.9, place)) < 0.001
                assert each.point_id == known[each.row].id
            listed = index.in_region(where, limit=limit, open_at=moment, calendar=CALENDAR)
            in_order = sorted(right, key=lambda row: (known[row].region, known[row].name,
                                                      known[row].id))  # fmt: skip
            assert [each.row for each in listed] == in_order[:limit]
