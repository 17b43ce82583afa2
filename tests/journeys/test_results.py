# ruff: noqa: RUF001 - pages are quoted as they are written
"""Results as a person meets them: the answer first, then the list."""

import dataclasses
import re
from datetime import date, datetime, timedelta

import pytest

from qika.points.hours import Schedule
from qika.terms.names import Language, Who
from qika.web.app import build_app
from qika.wiring import packaged_texts, parse_rules

from tests.journeys.answers import ASK, Shown
from tests.journeys.example_site import NOW, WEEK, PointsInMemory, Visitor, example_site

HERE = "near=30,120&card_bank=102"


@pytest.fixture(scope="module")
def whole_book():
    return parse_rules(packaged_texts())


@pytest.fixture(scope="module")
def site(whole_book):
    return example_site(whole_book)


@pytest.fixture(scope="module")
def visitor(site):
    return Visitor(build_app(site))


@pytest.fixture(params=list(Language))
def language(request):
    return request.param


def results(visitor, query: str = "", region: str = "990000", language: str = "zh") -> Shown:
    return Shown(visitor, f"/{language}{ASK}/{region}/results?{query}")


# -- the answer in big words ----------------------------------------------------------------------


def test_the_first_screen_says_whether_by_when_where_and_with_what(visitor):
    page = results(visitor, f"collected_on=2026-03-05&{HERE}")
    assert "可以" in page.heading
    page.in_order(
        "可以，去银行网点办",
        "2026年12月30日",
        "还有 40 天",
        "到银行激活金融应用",
        "示例银行第01支行",
        "社会保障卡原件",
        "有效身份证件原件",
        "您的回答",
        "能办的网点",
    )
    page.says("960 米，步行约 18 分钟", "营业中 今天到 17:00", "当地主管部门已确认")


def test_each_answer_given_can_be_changed_on_its_own(visitor, language):
    given = f"collected_on=2026-03&{HERE}&application=social&who=guardian"
    page = results(visitor, given, language=language)
    for question in ("bank", "collected", "application", "who", "near"):
        [link] = {one for one in page.links if f"/question/{question}?" in one}
        assert "collected_on=2026-03" in link
        assert "who=guardian" in link
    assert any(one.startswith(f"/{language}{ASK}?") and "r=990000" in one for one in page.links)


def test_overdue_begins_with_the_way_back_in_order(visitor):
    page = results(visitor, f"collected_on=2025-11-01&{HERE}")
    page.in_order(
        "过了最后日期，还能恢复",
        "先到卡面所印的银行激活金融应用",
        "再到人社部门指定的地方解除社保应用的挂失",
        "如果卡早就启用了，就不用再办",
        "2026年8月28日",
        "已过 84 天",
        "示例银行第01支行",
    )


def test_where_nothing_is_published_the_reference_date_is_named_as_one(visitor):
    page = results(visitor, "collected_on=2026-03-05", region="440300")
    page.in_order("没有查到当地公布的期限", "参考日期：2026年12月30日（不是当地规定）", "12333")
    assert 'class="when' not in page.answer.text, "only a rule's date stands in big figures"


def test_without_a_start_the_page_says_what_to_find_out(visitor):
    page = results(visitor)
    page.says("还算不出哪天", "从领卡的第二天算起，共 300 天", "告诉我们哪天领的卡")
    assert f"/zh{ASK}/990000/question/collected?then=results" in page.links


def test_a_card_not_yet_collected_is_collected_first(visitor):
    page = results(visitor, "collected=no")
    assert "先领卡" in page.heading
    page.says("领到卡以后才开始算")


def test_without_the_bank_no_outlet_is_named_as_the_place_to_go(visitor):
    page = results(visitor, "near=30,120")
    page.in_order("去哪里", "卡面所印银行的网点都可以", "看一看卡面印的是哪家银行", "带什么")
    before_list = page.said[: page.said.index("能办的网点")]
    assert "示例银行第" not in before_list


def test_a_way_that_does_not_stop_the_clock_says_so(visitor):
    page = results(visitor, f"application=social&collected_on=2026-03-05&{HERE}&who=holder")
    page.says("这个办法不能代替期限里要做的事", "最后一天之前还要：到银行激活金融应用")


# -- who cannot come ------------------------------------------------------------------------------


def test_a_visit_by_the_counter_is_told_as_practice_and_never_denied_beside_it(visitor):
    for who in ("homebound", "agent"):
        page = results(visitor, f"who={who}", region="440300")
        assert "各地常见做法：银行可以上门办" in page.said, who
        assert "没有查到当地公布上门办理" not in page.said, who


