"""People with a card, from the first question to what to do: each a sentence a helper would say.

Regions are real, their rules are those of the rulebook; points exist in the fictitious city only.
The site stands on 20 November 2026, a Friday morning.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.person import UNSURE, Person

BOTH, SOCIAL = "两样都启用", "看病、领待遇"
MYSELF, AGENT, GUARDIAN, HOMEBOUND = (
    "我本人去", "家人或别人替我去", "我是监护人", "本人行动不便",
)  # fmt: skip
CCB, ICBC = "中国建设银行", "中国工商银行"
STEPS = "看步骤和依据"


@pytest.fixture
def person(browser, site):
    """Somebody whose browser runs no script: nothing may need it."""
    somebody = Person(browser, site, script=False)
    yield somebody
    somebody.context.close()


@pytest.fixture
def with_script(browser, site):
    """Somebody whose browser runs scripts and may not tell a location."""
    somebody = Person(browser, site, permissions=[])
    yield somebody
    somebody.context.close()


def to_the_bank(person):
    person.begins("示例市")
    person.says(bank=CCB, when="2026-3", what=BOTH, who=MYSELF)
    person.writes(near="示例一区")
    person.reads(
        "可以，去银行网点办", "2026年12月28日", "还有 38 天", CCB, "带什么", "社会保障卡原件"
    )
    person.follows(STEPS)
    person.reads("2026年12月28日", "社会保障卡原件", "银行网点柜台")


def test_i_go_to_the_bank_on_my_card_myself(person):
    to_the_bank(person)


def test_the_same_way_leads_to_the_bank_where_scripts_run(with_script):
    to_the_bank(with_script)


def test_my_daughter_goes_for_me_where_the_region_allows_it(person):
    person.begins("江苏省")
    person.says(bank=ICBC, when="2026-3", what=SOCIAL, who=AGENT)
    person.follows("不说位置")
    person.reads("可以，请代办人去", "带什么", "代办人的")
    person.does_not_read("不接受代办")


def test_my_daughter_cannot_go_for_me_where_the_region_refuses_agents(person):
    person.begins("深圳")
    person.says(bank=ICBC, when="2026-3", what=BOTH, who=AGENT)
    person.follows("不说位置")
    person.reads("不接受代办", "持卡人本人", "12333")
    person.does_not_read("可以，请代办人")


def test_my_daughter_needs_a_notarised_letter_where_the_bank_wants_one(person):
    person.begins("上海")
    person.says(bank=ICBC, when=UNSURE, what=SOCIAL, who=AGENT)
    person.follows("不说位置")
    person.reads("代办人", "先打电话", "经公证的授权委托书")


def test_i_am_the_guardian_of_a_child(person):
    person.begins("示例市")
    person.says(bank=CCB, when="2026-10", what=BOTH, who=GUARDIAN)
    person.writes(near="示例一区")
    person.reads("可以", "带什么", "监护人的")


def test_i_cannot_leave_home_and_read_of_the_visit_before_any_map(person):
    person.begins("示例市")
    person.says(bank=CCB, when="2026-3", what=BOTH, who=HOMEBOUND)
    person.follows("我就在示例市")
    person.reads("请银行上门办", "上门办理", "请别人代办", "授权委托书")
    assert _before(person, "上门办理", "figure.map, .map svg, #list")


def test_my_agent_reads_of_the_visit_and_the_agent_rule_before_any_map(person):
    person.begins("示例市")
    person.says(bank=CCB, when="2026-3", what=BOTH, who=AGENT)
    person.follows("我就在示例市")
    person.reads("上门办理", "请别人代办")
    assert _before(person, "请别人代办", "figure.map, .map svg, #list")


def test_i_live_in_another_province_than_the_one_that_issued_my_card(person):
    person.begins("上海")
    person.says(bank=ICBC, when=UNSURE, what=BOTH, who=MYSELF)
    person.writes(near="杭州市")
    person.reads("杭州")
    person.reads("全国同一家银行")


def test_my_card_is_overdue_and_there_is_a_way_back(person):
    person.begins("示例市")
    person.says(bank=CCB, when="2025-1", what=BOTH, who=MYSELF)
    person.follows("我就在示例市")
    person.reads("还能恢复")
    person.follows(STEPS)
    person.reads("还能恢复", "激活金融应用", "解除社保应用的挂失", "已过 388 天")


def test_my_region_has_published_no_deadline_and_the_page_says_so(person):
    person.begins("深圳南山")
    person.says(bank=ICBC, when="2026-3", what=BOTH, who=MYSELF)
    person.follows("我就在南山区")
    person.reads("没有查到当地公布的期限", "不是当地规定", "12333")
    person.does_not_read("最晚办理日期")


def test_i_do_not_know_my_bank(person):
    person.begins("示例市")
    person.says(bank=UNSURE, when="2026-3", what=BOTH, who=MYSELF)
    person.follows("我就在示例市")
    person.reads("可以，去银行网点办", "卡面")
    person.does_not_read(f"您的回答： 示例市 · {CCB}")


def test_i_am_not_sure_of_anything_but_the_city(person):
    person.begins("示例市")
    made = ("卡是什么时候制好的？", UNSURE)
    person.says(bank=UNSURE, when=UNSURE, more=made, what=UNSURE, who="还没想好")
    person.follows("不说位置")
    person.reads("可以", "还算不出哪天", "填写领卡日期")
    person.follows("填写领卡日期")
    person.is_asked("什么时候领到的卡？")
    person.writes(year="2026", month="3")
    person.reads("2026年12月28日")


def test_my_card_lies_uncollected_where_it_is_cancelled_a_year_after_applying(person):
    applied = ("什么时候申请的卡？", "2026-5")
    person.begins("珠海")
    person.says(bank=ICBC, when="还没领到", more=applied, what=BOTH, who=MYSELF)
    person.follows("不说位置")
    person.reads("先领卡，再启用", "领卡期限", "2027年5月1日", "领取社保卡", "注销")
    person.follows(STEPS)
    person.reads("领卡期限", "2027年5月1日")


def test_i_answer_only_the_city_and_see_the_answer_at_once(person):
    person.begins("示例市")
    person.follows("后面的先不答")
    person.reads("可以", "还算不出哪天")


def test_several_places_have_the_name_i_wrote(person):
    person.begins("朝阳")
    person.reads("您说的是哪一个", "北京市", "辽宁省")
    person.follows("朝阳市")
    person.is_asked("卡面上印的是哪家银行？")
    person.reads("朝阳市")


def test_my_card_says_a_name_that_is_gone(person):
    person.begins("宝安县")
    person.reads("“宝安县”现在属于")


def test_my_card_is_from_hong_kong(person):
    person.begins("香港")
    person.reads("不适用", "内地（大陆）", "12333")


def test_i_make_a_mistake_and_am_led_to_the_field(person):
    person.begins("示例市")
    person.chooses(CCB)
    person.writes(year="2026", day="5")
    expect(person.page.locator("[role=alert]")).to_be_focused()
    person.follows("请写领卡的年和月")
    expect(person.page.locator("#year")).to_be_focused()
    person.writes(month="3", day="")
    person.is_asked("您想启用什么？")


def test_i_change_an_answer_and_come_back_to_the_other_ones(person):
    person.begins("示例市")
    person.chooses(CCB)
    person.chooses("还没领到")
    person.page.get_by_role("link", name="修改：卡面银行").click()
    assert person.page.get_by_role("radio", name=CCB).is_checked()
    person.chooses(ICBC)
    person.is_asked("什么时候领到的卡？")
    person.reads("您已经回答的", ICBC)
    person.follows("返回")
    person.is_asked("卡面上印的是哪家银行？")


def test_i_refuse_to_tell_my_location_and_go_on_by_the_name_of_my_district(with_script):
    person = with_script
    person.begins("示例市")
    person.says(bank=CCB, when="2026-3", what=BOTH, who=MYSELF)
    person.presses("用我的位置")
    expect(person.page.locator(".locate [role=status]")).not_to_be_empty()
    person.writes(near="示例一区")
    person.reads("可以，去银行网点办", "示例一区")


def test_by_keyboard_alone_a_question_is_answered_in_the_order_it_is_read(with_script):
    person = with_script
    person.opens("/zh/social-security/card-activation/990000/question/who?card_bank=105")
    seen = []
    for _ in range(12):
        person.page.keyboard.press("Tab")
        seen.append(person.page.evaluate(_FOCUSED))
    assert seen[0] == "跳到正文"
    fields = [
        one for one in seen if one in {"返回", "我本人去", "下一步", "后面的先不答，直接看结果"}
    ]
    assert fields == ["返回", "我本人去", "下一步", "后面的先不答，直接看结果"]


def test_a_browser_writes_the_name_out_when_it_goes_to_a_map_service(with_script):
    person = with_script
    person.opens("/zh/social-security/card-activation/990000/results?near=31,111")
    address = person.page.locator(".maps a").first.evaluate("one => one.href")
    assert address.isascii()
    assert ",%E7%A4%BA%E4%BE%8B" in address


_FOCUSED = """() => { const one = document.activeElement;
    return (one.closest('label')?.querySelector('b') || one).textContent.trim(); }"""


def _before(person: Person, words: str, selector: str) -> bool:
    """Tell whether a heading of these words stands above everything that the selector names."""
    heading = person.page.locator("main :is(h2, h3)", has_text=words).first.bounding_box()
    below = [one.bounding_box() for one in person.page.locator(selector).all()]
    tops = [box["y"] for box in below if box]
    assert heading is not None
    assert tops, "nothing to stand above"
    return heading["y"] < min(tops)
