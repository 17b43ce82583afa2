"""Online through Alipay: from the page to the holder's status, over real HTTP, with every fault."""

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import zxingcpp

from qika.operations.online import LASTS, short_form
from qika.partners.simulators.alipay import Face, Fault
from qika.web.api.card_status import TRIES_MAX
from qika.web.pages.online import COOKIE, SECURE_COOKIE

from tests.journeys.test_take_along import drawn
from tests.online_site import ACTIVE, NOT_COLLECTED, NOW, PLACE, Browser, form, whole

ACTIVATED, UNPROVED, ALREADY = "启用成功", "没有通过实名核验", "早已启用"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with whole(tmp_path_factory.mktemp("online")) as running:
        yield running


@pytest.fixture
def browser(site):
    site.clock.at = NOW
    return site.browser()


# -- a holder, from the page to the status ------------------------------------------------------


def test_a_holder_enables_the_card_and_the_status_says_so(site, browser):
    offer = browser.get(PLACE)
    assert "社会保障应用" in offer.text or "启用" in offer.text
    assert f'href="{PLACE}/card"' in offer.text
    address = browser.comes_back(1)
    assert address.startswith(f"{site.url}{PLACE}/return?state=")
    shown = browser.get(address)
    assert shown.status_code == 200
    assert ACTIVATED in shown.text
    assert site.history(1) == ["activated"]
    assert site.state(1) == "normal"
    assert shown.headers["cache-control"] == "no-store"


def test_nobody_is_named_in_an_address_a_cookie_or_the_log(site, browser, caplog):
    caplog.set_level(logging.DEBUG)
    said = form(2)
    sent = browser.post(f"{PLACE}/card", said)
    page = browser.get(sent.headers["location"])
    address = browser.stands_before_the_camera(
        re.search(r'href="(http[^"]+gateway\.do[^"]+)"', page.text)[1].replace("&amp;", "&"),
        "holder",
    )
    told = browser.get(address).text
    cookie = sent.headers["set-cookie"]
    everything = [sent.headers["location"], page.text, address, told, cookie, caplog.text]
    for word in said.values():
        assert not any(word in one for one in everything), word


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites_forms(browser):
    sent = browser.post(f"{PLACE}/card", form(3))
    cookie = sent.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={int(LASTS.total_seconds())}"} <= set(
        cookie.split("; ")
    )
    assert SECURE_COOKIE.startswith("__Host-")


def test_pages_send_forms_to_nobody_else_and_run_no_script(browser):
    browser.post(f"{PLACE}/card", form(3))
    for path in (PLACE, f"{PLACE}/card", f"{PLACE}/check", f"{PLACE}/return?state=x"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "form-action 'self'" in answer.headers["content-security-policy"]
        assert "<script" not in answer.text
        assert re.findall(r' style="', answer.text) == []


# -- who is not the holder ----------------------------------------------------------------------


@pytest.mark.parametrize("face", [Face.OTHER, Face.NOBODY])
def test_another_face_and_a_cancelled_check_change_nothing_and_may_be_mended(site, browser, face):
    number = 4 if face is Face.OTHER else 5
    page = browser.begins(number)
    address = browser.stands_before_the_camera(page, face)
    refused = browser.get(address)
    assert UNPROVED in refused.text
    assert f'href="{PLACE}/check"' in refused.text
    assert site.history(number) == []
    browser.stands_before_the_camera(page, "holder")
    assert ACTIVATED in browser.get(address).text
    assert site.history(number) == ["activated"]


def test_coming_back_without_having_been_before_the_camera_proves_nothing(site, browser):
    browser.begins(25)
    (check,) = [
        one for one in site.gateway.double.checks.values()
        if one.said["identity_param"]["cert_no"] == form(25)["social_security_number"]
    ]  # fmt: skip
    assert UNPROVED in browser.get(check.return_url).text
    assert site.history(25) == []


def test_a_pass_that_names_somebody_else_is_not_this_holder(site, browser):
    address = browser.comes_back(6)
    with site.failing(Fault.OTHER_PERSON):
        assert UNPROVED in browser.get(address).text
    assert site.history(6) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "示例甲"},
        {"social_security_number": "990000199001010099"},
        {"card_number": "P77777777"},
    ],
)
def test_a_wrong_holder_and_an_unknown_card_get_the_same_answer_and_reach_nobody(
    site, browser, changed
):
    before = len(site.gateway.double.checks)
    refused = browser.post(f"{PLACE}/card", form(7) | changed)
    assert refused.status_code == 422
    assert "对得上" in refused.text
    assert "set-cookie" not in refused.headers
    assert len(site.gateway.double.checks) == before
    body = re.sub(r'value="[^"]*"', "", refused.text)
    other = browser.post(f"{PLACE}/card", form(8) | {"name": "无此人"})
    assert body == re.sub(r'value="[^"]*"', "", other.text)


