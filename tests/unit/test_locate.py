"""Points that serve a question: merged from all ways, inside the reach of the rules."""

from dataclasses import replace
from datetime import datetime

import pytest

from qika.activation.place import area_of, narrower
from qika.inquiry.plan import plan
from qika.inquiry.question import Question
from qika.operations.locate import Wish, locate
from qika.terms.names import Application, ChannelCode, PointKind, RegionCode, Who

from tests.journeys.example_site import PointsInMemory, example_site
from tests.people import EXAMPLE, ICBC, TODAY, PlainCalendar

HERE = (30.0, 120.0)
S, F = Application.SOCIAL, Application.FINANCIAL


@pytest.fixture
def office(example_book):
    return example_site(example_book).office


def planned(office, **asked):
    question = Question(EXAMPLE, TODAY, **asked)
    rules_on = lambda day: office.rulings.on(EXAMPLE, day)  # noqa: E731 - a rule of one line
    return plan(question, rules_on, PlainCalendar(), fictitious=True)


def found(office, made, here=HERE, **wish):
    return [
        one.nearby.point.id.removeprefix("example:") for one in all_of(office, made, here, **wish)
    ]


def all_of(office, made, here=HERE, **wish):
    items, after = [], None
    for _ in range(40):
        page = locate(office, made, here, Wish(after=after, **wish))
        items += page.items
        after = page.next_cursor
        if after is None:
            return items
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_every_page_size_gives_the_same_points_in_the_same_order(office, limit):
    names = found(office, planned(office, card_bank=ICBC), limit=limit)
    outlets = [f"bank-{number:02d}" for number in range(1, 14, 2)]
    assert names == [outlets[0], "hospital", "pharmacy", *outlets[1:]]


def test_a_point_says_by_which_ways_and_for_which_applications(office):
    made = planned(office, card_bank=ICBC)
    first, hospital, *_ = all_of(office, made)
    assert first.ways == ((ChannelCode("bank_counter"), (S, F)),)
    assert hospital.ways == ((ChannelCode("hospital_first_use"), (S,)),)
    assert hospital.applications == {S}


def test_a_point_is_listed_once_though_several_ways_lead_there(office):
    made = planned(office, who=Who.HOMEBOUND, card_bank=ICBC)
    first, *_ = all_of(office, made)
    assert {channel for channel, _ in first.ways} == {"bank_counter", "home_visit"}
    names = found(office, made)
    assert len(names) == len(set(names)) == 7


def test_where_only_one_application_reaches_the_point_says_which(office):
    near, *rest = office.directory.points
    far = replace(near, region=RegionCode("310000"))
    made = planned(replace(office, directory=PointsInMemory((far, *rest), {})), card_bank=ICBC)
    first, *others = all_of(replace(office, directory=PointsInMemory((far, *rest), {})), made)
    assert first.applications == {F}
    assert all(one.applications == {S, F} for one in others if one.ways[0][0] == "bank_counter")


def test_a_person_in_a_region_sees_what_serves_there_and_nothing_out_of_reach(office):
    made = planned(office, card_bank=ICBC)
    assert len(found(office, made, RegionCode("990101"))) == 9
    assert found(office, made, RegionCode("310000")) == []
    assert len(found(office, made, None)) == 9


def test_wishes_narrow_the_list(office):
    made = planned(office, card_bank=ICBC)
    assert found(office, made, kind=PointKind.HOSPITAL) == ["hospital"]
    assert found(office, made, channel=ChannelCode("pharmacy_first_use")) == ["pharmacy"]
    assert "pharmacy" not in found(office, made, open_now=True), "its hours are not known"
    closed = replace(office, clock=lambda: datetime.fromisoformat("2026-11-20T20:00:00+08:00"))
    assert found(closed, made, open_now=True) == []


def test_a_look_past_points_that_the_rules_refuse_is_bounded_and_goes_on(office):
    made = planned(office, card_bank=ICBC)
    page = locate(office, made, HERE, Wish(limit=100, look_at=4))
    assert (len(page.items), page.next_cursor is None) == (4, False)
    assert len(found(office, made, limit=100, look_at=4)) == 9


@pytest.mark.parametrize(
    ("scope", "issuer", "area"),
    [
        ("city", "440305", "440300"),
        ("city", "110105", "110100"),
        ("city", "440000", "440000"),
        ("same_bank_province", "440305", "440000"),
        ("county", "440300", "440300"),
        ("same_bank_nationwide", "440300", None),
        ("city", "xpcc", None),
        ("", "440300", None),
    ],
)
def test_the_area_of_a_scope_is_a_region(scope, issuer, area):
    assert area_of(scope, issuer) == area


def test_of_two_regions_the_narrower_counts_if_they_meet():
    city, county, other = RegionCode("440300"), RegionCode("440305"), RegionCode("310000")
    assert narrower(city, county) == narrower(county, city) == county
    assert narrower(None, county) == narrower(county, None) == county
    assert narrower(None, None) is None
    with pytest.raises(ValueError, match="no place in common"):
        narrower(city, other)
