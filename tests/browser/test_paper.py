"""A plan on paper, as Chromium prints it: how many pages, which words, where its code leads."""

from io import BytesIO

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from qika.terms.names import Language
from qika.web.pages.page import PAGES

A4 = (595, 842)
"""Points."""


@pytest.fixture(scope="module")
def paper(browser, site):
    """Print a page once; gives the PDF."""
    done = {}

    def give(address):
        if address not in done:
            page = browser.new_page()
            page.goto(site + address)
            done[address] = page.pdf(prefer_css_page_size=True, print_background=False)
            page.close()
        return done[address]

    return give


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text


def codes_of(pdf: bytes) -> list[str]:
    """Read the codes of the first page, as a camera would from the sheet."""
    document = pypdfium2.PdfDocument(pdf)
    picture = document[0].render(scale=200 / 72, grayscale=True).to_numpy()
    document.close()
    return [one.text for one in zxingcpp.read_barcodes(np.ascontiguousarray(picture))]


TYPICAL = "collected_on=2026-03&near=31,111&card_bank=105"


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("who", ["holder", "agent", "guardian", "homebound"])
def test_a_typical_plan_is_one_page_of_a4(paper, language, who):
    pdf = paper(f"/{language}{PAGES}/990000/plan?{TYPICAL}&who={who}")
    pages = PdfReader(BytesIO(pdf)).pages
    assert len(pages) == 1
    assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == A4


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("region", ["210100", "310000", "370200", "440300", "610000"])
def test_where_little_or_much_is_known_a_plan_is_one_page(paper, language, region):
    for who in ("holder", "agent"):
        asked = f"collected_on=2026-03&card_bank=105&who={who}"
        pdf = paper(f"/{language}{PAGES}/{region}/plan?{asked}")
        assert len(PdfReader(BytesIO(pdf)).pages) == 1, who


def test_the_way_back_of_a_card_that_is_late_is_one_page(paper):
    pdf = paper(f"/zh{PAGES}/990000/plan?collected_on=2025-03&card_bank=105&near=31,111")
    assert len(PdfReader(BytesIO(pdf)).pages) == 1


@pytest.mark.parametrize("language", list(Language))
def test_the_code_on_paper_leads_to_the_plan_without_a_persons_dates(paper, site, language):
    pdf = paper(f"/{language}{PAGES}/990000/plan?{TYPICAL}&who=holder")
    assert codes_of(pdf) == [f"{site}/{language}{PAGES}/990000/plan?card_bank=105"]


@pytest.mark.parametrize("language", list(Language))
def test_paper_prints_no_live_facts_and_nothing_to_tap(paper, language):
    text = text_of(paper(f"/{language}{PAGES}/990000/plan?{TYPICAL}&who=holder"))
    live = {
        "zh": ("营业中", "已打烊", "修改", "大字版", "复制", "订阅"),
        "en": ("Open", "opens", "Change", "Larger text", "Copy", "Subscribe"),
    }
    assert not [one for one in live[language] if one in text]
    kept = {"zh": ("要带的东西", "社会保障卡原件", "12333"), "en": ("What to bring", "12333")}
    assert all(one in text for one in kept[language])


def test_large_text_is_printed_in_large_type(paper):
    asked = f"/zh{PAGES}/990000/plan?{TYPICAL}&who=holder"
    normal, large = paper(asked), paper(f"/large{asked}")
    assert sizes(large) > 1.3 * sizes(normal)
    assert round(sizes(large), 1) >= 14
    assert codes_of(large)


def sizes(pdf: bytes) -> float:
    """Give the size of the first document's name in points: that of the text."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        words = page.get_textpage()
        place = words.search("社会保障卡原件").get_next()
        if place:
            height = words.get_charbox(place[0], loose=True)
            document.close()
            return height[3] - height[1]
    raise AssertionError("the words are not there")