def test_guesses_about_one_card_come_to_an_end(site, browser):
    for _ in range(TRIES_MAX):
        assert browser.post(f"{PLACE}/card", form(9, name="无此人")).status_code == 422
    stopped = browser.post(f"{PLACE}/card", form(9))
    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0
    site.clock.at += timedelta(hours=1)
    assert browser.post(f"{PLACE}/card", form(9)).status_code == 303


def test_checks_of_one_card_come_to_an_end(site, browser):
    for _ in range(TRIES_MAX):
        assert browser.post(f"{PLACE}/card", form(10)).status_code == 303
    assert browser.post(f"{PLACE}/card", form(10)).status_code == 429


def test_a_desktop_shows_the_way_to_alipay_as_a_code_to_scan(browser):
    assert browser.get(f"{PLACE}/check.svg").status_code == 404
    there = urlsplit(browser.begins(24))
    picture = browser.get(f"{PLACE}/check.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["cache-control"] == "no-store"
    (read,) = zxingcpp.read_barcodes(drawn(picture.text))
    scanned = urlsplit(read.text)
    assert (scanned.netloc, scanned.path) == (there.netloc, there.path)
    assert parse_qs(scanned.query)["biz_content"] == parse_qs(there.query)["biz_content"]


# -- another browser ----------------------------------------------------------------------------


def test_another_browser_finishes_nothing_and_the_digits_bring_it_home(site, browser):
    address = browser.comes_back(11)
    other = site.browser()
    shown = other.get(address)
    assert shown.status_code == 200
    assert site.history(11) == []
    digits = re.search(r"<b>(\d{4} \d{4})</b>", shown.text)[1]
    wrong = browser.post(f"{PLACE}/return", {"digits": "0000 0000"})
    assert (wrong.status_code, site.history(11)) == (422, [])
    done = browser.post(f"{PLACE}/return", {"digits": digits})
    assert ACTIVATED in done.text
    assert site.history(11) == ["activated"]


def test_a_browser_that_began_for_one_card_does_not_finish_for_another(site, browser):
    mine, other = browser.comes_back(12), site.browser()
    theirs = other.comes_back(13)
    assert re.search(r"<b>\d{4} \d{4}</b>", browser.get(theirs).text)
    assert re.search(r"<b>\d{4} \d{4}</b>", other.get(mine).text)
    assert site.history(12) == site.history(13) == []


def test_digits_cannot_be_tried_out(site, browser):
    browser.comes_back(14)
    for _ in range(TRIES_MAX):
        assert browser.post(f"{PLACE}/return", {"digits": "1"}).status_code == 422
    assert browser.post(f"{PLACE}/return", {"digits": "1"}).status_code == 429


def test_digits_without_anything_begun_are_nothing(site, browser):
    shown = browser.post(f"{PLACE}/return", {"digits": "12345678"})
    assert "这个浏览器里没有开始的核验" in shown.text
    assert len(short_form("0" * 32)) == 8


def test_a_changed_cookie_is_nobodys(site, browser):
    address = browser.comes_back(15)
    (cookie,) = browser.http.cookies.jar
    cookie.value = cookie.value[:-2] + ("AA" if cookie.value[-2:] != "AA" else "BB")
    assert ACTIVATED not in browser.get(address).text
    assert site.history(15) == []


def test_what_began_long_ago_is_over(site, browser):
    address = browser.comes_back(8)
    site.clock.at += LASTS + timedelta(seconds=1)
    assert ACTIVATED not in browser.get(address).text
    assert site.history(8) == []
    site.clock.at = NOW
    assert ACTIVATED in browser.get(address).text


# -- once ---------------------------------------------------------------------------------------


def test_a_return_that_is_repeated_activates_once_and_says_the_same(site, browser):
    address = browser.comes_back(16)
    first, second = browser.get(address).text, browser.get(address).text
    assert first == second
    with site.failing(Fault.LATE):
        assert browser.get(address).text == first
    assert site.history(16) == ["activated"]


def together(browser: Browser, address: str, times: int) -> list[httpx.Response]:
    cookies = browser.http.cookies

    def come(_: int) -> httpx.Response:
        with httpx.Client(cookies=cookies, timeout=20) as one:
            return one.get(address)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(come, range(times)))


