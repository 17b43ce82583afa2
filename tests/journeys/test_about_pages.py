"""What the site says of card states, law, sources, itself; and the words for employers."""

import html
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from qika.rulebook.reading import NATIONAL
from qika.terms.names import Grade, Language
from qika.web.app import build_app
from qika.web.pages import about, knowledge
from qika.web.pages.page import PAGES

from tests.journeys.example_site import Visitor, example_site
from tests.journeys.knowing_site import knowing_site, rendered, whole_book
from tests.journeys.test_pages import PAGE_MAX, Reader

ROOT = Path(__file__).parents[2]
PATHS = (
    "/status-words",
    "/legal-basis",
    "/sources",
    "/sources/national",
    "/sources/310000",
    "/sources/990000",
    "/accessibility",
    "/employers",
    f"/employers?region={quote('深圳')}&card_bank={quote('工商银行')}",
    f"/employers?region={quote('朝阳')}&card_bank=x",
)
HAN_SENTENCE_MAX = 25


@pytest.fixture(scope="module")
def visitor():
    return Visitor(build_app(replace(knowing_site(), origin="https://card.example")))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_small_well_formed_and_its_links_inside_lead_somewhere(visitor, language, path):
    answer = visitor.get(f"/{language}{path}")
    page = Reader(answer.text)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert answer.status_code == (422 if path.endswith("=x") else 200)
    assert len(answer.content) < PAGE_MAX
    assert page.faults == []
    assert page.all("script") == page.all("style") == []
    assert len(page.all("h1")) == 1
    assert len(ids) == len(set(ids))
    inside = {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")}
    assert inside <= set(ids)
    labelled = {one.get("for") for one in page.all("label")}
    assert {one["id"] for one in (*page.all("input"), *page.all("textarea"))} <= labelled


@pytest.mark.parametrize("language", list(Language))
def test_every_page_leads_to_them(visitor, language):
    links = {a.get("href") for a in Reader(visitor.get(f"/{language}/regions").text).all("a")}
    for name in ("status-words", "legal-basis", "sources", "accessibility", "employers"):
        assert f"/{language}/{name}" in links


# -- words of card states -------------------------------------------------------------------------


def test_the_states_that_people_meet_are_explained_with_their_misreadings(visitor):
    page = Reader(visitor.get("/zh/status-words").text).words
    for word in ("封存", "未启用", "正常", "临时挂失", "正式挂失", "锁定", "注销"):
        assert word in page, word
    assert "不是停缴社保" in page
    assert "不是卡丢了" in page


def every_text() -> list[tuple[str, knowledge.Said, tuple[str, ...] | None]]:
    words, law = knowledge.status_words(), knowledge.law()
    found = [(one.id, part, one.cite) for one in words.word
             for part in (one.means, one.do, one.misread) if part]  # fmt: skip
    found += [(one.number, part, one.cite) for one in law.article for part in (one.says, one.bears)]
    found += [(one.number, one.says, one.cite) for one in law.document]
    return found + [
        ("accessibility", one.text, None)
        for one in (*knowledge.accessibility().tested, *knowledge.accessibility().limit)
    ]


def test_every_text_is_there_in_both_languages_and_cites_sources_that_exist():
    known = {one.id for one in (*knowledge.status_words().source, *knowledge.law().source)}
    used = set()
    for name, said, cites in every_text():
        assert said.zh.strip(), name
        assert said.en.strip(), name
        assert not re.search(r"[\u4e00-\u9fff][,;:?!()]", said.zh), name
        assert cites is None or (cites and set(cites) <= known), name
        used |= set(cites or ())
    assert used == known, "a source that nothing cites"


def test_every_source_has_a_date_or_says_undated_and_a_grade():
    for one in (*knowledge.status_words().source, *knowledge.law().source):
        assert one.grade in tuple(Grade)
        assert one.dated == "undated" or re.fullmatch(r"\d{4}(-\d\d){0,2}", one.dated), one.id
        assert one.url.startswith(("http://", "https://"))


def test_sentences_for_people_are_short():
    """By the voice: at most 25 characters; a clause between full stops may hold two of them."""
    for name, said, _ in every_text():
        for clause in re.split(r"[\u3002\uff0c\uff1a\uff1b]", said.zh):
            assert len(re.findall(r"[\u4e00-\u9fff]", clause)) <= HAN_SENTENCE_MAX, (name, clause)


# -- law ------------------------------------------------------------------------------------------


def test_the_measures_are_never_said_to_hold_a_number_of_days(visitor):
    page = visitor.get("/zh/legal-basis").text
    articles = page[page.index('id="measures"') : page.index('id="absent"')]
    absent = page[page.index('id="absent"') : page.index('id="documents"')]
    assert "300" not in articles
    assert "300 天" in absent
    assert [one.number for one in knowledge.law().article] == ["3", "13", "15", "16", "19"]


def test_each_region_with_rules_of_its_own_is_named_with_them(visitor):
    page = html.unescape(visitor.get("/zh/legal-basis").text)
    own = [r for r in whole_book().rules if r.parameter == "legal_basis" and r.issuer != NATIONAL]
    assert own
    for rule in own:
        assert rule.value.zh in page
        assert f"{PAGES}/{rule.issuer}/rules/legal_basis" in page


# -- sources --------------------------------------------------------------------------------------


def test_every_source_of_the_rulebook_is_listed_once_with_what_cites_it():
    book, listed = whole_book(), set()
    overview = rendered(about.sources, "/zh/sources").body.decode()
    for file in re.findall(r'href="/zh/sources/([a-z0-9_]+)"', overview):
        answer = rendered(about.sources_of_file, f"/zh/sources/{file}", file=file)
        page = html.unescape(answer.body.decode())
        assert len(answer.body) < PAGE_MAX
        for one in (s for s in book.sources.values() if s.id.partition("/")[0] == file):
            assert one.title in page
            listed.add(one.id)
            for rule in book.rules:
                if one.id in rule.cites:
                    assert book.vocabulary.parameters[rule.parameter].words.zh in page
    assert listed == set(book.sources)


def test_the_overview_counts_sources_by_grade_and_names_the_last_announced_year(visitor):
    page = Reader(visitor.get("/zh/sources").text).words
    assert f"规则书的 {len(whole_book().sources)} 个来源" in page
    official = sum(one.grade is Grade.A for one in whole_book().sources.values())
    assert re.search(rf"官方来源\s*{official}\b", page)
    assert "2026 年" in page


def test_data_sets_are_those_of_the_provenance_with_their_licences_and_days():
    provenance = (ROOT / "docs" / "provenance.md").read_text("utf-8")
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for one in knowledge.data_sets().set:
        if one.of == "Qika":
            continue
        for part in re.split(r", ", one.of):
            name = part.split(" ")[0]
            assert name in provenance, part
            assert name in notice, part
        assert one.dated in provenance
        for licence in one.licence.split(", "):
            assert licence in provenance


def test_what_there_is_no_file_of_is_not_found(visitor):
    assert visitor.get("/zh/sources/none").status_code == 404


# -- employers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", list(Language))
def test_an_employer_gets_one_link_and_words_in_both_languages(visitor, language):
    page = Reader(visitor.get(f"/{language}/employers?region=440300&card_bank=102").text)
    texts = page.all("textarea")
    assert [one.get("lang") for one in texts] == ["zh-CN", "en"]
    assert all("readonly" in one for one in texts)
    for spoken in Language:
        link = f"https://card.example/{spoken}{PAGES}/440300/question/collected?card_bank=102"
        assert page.words.count(link) == 2
    assert "深圳市" in page.words
    assert "Industrial and Commercial Bank of China" in page.words


def test_the_link_is_a_page_of_the_site_that_knows_the_bank(visitor):
    page = Reader(visitor.get("/zh/employers?region=440300&card_bank=102").text)
    links = [a["href"] for a in page.all("a") if a.get("href", "").startswith("https://card.")]
    assert len(links) == 2
    for link in links:
        assert visitor.get(link.removeprefix("https://card.example")).status_code == 200
    without = Reader(visitor.get("/zh/employers?region=440300").text)
    assert f"https://card.example/zh{PAGES}/440300" in without.words
    assert "card_bank" not in "".join(a.get("href", "") for a in without.all("a"))


def test_a_name_that_several_cities_bear_is_offered_and_an_unknown_bank_refused(visitor):
    answer = visitor.get(f"/zh/employers?region={quote('朝阳')}&card_bank=x")
    links = {a.get("href") for a in Reader(answer.text).all("a")}
    assert answer.status_code == 422
    assert "/zh/employers?region=211300&card_bank=x" in links
    assert {"#region", "#card_bank"} <= links


def test_without_a_public_address_the_text_is_made_for_one_visitor_and_kept_by_nobody(example_book):
    visitor = Visitor(build_app(example_site(example_book, points_version=lambda: 1)))
    answer = visitor.get("/zh/employers?region=990000")
    assert "http://qika.test/zh/" in answer.text
    assert answer.headers["cache-control"] == "no-store"
