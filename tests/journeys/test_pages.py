"""The pages as a reader meets them: in both languages, without script, small and well formed."""

import re
from html.parser import HTMLParser

import pytest

from qika.terms.names import Language
from qika.web.app import build_app
from qika.web.pages.assets import asset

from tests.journeys.example_site import Visitor, example_site

ASK = "/social-security/card-activation"
PAGE_MAX = 30_000
SHEET_MAX = 8_500
"""Bytes over the wire: every first visit waits for them."""
PATHS = (
    "",
    ASK,
    f"{ASK}?region=&year=20",
    f"{ASK}/990000/question/bank",
    f"{ASK}/990000/question/bank?go=next&bank_name=None+Such&who=agent",
    f"{ASK}/440300/question/collected?card_bank=102",
    f"{ASK}/440300/question/collected?go=next&year=2026&day=4&collected=no",
    f"{ASK}/440300/question/application?collected_on=2026-03",
    f"{ASK}/440300/question/who?go=next",
    f"{ASK}/990000/question/near?go=next&near=朝阳&who=guardian",
    f"{ASK}?region=朝阳",
    f"{ASK}/990000?collected_on=2026-03&near=30,120&card_bank=102",
    f"{ASK}/990000?who=guardian",
    f"{ASK}/440300?who=agent&collected_on=2026-01-05",
    f"{ASK}/810000",
    "/points",
    "/points?place=30,120",
    "/points?place=990101&open=now",
    "/points?place=朝阳",
    "/points?place=Atlantis",
    "/problems",
    "/card-status",
    "/no-such-page",
)
VOID = {"meta", "link", "input", "img", "br", "hr", "path", "rect", "circle", "option"}