def test_many_returns_at_once_activate_once(site, browser):
    address = browser.comes_back(17)
    answers = together(browser, address, 8)
    assert {one.status_code for one in answers} == {200}
    assert all(ACTIVATED in one.text for one in answers)
    assert site.history(17) == ["activated"]


def test_two_checks_of_one_card_activate_once(site, browser):
    other = site.browser()
    first, second = browser.comes_back(18), other.comes_back(18)
    assert ACTIVATED in browser.get(first).text
    assert ALREADY in other.get(second).text
    assert site.history(18) == ["activated"]


@pytest.mark.parametrize(("number", "words"), [(ACTIVE, ALREADY), (NOT_COLLECTED, "领")])
def test_nobody_is_sent_to_alipay_for_what_would_be_refused(site, browser, number, words):
    before = len(site.gateway.double.checks)
    refused = browser.post(f"{PLACE}/card", form(number))
    assert refused.status_code == 200
    assert words in refused.text
    assert len(site.gateway.double.checks) == before


# -- Alipay fails -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.LATE, 503),
        (Fault.SERVER_ERROR, 503),
        (Fault.AWAY, 503),
        (Fault.WRONG_SIGNATURE, 502),
        (Fault.TAMPERED, 502),
        (Fault.UNSIGNED, 502),
        (Fault.NOT_JSON, 502),
        (Fault.REFUSED, 502),
    ],
)
def test_whatever_alipay_does_nothing_is_lost_and_nothing_is_believed(site, browser, fault, status):
    number = 19
    with site.failing(fault):
        refused = browser.post(f"{PLACE}/card", form(number))
    assert refused.status_code == status
    assert 'role="alert"' in refused.text
    assert "set-cookie" not in refused.headers
    assert form(number)["social_security_number"] not in refused.text
    other = site.browser()
    address = other.comes_back(number, "nobody")
    with site.failing(fault):
        unknown = other.get(address)
    assert unknown.status_code == status
    assert unknown.headers["retry-after"]
    assert address.removeprefix(site.url) in unknown.text
    assert site.history(number) == []
    assert UNPROVED in other.get(address).text
    site.clock.at += timedelta(hours=1)


def test_after_lateness_the_same_address_finishes(site, browser):
    address = browser.comes_back(20)
    with site.failing(Fault.LATE):
        assert browser.get(address).status_code == 503
    assert ACTIVATED in browser.get(address).text
    assert site.history(20) == ["activated"]