def test_a_visit_by_the_counter_does_not_borrow_the_ground_of_the_counter(visitor):
    told = {}
    for who in ("holder", "homebound"):
        answer = visitor.get(f"/v1/plans?region=440300&who={who}").json()
        (told[who],) = [o for o in answer["options"] if o["channel"] == "bank_counter"]
        assert told[who]["offered"]
    assert [one["basis"] for one in told.values()] == ["reported", "reference"]
    assert told["homebound"]["since"] is None
    for view in ("results", "plan"):
        page = Shown(visitor, f"/zh{ASK}/440300/{view}?who=homebound")
        page.in_order("可以，请银行上门办", "没有查到当地的规定，这是各地常见做法")
    text = visitor.get(f"/zh{ASK}/440300/plan.txt?who=homebound").text
    assert "各地常见做法，仅供参考" in text.partition("银行网点柜台")[2][:200]


@pytest.mark.parametrize("who", [Who.HOMEBOUND, Who.AGENT])
def test_home_visit_and_the_agent_rule_stand_before_list_and_map(visitor, who):
    page = results(visitor, f"{HERE}&who={who}")
    page.in_order("上门办理", "银行可以上门办", "请别人代办", "可以请别人代办", "能办的网点")
    assert page.answer.text.index('id="agent"') < page.answer.text.index('<svg class="sketch')
    page.says("授权委托书", "（代办人的）", "（持卡人的）")


def test_an_agent_who_is_refused_is_told_so_and_what_to_do_instead(visitor):
    page = results(visitor, "who=agent", region="340700")
    assert "不接受代办" in page.said
    page.in_order("当地不接受代办", "可以换个办法", "持卡人本人：银行网点柜台", "上门办理")
    assert f"/zh{ASK}/340700/results?who=holder" in page.links


def test_a_letter_that_must_be_notarised_or_witnessed_says_so(visitor):
    page = results(visitor, "who=agent", region="310000")
    page.says("授权委托书要先公证，或由银行两名工作人员上门见证")
    page.says("经公证的授权委托书或经银行两名工作人员上门见证的授权委托书")
    assert "/zh/power-of-attorney?region=310000" in page.links


def test_common_practice_on_agents_is_not_said_to_be_the_regions_rule(visitor):
    page = results(visitor, "who=agent", region="110000")
    page.says("各地常见做法是可以代办", "没有查到当地的规定，这是各地常见做法")
    assert "可以请别人代办" not in page.said


# -- elsewhere ------------------------------------------------------------------------------------


def test_a_holder_in_another_province_learns_what_works_there(visitor):
    page = results(visitor, "near=上海&card_bank=102")
    page.in_order(
        "您在上海市，卡是示例市的",
        "社保应用：在上海市不能办",
        "能办的范围：本市内",
        "金融应用：在上海市可以办",
        "能办的范围：全国同一家银行",
        "不用去网点的办法",
    )
    assert f"/zh{ASK}/990000/results?card_bank=102#list" in page.links


def test_coordinates_far_from_the_card_are_told_by_the_nearest_point(site):
    far = dataclasses.replace(site.office.directory.points[0], region="310000")
    directory = PointsInMemory((far,), {})
    office = dataclasses.replace(site.office, directory=directory)
    visitor = Visitor(build_app(dataclasses.replace(site, office=office)))
    page = results(visitor, "near=30,120&card_bank=102")
    page.says("您在上海市", "这里只能办金融应用")
    assert "您在上海市" not in results(visitor, "near=40,90&card_bank=103").said


# -- the list -------------------------------------------------------------------------------------


def test_every_row_has_distance_state_kind_address_call_and_report(visitor):
    page = results(visitor, HERE)
    rows = re.findall(r"<article.*?</article>", page.answer.text, re.DOTALL)
    assert len(rows) == 6
    for row in rows:
        for part in ('class="far num"', 'class="state ', 'class="tag"', 'href="tel:', "/report?"):
            assert part in row, part
        assert "示例公园南门" in row
        assert "2026年11月1日 核实" in row
    assert [re.search(r">(\w)</span>", row)[1] for row in rows] == list("ABCDEF")


def test_hours_that_are_not_known_are_never_shown_as_open(visitor):
    page = results(visitor, HERE)
    [pharmacy] = re.findall(
        r"<article(?:(?!</article>).)*示例药店.*?</article>", page.answer.text, re.DOTALL
    )
    assert "营业时间没有核实" in pharmacy
    assert "state open" not in pharmacy
    assert "示例药店" not in results(visitor, f"{HERE}&open=now").said


def at(site, moment: str, week=WEEK) -> Visitor:
    """The same site at another moment, every point open on the days of ``week``."""
    points = site.office.directory.points
    directory = PointsInMemory(points, {one.id: Schedule(week) for one in points})
    now = datetime.fromisoformat(moment)
    office = dataclasses.replace(site.office, directory=directory, clock=lambda: now)
    return Visitor(build_app(dataclasses.replace(site, office=office)))