class Reader(HTMLParser):
    """Reads a page: its words, its elements, and whether they nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data):
        self.words += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def visitor(example_book):
    return Visitor(build_app(example_site(example_book)))


@pytest.fixture(params=list(Language))
def language(request):
    return request.param


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_small_well_formed_and_runs_no_script_but_small_files_of_ours(
    visitor, language, path
):
    answer = visitor.get(f"/{language}{path}")
    page = Reader(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(answer.content) < PAGE_MAX
    assert page.faults == []
    assert {one["type"] for one in page.all("script") if "src" not in one} <= {
        "application/ld+json"
    }
    files = [one["src"] for one in page.all("script") if "src" in one]
    assert all(one.startswith("/static/js/") for one in files)
    assert page.all("style") == []
    assert not [a for _, a in page.elements if any(n == "style" or n.startswith("on") for n in a)]
    assert page.all("html")[0]["lang"] == {"zh": "zh-CN", "en": "en"}[language]
    assert len(page.all("h1")) == len(page.all("main")) == page.all("title").count({}) == 1


def test_the_mark_is_where_browsers_look_beside_what_is_no_page(visitor):
    answer = visitor.get("/favicon.ico")
    assert answer.status_code == 200
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["cache-control"] == "public, max-age=86400"


@pytest.mark.parametrize("path", PATHS)
def test_every_field_has_a_label_and_every_link_inside_a_page_its_target(visitor, language, path):
    page = Reader(visitor.get(f"/{language}{path}").text)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    labelled = {attrs.get("for") for attrs in page.all("label")}
    for field in page.all("input"):
        assert field.get("type") in {"radio", "checkbox", "hidden"} or field["id"] in labelled
    named = " ".join(
        attrs.get(name) or ""
        for _, attrs in page.elements
        for name in ("aria-labelledby", "aria-describedby")
    )
    assert set(named.split()) <= set(ids)
    inside = {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")}
    assert inside <= set(ids)


def test_chinese_pages_use_full_width_punctuation(visitor):
    for path in PATHS:
        words = Reader(visitor.get(f"/zh{path}").text).words
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", words), path


def test_the_start_page_speaks_the_readers_language(visitor):
    chinese = visitor.get("/")
    english = visitor.get("/", headers={"Accept-Language": "en-US,en;q=0.9"})
    assert "社保卡怎么启用" in chinese.text
    assert "Activate a social security card" in english.text
    assert "Accept-Language" in chinese.headers["vary"]
    assert 'href="/?lang=en"' in chinese.text
    assert "社保卡怎么启用" in visitor.get("/?lang=zh", headers={"Accept-Language": "en"}).text


def test_the_answer_states_day_grounds_way_back_and_whom_to_ask(visitor):
    page = visitor.get(f"/zh{ASK}/990000?collected_on=2026-03-05&near=30,120&card_bank=102").text
    words = Reader(page).words
    for said in (
        "2026年12月30日",
        "还有 40 天",
        "当地主管部门已确认",
        "先到卡面所印的银行激活金融应用",
        "社会保障卡原件",
        "示例银行第01支行",
        "960 米",
        "营业中",
        "12333",
        "示例市社会保障卡应用管理规程",
    ):
        assert said in words, said


def test_a_fictitious_region_and_its_points_say_so_on_every_page(visitor):
    assert "虚构地区" in visitor.get(f"/zh{ASK}/990000").text
    assert "fictitious region" in visitor.get(f"/en{ASK}/990000").text
    assert "不是真实地点" in visitor.get("/zh/points?place=30,120").text


def test_reference_practice_is_never_shown_as_the_regions_rule(visitor):
    words = Reader(visitor.get(f"/zh{ASK}/440300?collected_on=2026-03-05").text).words
    assert "不是当地规定" in words
    assert "最晚办理日期" not in words


def test_what_was_typed_is_escaped(visitor):
    answer = visitor.get(f"/en{ASK}?region=%3Cscript%3Ealert(1)%3C/script%3E")
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_larger_text_stays_from_page_to_page_by_its_address(visitor, language):
    page = Reader(visitor.get(f"/large/{language}{ASK}/990000").text)
    assert page.all("html")[0]["data-size"] == "large"
    inside = [a["href"] for a in page.all("a") if a["href"].startswith("/")]
    normal = {f"/{language}{ASK}/990000", "/openapi.json"}
    assert [one for one in inside if not one.startswith("/large/") and one not in normal] == []


def test_a_page_of_a_persons_answers_is_packed_for_who_takes_it_so(visitor):
    path = f"/zh{ASK}/990000?collected_on=2026-03&near=30,120"
    plain = visitor.get(path, headers={"Accept-Encoding": "identity"})
    packed = visitor.get(path, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert int(packed.headers["content-length"]) * 2 < len(plain.content)
    assert packed.headers["cache-control"] == plain.headers["cache-control"] == "no-store"
    assert "Accept-Encoding" in packed.headers["vary"]


def test_the_other_language_is_one_link_away_on_the_same_page(visitor):
    page = visitor.get(f"/zh{ASK}/990000?collected_on=2026-03").text
    assert f'href="/en{ASK}/990000?collected_on=2026-03"' in page


def test_points_are_paged_and_filters_kept(visitor):
    page = Reader(visitor.get("/en/points?place=30,120").text)
    more = next(a["href"] for a in page.all("a") if "cursor=" in a.get("href", ""))
    rest = Reader(visitor.get(more).text)
    assert len(page.all("article")) == 6
    assert len(rest.all("article")) == 6
    kinds = [a["href"] for a in rest.all("a") if "kind=hospital" in a.get("href", "")]
    assert kinds == ["/en/points?place=30%2C120&kind=hospital"]


def test_card_status_travels_in_the_body_and_comes_back_without_the_number(visitor):
    said = {"issuer": "990000", "card_number": "A3", "name": "张A3"}
    answer = visitor.call("POST", "/zh/card-status", data=said)
    assert answer.status_code == 200
    assert "可以使用" in answer.text
    assert "张A3" not in answer.text
    wrong = visitor.call("POST", "/zh/card-status", data={"issuer": "99", "name": "张A3"})
    assert wrong.status_code == 422
    assert "张A3" not in wrong.text
    assert visitor.get("/zh/card-status").status_code == 200


def test_an_unknown_page_is_a_page_in_the_readers_language(visitor, language):
    answer = visitor.get(f"/{language}/nothing")
    assert answer.status_code == 404
    assert {"zh": "没有这个地址", "en": "No such address"}[language] in answer.text


def test_the_style_sheet_is_small_and_kept_for_ever_under_the_hash_of_its_content(visitor):
    sheet = visitor.get(asset("qika.css"))
    assert sheet.headers["content-type"].startswith("text/css")
    assert int(sheet.headers["content-length"]) < SHEET_MAX
    assert "immutable" in sheet.headers["cache-control"]
    assert sheet.headers["content-encoding"] == "gzip"
    plain = visitor.get(asset("qika.css"), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == sheet.content
    assert int(sheet.headers["content-length"]) < len(plain.content) / 2


def test_a_region_without_points_widens_to_the_region_above_and_says_so(visitor):
    page = Reader(visitor.get("/zh/points?place=990000&kind=bureau").text)
    assert page.all("article") == []
    assert "没有找到符合的网点" in page.words
    assert any(link["href"] == "/zh/points?place=990000" for link in page.all("a"))
    assert "那里没有查到" not in page.words
