"""A holder enables the card at home, in a real browser without script, at Alipay's double."""

import httpx
import pytest

from qika.web.pages.page import PAGES

from tests.browser.person import Person
from tests.browser.visits import _BREACHES, _SIDEWAYS, NARROW, RULES, axe
from tests.online_site import PLACE, form, whole


@pytest.fixture(scope="module")
def online(tmp_path_factory):
    with whole(tmp_path_factory.mktemp("online")) as running:
        yield running


def begins(person, number):
    """Go from the region's page to Alipay's."""
    person.opens(PLACE)
    person.follows("在这里启用")
    for name, text in form(number).items():
        person.page.locator(f"input[name={name}]").fill(text)
    person.presses("下一步")
    person.reads("去支付宝核验", "30 分钟")


@pytest.mark.parametrize(("number", "script"), [(1, False), (2, True)])
def test_a_holder_passes_the_check_and_reads_that_the_card_is_enabled(
    browser, online, number, script
):
    person = Person(browser, online.url, script=script)
    begins(person, number)
    person.follows("去支付宝核验")
    person.page.get_by_role("button", name="是本人").click()
    person.reads("启用成功", "已启用")
    assert "/online/return?state=" in person.page.url
    person.page.reload()
    person.reads("启用成功")
    assert online.history(number) == ["activated"]
    person.context.close()


def test_somebody_else_before_the_camera_may_be_followed_by_the_holder(browser, online):
    person = Person(browser, online.url, script=False)
    begins(person, 3)
    person.follows("去支付宝核验")
    person.page.get_by_role("button", name="是另一个人").click()
    person.reads("没有通过实名核验")
    person.follows("回到支付宝核验")
    person.follows("去支付宝核验")
    person.page.get_by_role("button", name="是本人").click()
    person.reads("启用成功")
    person.context.close()


def test_a_check_that_ends_on_the_phone_is_finished_at_the_desk(browser, online):
    desk = Person(browser, online.url, script=False)
    phone = Person(browser, online.url, script=False)
    begins(desk, 4)
    phone.page.goto(desk.page.get_by_role("link", name="去支付宝核验").get_attribute("href"))
    phone.page.get_by_role("button", name="是本人").click()
    phone.reads("请回到开始的地方完成")
    digits = phone.page.locator("p.num").inner_text()
    assert online.history(4) == []
    desk.page.locator("input[name=digits]").fill(digits)
    desk.presses("完成")
    desk.reads("启用成功")
    assert online.history(4) == ["activated"]
    desk.context.close()
    phone.context.close()


def test_no_step_breaks_a_rule_of_accessibility_or_scrolls_sideways(browser, online):
    person = Person(browser, online.url)

    def sound():
        person.page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        assert person.page.evaluate(_SIDEWAYS) == []
        person.page.evaluate(axe())
        assert person.page.evaluate(_BREACHES, list(RULES)) == []

    begins(person, 5)
    sound()
    person.page.locator("input[name=digits]").fill("1234 5678")
    person.presses("完成")
    person.reads("这不是这次核验的数字")
    sound()
    person.follows("去支付宝核验")
    person.page.get_by_role("button", name="取消").click()
    sound()
    person.opens(f"{PLACE}/return?state={'0' * 32}")
    person.reads("请回到开始的地方完成")
    sound()
    person.context.close()


def test_the_demos_stand_in_pretends_nothing_about_a_real_region(site):
    place = f"{site}/zh{PAGES}/230000/online"
    offer = httpx.get(place)
    assert offer.status_code == 200
    assert "/online/card" not in offer.text
    assert httpx.get(f"{place}/card").status_code == 303
    assert "/online/card" in httpx.get(f"{site}/zh{PAGES}/990000/online").text
