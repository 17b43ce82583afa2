"""Coordinates: the three systems, forth and back."""

import csv
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qika.terms.coordinates import (
    Crs,
    Position,
    bd09_to_gcj02,
    distance_m,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_mainland_frame,
    to_wgs84,
    wgs84_to_gcj02,
)

TABLE = Path(__file__).parent.parent / "data" / "coordinates.csv"
REFERENCE = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
MILLIMETRE = 0.001

latitudes = st.floats(18, 53)
longitudes = st.floats(74, 134)


@pytest.mark.parametrize("row", REFERENCE, ids=lambda row: row["place"])
def test_the_shifts_agree_with_a_converter_by_another_hand(row):
    shifted = wgs84_to_gcj02(float(row["lat"]), float(row["lon"]))
    expected = Position(float(row["gcj02_lat"]), float(row["gcj02_lon"]))
    assert distance_m(shifted, expected) < MILLIMETRE

    baidu = gcj02_to_bd09(*expected)
    assert distance_m(baidu, Position(float(row["bd09_lat"]), float(row["bd09_lon"]))) < MILLIMETRE


@given(latitudes, longitudes)
def test_gcj02_leads_back_to_the_same_millimetre(lat, lon):
    assume(in_mainland_frame(lat, lon))
    assert distance_m(gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon)), Position(lat, lon)) < MILLIMETRE


@given(latitudes, longitudes)
def test_bd09_leads_back_to_the_same_millimetre(lat, lon):
    assert distance_m(bd09_to_gcj02(*gcj02_to_bd09(lat, lon)), Position(lat, lon)) < MILLIMETRE


@given(latitudes, longitudes)
def test_every_system_leads_to_the_same_wgs84_position(lat, lon):
    assume(in_mainland_frame(lat, lon))
    here = Position(lat, lon)
    gcj02 = wgs84_to_gcj02(lat, lon)
    assert to_wgs84(lat, lon, Crs.WGS84) == here
    assert distance_m(to_wgs84(*gcj02, Crs.GCJ02), here) < MILLIMETRE
    assert distance_m(to_wgs84(*gcj02_to_bd09(*gcj02), Crs.BD09), here) < MILLIMETRE


@given(latitudes, longitudes)
def test_the_mainland_shift_is_between_ten_and_eight_hundred_metres(lat, lon):
    assume(in_mainland_frame(lat, lon))
    assert 10 < distance_m(wgs84_to_gcj02(lat, lon), Position(lat, lon)) < 800


OUTSIDE = {
    "Victoria, Hong Kong": (22.2783, 114.1747),
    "Sheung Shui, Hong Kong": (22.5000, 114.1270),
    "Lantau, Hong Kong": (22.2580, 113.9430),
    "Senado Square, Macao": (22.1937, 113.5399),
    "Taipa, Macao": (22.1560, 113.5570),
    "Taipei": (25.0375, 121.5637),
    "Kaohsiung": (22.6273, 120.3014),
    "Magong, Penghu": (23.5650, 119.5660),
    "Ulaanbaatar": (47.9184, 106.9177),
    "Seoul": (37.5665, 126.9780),
    "Fukuoka": (33.5904, 130.4017),
    "London": (51.5074, -0.1278),
    "Singapore south of the frame": (0.5, 104.0),
}


@pytest.mark.parametrize("place", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_nothing_moves_outside_the_mainland(place):
    assert not in_mainland_frame(*place)
    assert wgs84_to_gcj02(*place) == place
    assert gcj02_to_wgs84(*place) == place


INSIDE = {
    "Shekou": (22.4850, 113.9130),
    "Futian": (22.5410, 114.0590),
    "Luohu port": (22.5370, 114.1170),
    "Yantian": (22.5570, 114.2370),
    "Nan'ao, Dapeng": (22.5350, 114.4830),
    "Gongbei, Zhuhai": (22.2210, 113.5490),
    "Hengqin, Zhuhai": (22.1330, 113.5310),
    "Pingtan": (25.5050, 119.7900),
    "Xiamen": (24.4798, 118.0894),
    "Erenhot": (43.6530, 111.9770),
    "Dandong": (40.1290, 124.3830),
    "Hulunbuir": (49.2120, 119.7650),
}


@pytest.mark.parametrize("place", INSIDE.values(), ids=INSIDE.keys())
def test_places_close_to_the_border_are_shifted(place):
    assert in_mainland_frame(*place)


def test_a_degree_of_latitude_is_111_kilometres():
    assert distance_m(Position(30, 110), Position(31, 110)) == pytest.approx(111_195, abs=1)


def test_beijing_and_shanghai_are_1068_kilometres_apart():
    beijing, shanghai = Position(39.904211, 116.407394), Position(31.230416, 121.473701)
    assert distance_m(beijing, shanghai) == pytest.approx(1_067_300, abs=1_000)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_distance_is_symmetric_and_never_more_than_half_the_earth(lat_a, lon_a, lat_b, lon_b):
    a, b = Position(lat_a, lon_a), Position(lat_b, lon_b)
    assert distance_m(a, b) == pytest.approx(distance_m(b, a))
    assert 0 <= distance_m(a, b) <= 20_015_200
