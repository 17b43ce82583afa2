"""Region pages: what holds in every division there is, and what nobody published there."""

import contextlib
import re
import statistics
import sys
import time
from dataclasses import replace

import pytest

from qika.rulebook.reading import NATIONAL
from qika.terms.divisions import covered
from qika.terms.names import Basis, Language
from qika.web.app import build_app
from qika.web.pages import browse
from qika.web.pages.page import PAGES
from qika.web.pages.regions import region
from qika.web.pages.standing import standing
from qika.web.pages.values import Teller
from qika.web.speech import SPEECH
from qika.wiring import gazetteer

from tests.journeys.example_site import NOW, Visitor
from tests.journeys.knowing_site import knowing_site, rendered, whole_book
from tests.journeys.test_pages import PAGE_MAX, Reader

CODES = (*gazetteer().divisions, "xpcc")
MEDIAN_MAX_S = 0.005
ENGLISH_EVERY = 10
"""One division in so many is read in English too; its words differ, its rules do not."""


def shown(code: str, language: str = "zh") -> Reader:
    answer = rendered(region, f"/{language}{PAGES}/{code}", region=code)
    assert answer.status_code == 200, code
    return Reader(answer.body.decode())


def section(page: Reader, text: str, name: str) -> str:
    """The words from one heading to the end of its section."""
    raw = rendered(region, f"/zh{PAGES}/{text}", region=text).body.decode()
    found = re.search(rf'<h2 id="{name}">.*?</section>', raw, re.DOTALL)
    return Reader(found[0].replace("</section>", "")).words if found else ""


@pytest.fixture(scope="module")
def visitor():
    return Visitor(build_app(knowing_site()))