def test_a_point_closes_soon_in_its_last_hour(site):
    assert "快关门" not in results(at(site, "2026-11-20T16:00:00+08:00"), HERE).said
    results(at(site, "2026-11-20T16:00:01+08:00"), HERE).says("快关门 今天到 17:00")


def test_nothing_open_says_so_and_leads_to_all(site):
    page = results(at(site, "2026-11-21T12:00:00+08:00"), f"{HERE}&open=now")
    page.says("现在没有开着门的网点", "看全部网点")
    assert page.all("article") == []


def test_a_point_that_opens_again_only_after_the_last_day_says_so(site):
    saturday = at(site, "2026-10-24T12:00:00+08:00", (*WEEK[:5], (), ()))
    last = date(2026, 10, 25)
    start = last - timedelta(days=300)
    moved = results(saturday, f"collected_on={start}&{HERE}")
    assert "请另选一家" not in moved.said, "the day moves to Monday"
    closed = at(site, "2026-10-26T18:00:00+08:00")
    results(closed, f"collected_on={start}&{HERE}").says("下次开门时已过最后一天，请另选一家")


def test_in_the_last_week_the_last_chance_is_named(site):
    page = results(at(site, "2026-12-28T12:00:00+08:00"), f"collected_on=2026-03-05&{HERE}")
    page.says("最后一次机会：12月30日周三 17:00 前")
    assert (
        "最后一次机会"
        not in results(at(site, NOW.isoformat()), f"collected_on=2026-03-05&{HERE}").said
    )


def test_filters_are_links_that_keep_the_question(visitor, language):
    page = results(visitor, f"{HERE}&who=holder", language=language)
    kept = f"/{language}{ASK}/990000/results?card_bank=102&who=holder&near=30%2C120"
    assert {f"{kept}#list", f"{kept}&open=now#list", f"{kept}&kind=hospital#list"} <= set(
        page.links
    )
    one = results(visitor, f"{HERE}&who=holder&kind=hospital", language=language)
    assert len(one.all("article")) == 1
    assert f"{kept}&open=now&kind=hospital#list" in [*one.links] or (
        f"{kept}&kind=hospital&open=now#list" in one.links
    )
    way = results(visitor, f"{HERE}&who=holder&channel=pharmacy_first_use", language=language)
    assert len(way.all("article")) == 1


def test_the_list_goes_on_by_cursor_without_losing_or_repeating_a_point(visitor):
    names, query = [], "near=30,120"
    for _ in range(4):
        page = results(visitor, query)
        names += re.findall(r"<h3>(.*?)</h3>", page.answer.text)
        more = [one for one in page.links if "cursor=" in one and one.endswith("#list")]
        if not more:
            break
        query = more[0].partition("?")[2].partition("#")[0]
    assert len(names) == len(set(names)) == 15


def test_a_cursor_of_nobody_is_refused(visitor):
    assert visitor.get(f"/zh{ASK}/990000/results?cursor=nonsense").status_code == 422


def test_without_a_place_the_region_of_the_card_is_listed_and_the_place_asked_for(visitor):
    page = results(visitor, "card_bank=102")
    page.says("示例市的网点，按名称排列", "说出您在哪里")
    [form] = page.all("form")
    assert form["action"] == f"/zh{ASK}/990000/results"
    hidden = {one["name"]: one["value"] for one in page.all("input") if one.get("type") == "hidden"}
    assert hidden == {"card_bank": "102"}


# -- what is no answer ----------------------------------------------------------------------------


def test_several_regions_lead_to_their_results(visitor):
    page = results(visitor, "who=agent", region="朝阳")
    assert f"/zh{ASK}/110105/results?who=agent" in page.links


def test_a_region_without_cards_says_so(visitor):
    results(visitor, region="810000").says("内地（大陆）的社会保障卡不在香港特别行政区发行")


def test_a_wrong_answer_leads_to_its_question(visitor, language):
    answer = visitor.get(f"/{language}{ASK}/990000/results?card_bank=Nonesuch&who=agent")
    assert answer.status_code == 422
    assert f'href="/{language}{ASK}/990000/question/bank?who=agent"' in answer.text


# -- whatever is asked ----------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["990000", "110000", "440300", "310000", "340700", "610000"])
@pytest.mark.parametrize("who", list(Who))
def test_every_results_page_is_small_and_well_formed(visitor, language, region, who):
    for query in ("", "collected_on=2026-03", "collected_on=2020-01-01&near=30,120&card_bank=102"):
        results(visitor, f"{query}&who={who}", region=region, language=language).is_whole()


def test_two_sentences_in_english_stand_apart(visitor):
    page = results(visitor, "collected_on=2025-01-05", language="en")
    page.says("for the time being. If the card is active already")
