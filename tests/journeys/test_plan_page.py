# ruff: noqa: RUF001 - pages are quoted as they are written
"""The plan as a person reads it, held against the plan of the API: nothing lost, nothing added."""

import re
from dataclasses import dataclass, field, replace
from html import unescape

import pytest

from qika.terms.names import Basis, Language, Who
from qika.web.app import build_app
from qika.wiring import packaged_texts, parse_rules

from tests.journeys.answers import ASK, Shown
from tests.journeys.example_site import PointsInMemory, Visitor, example_site

REGIONS = ("990000", "110000", "440300", "310000", "340700", "610000", "211300")
QUERIES = ("", "collected_on=2026-03", "collected_on=2020-01-01&near=30,120&card_bank=102")


@pytest.fixture(scope="module")
def visitor():
    return Visitor(build_app(example_site(parse_rules(packaged_texts()))))


@pytest.fixture(params=list(Language))
def language(request):
    return request.param


def plan(visitor, query: str = "", region: str = "990000", language: str = "zh") -> Shown:
    return Shown(visitor, f"/{language}{ASK}/{region}/plan?{query}")


def told(visitor, query: str, region: str, language: str) -> dict:
    answer = visitor.get(f"/v1/plans?region={region}&{query}&lang={language}")
    assert answer.status_code == 200
    return answer.json()


def test_day_place_and_papers_come_first_then_counting_list_and_steps(visitor):
    page = plan(visitor, "collected_on=2026-03-05&near=30,120&card_bank=102")
    page.in_order(
        "可以，去银行网点办",
        "2026年12月30日",
        "示例银行第01支行",
        "社会保障卡原件",
        "这一天是怎么算的",
        "从领卡的第二天算起，共 300 天",
        "2026年3月6日是第 1 天",
        "第 300 天是2026年12月30日",
        "要带的东西",
        "任带一种：居民身份证、临时居民身份证",
        "到卡面所印银行的网点，取号",
        "示例公园南门",
    )
    [bar] = page.all("progress")
    assert (bar["max"], bar["value"]) == ("300", "260")
    assert bar["aria-label"] == "已过 260 天，共 300 天"


def test_a_day_that_moved_says_from_where_and_why(visitor):
    page = plan(visitor, "collected_on=2026-01-05")
    page.in_order("第 300 天是2026年11月1日", "那天是星期日", "顺延到2026年11月2日，星期一")


def test_overdue_puts_the_way_back_above_everything(visitor):
    page = plan(visitor, "collected_on=2025-11-01")
    page.in_order("还能恢复", "先到卡面所印的银行", "再到人社部门", "已过", "这一天是怎么算的")


def test_both_applications_are_told_what_for_and_from_when_each_is_usable(visitor):
    page = plan(visitor)
    page.says("社保应用：看病、买药、领待遇时刷卡用", "金融应用：就是卡上的银行账户")
    page.says("社保应用：办完当天可用", "金融应用：办完当天可用")


def test_the_shared_address_holds_region_and_bank_alone(visitor):
    page = plan(visitor, "collected_on=2026-03-05&near=30,120&card_bank=102&who=agent")
    link = re.search(r'<a href="([^"]*/plan/share[^"]*)"', page.answer.text)
    assert link is not None
    passed_on = visitor.get(unescape(link[1])).text
    shared = re.search(r'<input [^>]*id="share" readonly value="([^"]*)"', passed_on)
    assert shared is not None
    assert shared[1] == f"/zh{ASK}/990000/plan?card_bank=102"
    plan(visitor, "card_bank=102").says("中国工商银行")


def test_it_can_be_taken_along(visitor, language):
    asked = "collected_on=2026-03-05&card_bank=102"
    page = plan(visitor, asked, language=language)
    for end in ("plan.txt", "plan.ics", "feed.ics"):
        assert f"/{language}{ASK}/990000/{end}?{asked}" in page.links
    assert f"/{language}/power-of-attorney?region=990000&card_bank=102" in page.links
    reference = plan(visitor, asked, region="440300", language=language)
    assert not any("plan.ics" in link for link in reference.links), "no rule, no date to put down"