@contextlib.contextmanager
def untraced():
    """What measures coverage is not part of what a page costs."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


def test_every_division_there_is_has_its_page_small_and_made_in_under_five_milliseconds():
    spent = []
    asked = [(code, "zh") for code in CODES] + [(code, "en") for code in CODES[::ENGLISH_EVERY]]
    for code, language in asked:
        with untraced():
            begun = time.process_time()
            answer = rendered(region, f"/{language}{PAGES}/{code}", region=code)
            spent.append(time.process_time() - begun)
        assert answer.status_code == 200, code
        assert len(answer.body) < PAGE_MAX, code
        assert answer.body.count(b"<h1>") == 1, code
    assert len(spent) > 3_700
    assert statistics.median(spent) < MEDIAN_MAX_S


@pytest.mark.parametrize("code", ["110000", "440300", "441900", "130682", "xpcc", "990000"])
@pytest.mark.parametrize("language", list(Language))
def test_a_region_page_is_well_formed_and_its_citations_lead_to_its_sources(code, language):
    page = shown(code, language)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert page.faults == []
    assert len(ids) == len(set(ids))
    inside = {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")}
    assert any(one.startswith("s1") for one in inside)
    assert inside <= set(ids)


def test_a_region_that_published_no_deadline_says_so_and_shows_practice_as_practice():
    words = shown("440000").words
    assert "没有查到当地公布的启用期限" in words
    assert "各地常见做法" in words
    assert "不是当地规定" in words


def test_a_region_whose_file_holds_practice_only_is_not_said_to_have_a_rule():
    """Shanxi's 300 days are in its file, but no text of Shanxi's proves them."""
    assert "没有查到当地公布的启用期限" in shown("140000").words


def test_a_region_without_a_deadline_says_that_it_has_none_and_who_says_so():
    words = shown("110000").words
    assert "当地说明没有启用期限" in words
    assert "没有查到当地公布的启用期限" not in words


def test_channels_stand_apart_by_what_the_region_says_of_them():
    raw = rendered(region, f"/zh{PAGES}/110000", region="110000").body.decode()
    order = [raw.index(f'<h3 class="sub">{text}</h3>') for text in (
        "可以办", "各地一般可以办", "当地说明不办", "没有查到说法",
    )]  # fmt: skip
    assert order == sorted(order)
    assert order[0] < raw.index("<b>人社部门手机应用</b>") < order[1]
    assert order[2] < raw.index("<b>定点药店首次使用</b>") < order[3]
    assert raw.index("支付宝") > order[3]


def test_a_county_shows_the_rules_of_its_city_under_the_citys_name():
    city, county = shown("440100").words, shown("440106").words
    assert "广州市自己的" in city
    assert "天河区自己的" not in county
    assert "上级地区的" in county
    assert "6 个月" in city
    assert "6 个月" in county


def test_what_is_missing_is_listed_until_somebody_publishes_it():
    known = {rule.parameter for rule in whole_book().rules if rule.issuer == "110000"}
    words = section(shown("110000"), "110000", "missing")
    parameters = whole_book().vocabulary.parameters
    assert "pin_retry" not in known
    assert parameters["pin_retry"].words.zh in words
    assert "temporary_loss_days" in known
    assert parameters["temporary_loss_days"].words.zh not in words


def every_value(here) -> list:
    facts = [value for _, held in (*here.loss, *here.others) for value in held]
    return [
        *facts,
        *here.terms,
        *(one.value for ways in here.ways.values() for way in ways for one in way.sayings),
    ]


@pytest.mark.parametrize("language", list(Language))
def test_no_region_page_calls_practice_elsewhere_a_rule_of_the_region(language):
    """In every issuer's page each value of practice, and no other, stands beside words that say so.

    The words are counted in the page as it is sent, and held against the rulebook.
    """
    words = SPEECH[language].t("whose-reference")
    practices = 0
    for code in (*(whole_book().issuers.keys() - {NATIONAL}), "652900", "440106"):
        rules = knowing_site().office.rulings.on(code, NOW.date())
        here = standing(Teller(knowing_site(), rules, language))
        practice = [
            value
            for value in every_value(here)
            if value.rule.issuer == NATIONAL or value.rule.basis is Basis.REFERENCE
        ]
        assert all(value.whose == "" for value in practice)
        assert all(value.whose for value in every_value(here) if value not in practice)
        assert shown(code, language).words.count(words) == len(practice), code
        practices += len(practice)
    assert practices > 1_000


def test_retired_codes_and_names_are_read_and_said(visitor):
    former = visitor.get(f"/zh{PAGES}/110103")
    assert "现在属于" in former.text
    assert "东城区" in former.text


def test_divisions_where_no_mainland_card_is_issued_say_so(visitor):
    for code in ("710000", "810000", "820000"):
        answer = visitor.get(f"/zh{PAGES}/{code}")
        assert answer.status_code == 200
        assert "不在" in answer.text
        assert "300" not in Reader(answer.text).words


def test_the_made_up_region_says_so_on_its_page_and_on_those_of_its_districts():
    for code in ("990000", "990101"):
        assert "虚构地区" in shown(code).words
        assert "fictitious region" in shown(code, "en").words


def test_a_question_in_the_address_is_answered_with_a_plan(visitor):
    plan = visitor.get(f"/zh{PAGES}/110000?who=agent")
    assert "没有查到公布的内容" not in plan.text
    assert "没有查到公布的内容" in visitor.get(f"/zh{PAGES}/110000?lang=zh").text


def test_the_page_leads_up_down_to_the_rules_and_to_the_question():
    links = {a.get("href") for a in shown("440000").all("a")}
    assert {"/zh/regions", "440300", f"/zh{PAGES}/440000/rules"} <= links
    assert any("440000" in one and one != f"/zh{PAGES}/440000/rules" for one in links if one)
    assert f"/zh{PAGES}/440000" in {a.get("href") for a in shown("440300").all("a")}


def test_region_pages_are_kept_and_those_who_have_one_are_told_that_it_still_holds():
    visitor = Visitor(build_app(replace(knowing_site(), points_version=lambda: 1)))
    first = visitor.get(f"/zh{PAGES}/440300")
    again = visitor.get(f"/zh{PAGES}/440300", headers={"If-None-Match": first.headers["etag"]})
    assert first.status_code == 200
    assert again.status_code == 304


# -- lists to browse ------------------------------------------------------------------------------


def browsed(code: str = "", language: str = "zh") -> Reader:
    if not code:
        return Reader(rendered(browse.provinces, f"/{language}/regions").body.decode())
    answer = rendered(browse.divisions, f"/{language}/regions/{code}", province=code)
    assert len(answer.body) < PAGE_MAX
    return Reader(answer.body.decode())


@pytest.mark.parametrize("language", list(Language))
def test_whoever_only_follows_links_finds_every_division(language):
    top = [a["href"] for a in browsed(language=language).all("a")]
    lists = [one for one in top if one.startswith(f"/{language}/regions/")]
    found = {one.rpartition("/")[2] for one in top if PAGES in one}
    assert len(lists) == 31 + 1
    for one in lists:
        found |= {
            a["href"].rpartition("/")[2]
            for a in browsed(one.rpartition("/")[2], language).all("a")
            if PAGES in a["href"]
        }
    wanted = {code for code in CODES if covered(code)} | {"710000", "810000", "820000"}
    assert wanted <= found


def test_the_list_marks_the_made_up_region(visitor):
    page = visitor.get("/zh/regions").text
    assert page.index("虚构地区") < page.index("/zh/regions/990000")
    assert visitor.get("/zh/regions/440300").status_code == 404
    assert visitor.get("/zh/regions/810000").status_code == 404
