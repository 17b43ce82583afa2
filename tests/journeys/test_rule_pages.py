"""Rule pages: every value of the rulebook with its source, on any day, and what was before it."""

import html
import re
from datetime import date

import pytest

from qika.rulebook.reading import NATIONAL
from qika.terms.names import Basis, Language
from qika.web.api.wording import rule_in_words
from qika.web.app import build_app
from qika.web.pages import rules
from qika.web.pages.page import PAGES
from qika.web.pages.values import Teller, in_force
from qika.web.speech import SPEECH
from qika.wiring import banks

from tests.journeys.example_site import NOW, Visitor
from tests.journeys.knowing_site import knowing_site, rendered, whole_book
from tests.journeys.test_pages import PAGE_MAX, Reader

NOWHERE_OF_ITS_OWN = "652900"
"""A prefecture without a file: what holds there is what its province and the nation say."""


def raw(code: str, parameter: str = "", query: str = "", language: str = "zh") -> str:
    path = f"/{language}{PAGES}/{code}/rules"
    if not parameter:
        answer = rendered(rules.rules, path, query, region=code)
    else:
        answer = rendered(
            rules.rule, f"{path}/{parameter}", query, region=code, parameter=parameter
        )
    assert answer.status_code == 200, (code, parameter)
    assert len(answer.body) < PAGE_MAX, (code, parameter)
    return answer.body.decode()


def words_of(rule, language: Language) -> list[str]:
    """What a page must show of a value: each document, each step, or its text."""
    value = Teller(knowing_site(), rules_at(rule.issuer), language).value(rule)
    return [one.name for one in value.papers] or list(value.steps) or [value.said.text]


def rules_at(issuer: str):
    code = NOWHERE_OF_ITS_OWN if issuer == NATIONAL else issuer
    return knowing_site().office.rulings.on(code, NOW.date())


@pytest.mark.parametrize("language", list(Language))
def test_every_value_of_the_rulebook_stands_on_a_page_with_each_of_its_sources(language):
    book, pages, seen = whole_book(), {}, 0
    for rule in book.rules:
        code = NOWHERE_OF_ITS_OWN if rule.issuer == NATIONAL else rule.issuer
        place = (code, rule.parameter)
        if place not in pages:
            pages[place] = html.unescape(raw(*place, language=language))
        page = pages[place]
        assert all(text in page for text in words_of(rule, language)), (rule.issuer, rule)
        for cite in rule.cites:
            source = book.sources[cite]
            assert source.title in page, (rule.issuer, cite)
            if source.url.startswith("http"):
                assert f'href="{source.url}"' in page, (rule.issuer, cite)
        if rule.note:
            held = any(one is rule for one in in_force(rules_at(rule.issuer), rule.parameter))
            assert not held or rule.note.in_language(language) in page
        seen += 1
    assert seen == len(book.rules) > 600


def test_every_parameter_has_its_row_and_its_link_in_the_list():
    links = {a.get("href") for a in Reader(raw("440300")).all("a")}
    wanted = {f"/zh{PAGES}/440300/rules/{one}" for one in whole_book().vocabulary.parameters}
    assert wanted <= links


def test_no_rule_page_calls_practice_elsewhere_a_rule_of_the_region():
    words, practices = SPEECH[Language.ZH].t("whose-reference"), 0
    for code in ("110000", "140000", "440100", "990000", NOWHERE_OF_ITS_OWN):
        for parameter in whole_book().vocabulary.parameters:
            page = raw(code, parameter)
            held = page[page.index('id="held"') : page.index('id="history"')]
            practice = [
                rule
                for rule in in_force(rules_at(code), parameter)
                if rule.issuer == NATIONAL or rule.basis is Basis.REFERENCE
            ]
            assert held.count(words) == len(practice) == held.count('class="held doubt"')
            practices += len(practice)
    assert practices > 150


def test_where_only_practice_is_known_the_page_says_that_no_rule_was_found():
    assert "没有查到当地的规定" in raw(NOWHERE_OF_ITS_OWN, "deadline")
    assert "没有查到当地的规定" not in raw("110000", "deadline")


