"""Whether a point serves a card: bank, scope, capability, and which refusal comes first."""

from datetime import date

import pytest

from qika.activation.place import refusal_at, within_scope
from qika.activation.status import Status
from qika.points.point import ServicePoint
from qika.rulebook.book import Rulebook
from qika.rulebook.model import Dimensions, Rule
from qika.terms.names import (
    Application,
    BankCode,
    Basis,
    ChannelCode,
    Grade,
    IssuerCode,
    RegionCode,
    SourceId,
)

from tests.people import ABC, ICBC, TODAY, point, replace

COUNTER = ChannelCode("bank_counter")
SHENZHEN, NANSHAN = IssuerCode("440300"), IssuerCode("440305")
CHAIN = (NANSHAN, SHENZHEN, IssuerCode("440000"))


def refusal(
    book: Rulebook,
    here: ServicePoint,
    scope: str | None = "city",
    bank: BankCode | None = ICBC,
) -> Status | None:
    """Ask for the financial application of a Nanshan card under one rule of scope."""
    rule = Rule(
        issuer=SHENZHEN,
        parameter="scope",
        value=scope or "",
        dims=Dimensions(),
        since=date(2020, 1, 1),
        grade=Grade.A,
        basis=Basis.PUBLISHED,
        cites=(SourceId("test/1"),),
    )
    rules = replace(book, rules=(rule,) if scope else ()).at(CHAIN, TODAY)
    return refusal_at(rules, rules.channels[COUNTER], Application.FINANCIAL, bank, here)


def outlet(region: str = "440305", **said: object) -> ServicePoint:
    return point("bank_counter", **({"region": region} | said))


def only_for(here: ServicePoint, *banks: BankCode) -> ServicePoint:
    """The same point, whose capability names the banks whose cards it serves."""
    return replace(here, capabilities=tuple(replace(c, banks=banks) for c in here.capabilities))


@pytest.mark.parametrize(
    ("scope", "issuer", "inside", "outside"),
    [
        ("county", "440305", "440305", "440304"),
        ("city", "440305", "440304", "440106"),
        ("same_bank_city", "440305", "440300", "440400"),
        ("province", "440305", "445302", "430102"),
        ("same_bank_province", "440305", "440106", "430102"),
        ("any_cooperating_bank_in_province", "440305", "440106", "110101"),
        ("county", "440300", "440305", "440106"),
        ("county", "440000", "440305", "430102"),
        ("city", "440000", "445302", "430102"),
        ("city", "110000", "110105", "120101"),
    ],
)
def test_a_scope_holds_the_area_of_its_size_around_the_issuer(scope, issuer, inside, outside):
    assert within_scope(scope, issuer, RegionCode(inside))
    assert not within_scope(scope, issuer, RegionCode(outside))


@pytest.mark.parametrize("scope", ["same_bank_nationwide", "nationwide", "outlet", ""])
def test_what_bounds_no_area_holds_everything(scope):
    assert within_scope(scope, "440305", RegionCode("540102"))


def test_an_issuer_without_a_region_code_bounds_nothing():
    assert within_scope("county", "xpcc", RegionCode("659001"))


def test_the_banks_own_outlet_in_the_city_serves(example_book):
    assert refusal(example_book, outlet("440304")) is None


def test_without_a_rule_of_scope_distance_is_no_reason(example_book):
    assert refusal(example_book, outlet("540102"), scope=None) is None


def test_another_bank_is_wrong_and_that_is_said_before_the_distance(example_book):
    assert refusal(example_book, outlet("440304", bank=ABC)) is Status.WRONG_BANK
    assert refusal(example_book, outlet("540102", bank=ABC)) is Status.WRONG_BANK


def test_a_point_that_names_other_banks_is_wrong_and_that_is_said_before_the_distance(
    example_book,
):
    named = only_for(outlet("440304", bank=None), ABC)
    far = only_for(outlet("540102", bank=None), ABC)
    assert refusal(example_book, named) is Status.WRONG_BANK
    assert refusal(example_book, far) is Status.WRONG_BANK


def test_a_bank_not_known_is_never_wrong(example_book):
    assert refusal(example_book, outlet("440304", bank=ABC), bank=None) is None
    assert refusal(example_book, only_for(outlet("440304", bank=None), ABC), bank=None) is None


def test_any_cooperating_bank_of_the_province_serves_and_no_other_province(example_book):
    scope = "any_cooperating_bank_in_province"
    assert refusal(example_book, outlet("445302", bank=ABC), scope) is None
    assert refusal(example_book, only_for(outlet("445302", bank=None), ABC), scope) is None
    assert refusal(example_book, outlet("430102", bank=ABC), scope) is Status.OUTSIDE_SCOPE


def test_a_far_outlet_of_the_right_bank_is_outside(example_book):
    assert refusal(example_book, outlet("440106")) is Status.OUTSIDE_SCOPE


def test_a_point_that_does_not_do_this_is_outside_whatever_its_bank_serves(example_book):
    social_only = outlet("440304", applications=(Application.SOCIAL,))
    assert refusal(example_book, social_only) is Status.OUTSIDE_SCOPE
    assert refusal(example_book, only_for(social_only, ABC)) is Status.OUTSIDE_SCOPE


def test_a_point_for_other_issuers_is_outside_and_for_a_province_above_inside(example_book):
    beijing = outlet("440304", regions=(IssuerCode("110000"),))
    guangdong = outlet("440304", regions=(IssuerCode("440000"),))
    assert refusal(example_book, beijing) is Status.OUTSIDE_SCOPE
    assert refusal(example_book, guangdong) is None