def test_after_lateness_the_digits_finish_too(site, browser):
    digits = re.search(r"<b>(\d{4} \d{4})</b>", site.browser().get(browser.comes_back(21)).text)[1]
    with site.failing(Fault.LATE):
        late = browser.post(f"{PLACE}/return", {"digits": digits})
    assert late.status_code == 503
    again = re.search(r'name="digits" value="(\d{8})"', late.text)[1]
    assert ACTIVATED in browser.post(f"{PLACE}/return", {"digits": again}).text


def test_waiting_for_alipay_is_nobodys_share_of_this_process(site, browser):
    address = browser.comes_back(26)
    with site.failing(Fault.LATE), ThreadPoolExecutor(1) as pool:
        late = pool.submit(browser.get, address)
        while not site.gateway.double.waiting:
            pass
        site.clock.ticks_s += 60
        assert late.result().status_code == 503
    plan = f"{PLACE.removesuffix('/online')}/plan?card_bank=102"
    assert site.browser().get(plan).status_code == 200


# -- forms --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["card_number", "name", "social_security_number"])
def test_what_is_missing_is_named_beside_its_field(browser, name):
    refused = browser.post(f"{PLACE}/card", {k: v for k, v in form(22).items() if k != name})
    assert refused.status_code == 422
    assert f'id="{name}-wrong"' in refused.text


def test_another_document_than_an_identity_card_is_sent_to_a_counter(browser):
    refused = browser.post(f"{PLACE}/card", form(22, social_security_number="P1234567"))
    assert refused.status_code == 422
    assert "18 位" in refused.text
    assert "P1234567" not in refused.text


def test_a_form_of_another_site_is_not_taken(site, browser):
    sent = browser.http.post(
        f"{site.url}{PLACE}/card", data=form(22), headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert sent.status_code == 403
    assert "set-cookie" not in sent.headers


# -- regions ------------------------------------------------------------------------------------


def test_where_nothing_is_published_the_page_says_so_and_what_works(browser):
    elsewhere = PLACE.replace("990000", "440300")
    shown = browser.get(elsewhere).text
    assert "没有查到深圳市可以在支付宝上启用实体卡的公开规定" in shown
    assert "支付宝只签发电子社保卡" in shown
    assert "各地常见做法" in shown, "no official text says so"
    assert "/online/card" not in shown
    assert "银行" in shown
    back = browser.get(f"{elsewhere}/card")
    assert (back.status_code, back.headers["location"]) == (303, elsewhere)
    assert browser.post(f"{elsewhere}/card", form(22)).status_code == 303


def test_where_sources_name_it_the_page_shows_them(browser):
    shown = browser.get(PLACE.replace("990000", "230000")).text
    assert "黑龙江一卡通" in shown
    assert 'id="sources"' in shown
    assert "/online/card" in shown


def test_several_regions_or_none_lead_to_the_page_that_asks(browser):
    answer = browser.get(PLACE.replace("990000", "%E6%9C%9D%E9%98%B3%E5%8C%BA"))
    assert answer.status_code == 303
    assert browser.get(f"{PLACE.replace('990000', 'nowhere')}/card").status_code == 404


def test_on_postgresql_many_returns_at_once_activate_once_too(tmp_path, postgres):
    with whole(tmp_path, postgres.database("online")) as running:
        one = running.browser()
        address = one.comes_back(1)
        answers = together(one, address, 6)
        assert all(ACTIVATED in answer.text for answer in answers)
        assert running.history(1) == ["activated"]


def test_nothing_is_kept_of_who_began(site, browser):
    browser.begins(23)
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), site.loop).result()
    folder = site.house.settings.data
    said = form(23)
    order = next(
        key for key, one in site.gateway.double.checks.items()
        if one.said["identity_param"]["cert_no"] == said["social_security_number"]
    )  # fmt: skip
    for file in folder.rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert order.encode() not in held
            assert said["social_security_number"].encode() not in held