def test_a_day_before_a_rule_began_shows_what_held_then_and_what_comes():
    rule = next(
        one
        for one in whole_book().rules
        if one.issuer == "110000" and one.parameter == "offered" and one.since
    )
    before = raw("110000", "offered", f"on={date(rule.since.year - 1, 1, 1)}")
    after = raw("110000", "offered")
    assert "还没有开始" in before
    assert "还没有开始" not in after
    assert "这一天有效" in after


def test_a_value_that_was_replaced_stays_in_the_history_with_what_it_was():
    """Guangzhou counted its card banks twice; the rulebook keeps both days."""
    two = sorted(
        (one for one in whole_book().rules
         if one.issuer == "440100" and one.parameter == "card_bank_count"),
        key=lambda one: one.since or date.min,
    )  # fmt: skip
    texts = [rule_in_words(one, whole_book(), banks(), Language.ZH).text for one in two]
    assert len(set(texts)) == 2
    page = Reader(raw("440100", "card_bank_count")).words
    assert SPEECH[Language.ZH].t("rule-before", value=texts[0]) in page
    assert "已有更新的" in page


def test_a_nearer_rule_is_said_to_stand_before_one_from_above():
    pairs = [
        (city, one.parameter)
        for one in whole_book().rules
        if one.issuer.endswith("0000") and one.issuer != "990000"
        for city in whole_book().issuers
        if city[:2] == one.issuer[:2] and city != one.issuer
        if any(
            other.issuer == city and other.parameter == one.parameter and other.dims == one.dims
            for other in whole_book().rules
        )
    ]
    assert pairs
    for code, parameter in pairs[:10]:
        assert "以更近、更细的规定为准" in raw(code, parameter), (code, parameter)


def test_contradictions_and_what_was_left_out_are_said():
    page = Reader(raw("110000")).words
    assert "来源互相矛盾的地方" in page
    doubtful = [n for n in whole_book().notes if n.issuer == "110000" and n.grade == "X"]
    assert all(note.text.zh in page for note in doubtful)
    left = [one for one in whole_book().left_out if one.issuer == "130000"]
    assert left
    assert all(one.reason in Reader(raw("130000")).words for one in left)
    assert "300天" in Reader(raw("110000", "deadline")).words.replace(" ", "")


def test_each_rule_and_each_list_leads_to_the_report():
    assert 'href="/zh/report?region=440300&amp;parameter=deadline"' in raw("440300", "deadline")
    assert 'href="/zh/report?region=440300"' in raw("440300")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("parameter", ["", "documents", "deadline", "card_banks"])
def test_rule_pages_are_well_formed_and_their_citations_lead_to_sources(language, parameter):
    page = Reader(raw("110000", parameter, language=language))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert page.faults == []
    assert len(ids) == len(set(ids))
    inside = {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")}
    assert inside <= set(ids)
    assert [one["id"] for one in page.all("input")] == ["on"]
    assert "on" in {one.get("for") for one in page.all("label")}


def test_the_day_is_carried_from_the_list_to_the_rule():
    links = [a.get("href") for a in Reader(raw("110000", "", "on=2025-06-01")).all("a")]
    assert f"/zh{PAGES}/110000/rules/deadline?on=2025-06-01" in links


def test_addresses_that_lead_nowhere_say_so():
    visitor = Visitor(build_app(knowing_site()))
    assert visitor.get(f"/zh{PAGES}/110000/rules/none").status_code == 404
    assert visitor.get(f"/zh{PAGES}/440300/rules?on=2026-13-01").status_code == 422
    wrong = visitor.get(f"/zh{PAGES}/440300/rules/deadline?on=yesterday")
    assert wrong.status_code == 422
    assert re.search(r'<input[^>]*aria-invalid="true"', wrong.text)
    assert "不在" in visitor.get(f"/zh{PAGES}/810000/rules").text
    assert visitor.get(f"/zh{PAGES}/440300/rules?on=9999-01-01").status_code == 422
