"""What machines read of the pages: canonical addresses, languages, site maps, who may list them."""

import html
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from qika.web.app import build_app
from qika.web.pages.head import TITLE_MAX

from tests.journeys.example_site import Visitor, example_site
from tests.journeys.knowing_site import knowing_site
from tests.journeys.test_pages import Reader

ORIGIN = "https://card.example"
ASK = "/social-security/card-activation"
XML = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}


@pytest.fixture(scope="module")
def site(example_book):
    return example_site(example_book, origin=ORIGIN, points_version=lambda: 1)


@pytest.fixture(scope="module")
def visitor(site):
    return Visitor(build_app(site))


def said(page, name):
    metas = page.all("meta")
    return [one["content"] for one in metas if name in (one.get("property"), one.get("name"))]


def links(page, rel):
    return [one for one in page.all("link") if one["rel"] == rel]


@pytest.mark.parametrize(
    ("path", "chinese", "english", "default"),
    [
        ("/zh/points", "/zh/points", "/en/points", "/zh/points"),
        ("/en/points?lang=en", "/zh/points", "/en/points", "/zh/points"),
        ("/large/en/points", "/zh/points", "/en/points", "/zh/points"),
        ("/", "/zh", "/en", "/"),
        ("/en", "/zh", "/en", "/"),
        (f"/zh{ASK}/990000", f"/zh{ASK}/990000", f"/en{ASK}/990000", f"/zh{ASK}/990000"),
    ],
)
def test_a_page_names_its_one_address_and_itself_in_each_language(
    visitor, path, chinese, english, default
):
    page = Reader(visitor.get(path).text)
    own = english if page.all("html")[0]["lang"] == "en" else chinese
    assert [one["href"] for one in links(page, "canonical")] == [ORIGIN + own]
    assert {one["hreflang"]: one["href"] for one in links(page, "alternate")} == {
        "zh-CN": ORIGIN + chinese,
        "en": ORIGIN + english,
        "x-default": ORIGIN + default,
    }
    assert said(page, "robots") == []


@pytest.mark.parametrize(
    "path",
    [
        f"/zh{ASK}/990000?collected_on=2026-03",
        f"/zh{ASK}/990000?who=agent",
        f"/zh{ASK}?region=%E6%9C%9D%E9%98%B3",
        "/en/points?place=30,120",
        "/zh/nothing",
        "/zh/card-status?x=1",
    ],
)
def test_what_is_made_of_somebodys_answers_is_kept_out_of_search_engines(visitor, path):
    page = Reader(visitor.get(path).text)
    assert said(page, "robots") == ["noindex"]
    assert links(page, "canonical") == links(page, "alternate") == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_link_to_a_page_can_be_shown_with_title_text_and_picture(visitor, language):
    page = Reader(visitor.get(f"/{language}{ASK}/990000").text)
    locales = {"zh": "zh_CN", "en": "en_GB"}
    assert said(page, "og:locale") == [locales.pop(language)]
    assert said(page, "og:locale:alternate") == list(locales.values())
    assert said(page, "og:url") == [f"{ORIGIN}/{language}{ASK}/990000"]
    (title,), (text,) = said(page, "og:title"), said(page, "og:description")
    assert title
    assert title in page.words
    assert text == said(page, "description")[0]
    (picture,) = said(page, "og:image")
    shown = visitor.get(picture.removeprefix(ORIGIN))
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")


def test_without_an_origin_nothing_claims_an_address(site):
    visitor = Visitor(build_app(replace(site, origin="")))
    page = Reader(visitor.get("/zh/points").text)
    assert links(page, "canonical") == links(page, "alternate") == said(page, "og:url") == []
    assert said(page, "og:title")
    for path in ("/sitemap.xml", "/sitemaps/pages.xml", "/robots.txt"):
        assert visitor.get(path).status_code == 404


def parsed(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    assert "stale-while-revalidate" in answer.headers["cache-control"]
    return ET.fromstring(answer.content)


def test_the_site_map_lists_every_page_and_region_in_both_languages(site, visitor):
    parts = [one.text for one in parsed(visitor, "/sitemap.xml").iterfind(".//s:loc", XML)]
    places = [one for one in site.regions.every() if site.regions.covered(one)]
    provinces = dict.fromkeys(one[:2] for one in places if not one.startswith("99"))
    assert parts == [f"{ORIGIN}/sitemaps/{name}.xml" for name in ("pages", *provinces)]
    listed = {}
    for part in parts:
        for url in parsed(visitor, part.removeprefix(ORIGIN)).iterfind("s:url", XML):
            others = {x.get("hreflang"): x.get("href") for x in url.iterfind("x:link", XML)}
            assert url.find("s:lastmod", XML).text == "2026-11-20"
            listed[url.find("s:loc", XML).text] = others
    real = [one for one in places if not one.startswith("99")]
    assert {f"{ORIGIN}/en{ASK}/{code}" for code in real} <= set(listed)
    assert f"{ORIGIN}/en/points" in listed
    assert not [one for one in listed if "990000" in one or "/810000" in one]
    for address, others in listed.items():
        page = Reader(visitor.get(address.removeprefix(ORIGIN)).text)
        assert [one["href"] for one in links(page, "canonical")] == [address]
        assert {one["hreflang"]: one["href"] for one in links(page, "alternate")} == others
    assert visitor.get("/sitemaps/99.xml").status_code == 404


def test_robots_are_told_where_the_site_map_is(visitor):
    answer = visitor.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert f"Sitemap: {ORIGIN}/sitemap.xml" in answer.text.splitlines()


# -- titles ---------------------------------------------------------------------------------------

ABOUT = ("", "/rules", "/rules/bank_links_social", "/plan", "/results", "/results?who=homebound",
         "/results?collected_on=2020-01-01", "/question/collected?go=next")  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("region", ["990000", "xpcc", "150223"])
def test_a_title_has_room_in_a_tab_whatever_the_region_is_called(language, region):
    visitor = Visitor(build_app(knowing_site()))
    for path in ABOUT:
        text = visitor.get(f"/{language}{ASK}/{region}{path}").text
        (title,) = re.findall("<title>(.*)</title>", text)
        assert 10 < len(title) <= TITLE_MAX, title
        assert title.endswith(" - Qika" if language == "en" else "启卡"), title


def test_a_title_says_a_name_as_it_is_written(visitor):
    for path in ("", "/rules", "/results", "/plan"):
        text = visitor.get(f"/en{ASK}/610100{path}").text
        (title,) = re.findall("<title>(.*)</title>", text)
        assert "Xi'an" in html.unescape(title), title