def test_the_older_address_shows_the_same_plan(visitor, language):
    older = Shown(visitor, f"/{language}{ASK}/990000?collected_on=2026-03")
    newer = plan(visitor, "collected_on=2026-03", language=language)
    main = [one.answer.text[one.answer.text.index("<main") :] for one in (older, newer)]
    assert main[0] == main[1]
    assert visitor.get(f"/{language}{ASK}/990000?collected_on=2026-03").status_code == 200


# -- whatever is asked ----------------------------------------------------------------------------


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("who", list(Who))
@pytest.mark.parametrize("query", QUERIES)
def test_the_page_holds_all_of_the_plan_and_is_whole(visitor, language, region, who, query):
    asked = f"{query}&who={who}" if query else f"who={who}"
    page, answer = plan(visitor, asked, region, language), told(visitor, asked, region, language)
    page.is_whole()
    everything = re.sub(r"\s+", "", page.words)
    rows = [unescape(re.sub("<[^>]+>", "", one)) for one in page.answer.text.split("<li>")]
    """Ways that are refused for one reason stand in one row, before the reason."""

    def says(text: str) -> bool:
        return re.sub(r"\s+", "", text) in everything

    for option in answer["options"]:
        assert says(option["name"])
        if option["offered"]:
            names = [
                name for one in option["documents"] for name in [one["name"], *one["any_of_names"]]
            ]
            assert [name for name in (*names, *option["steps"]) if not says(name)] == []
        else:
            assert any(
                option["name"] in before and said
                for before, said, _ in (row.partition(option["reason_text"]) for row in rows)
            ), option["name"]
    assert [one["text"] for one in answer["notes"] if not says(one["text"])] == []
    grounds = [*answer["options"], *answer["deadlines"], *answer["notes"]]
    ids = {source for one in grounds for source in one["source_ids"]}
    titles = [one["title"] for one in answer["sources"] if one["id"] in ids]
    assert [title for title in titles if not says(title)] == []
    assert says(answer["authority"]["name"])
    for one in answer["deadlines"]:
        assert says(one["basis_text"])
        assert says(one["counting"])


@pytest.mark.parametrize("view", ["plan", "results"])
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("query", ["collected_on=2026-03-05", "collected_on=2020-01-01"])
def test_a_reference_date_is_never_shown_as_the_regions_rule(
    visitor, language, region, view, query
):
    [due] = [
        one
        for one in told(visitor, query, region, language)["deadlines"]
        if one["clock"] == "activation"
    ]
    page = Shown(visitor, f"/{language}{ASK}/{region}/{view}?{query}")
    rule = due["basis"] not in {Basis.REFERENCE, Basis.NONE}
    assert ('class="when' in page.answer.text) is rule
    if due["basis"] == Basis.REFERENCE:
        said = {"zh": ("参考日期", "不是当地规定"), "en": ("Reference date", "not this region")}
        page.says(*said[language])
        assert not any("plan.ics" in link for link in page.links)
        assert "还能恢复" not in page.said
        assert "way back, but" not in page.said
    else:
        assert "不是当地规定）。" not in page.said


@dataclass(frozen=True)
class Watched(PointsInMemory):
    """A directory that notes for which channel points are asked."""

    searched: list = field(default_factory=list)

    def nearest(self, lat, lon, search, **how):
        self.searched.append(search.channel)
        return super().nearest(lat, lon, search, **how)


@pytest.mark.parametrize("who", list(Who))
def test_a_plan_asks_for_the_points_of_the_way_it_names_and_of_no_other(who):
    site = example_site(parse_rules(packaged_texts()))
    here = site.office.directory
    watched = Watched(here.points, here.schedules)
    visitor = Visitor(build_app(replace(site, office=replace(site.office, directory=watched))))
    query = f"collected_on=2026-03-05&near=30,120&card_bank=102&who={who}"
    page = plan(visitor, query)
    where_i_am = None
    [way] = set(watched.searched) - {where_i_am}
    assert f'id="{way}" aria-labelledby="way"' in page.answer.text
    [offered] = [
        one for one in told(visitor, query, "990000", "zh")["options"] if one["channel"] == way
    ]
    page.says(*(one["name"] for one in offered["points"]))
    assert offered["points"]
