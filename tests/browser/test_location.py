"""«Use my location»: on a tap only, into the form only, and refusal is a normal path."""

from urllib.parse import parse_qs, urlsplit

import pytest

PLACE = {"latitude": 31.0123456, "longitude": 111.0056789, "accuracy": 25}
FINDER = {"zh": "/zh/points", "en": "/en/points"}
BUTTON = {"zh": "用我的位置", "en": "Use my location"}


@pytest.fixture
def visitor(browser, site):
    """Give a page of a browser that allows, refuses or cannot find its location."""
    contexts = []

    def give(**said):
        contexts.append(browser.new_context(viewport={"width": 360, "height": 740}, **said))
        page = contexts[-1].new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        return page

    yield give
    for context in contexts:
        context.close()


def sent(page):
    """What the page asked for besides the files it is made with."""
    return [address for address in page.asked if "/static/" not in address]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_tap_fills_in_the_rounded_place_and_sends_nothing(visitor, site, language):
    page = visitor(geolocation=PLACE, permissions=["geolocation"])
    page.goto(site + FINDER[language])
    before = sent(page)
    page.get_by_role("button", name=BUTTON[language]).click()
    page.locator("[role=status]:not(:empty)", has_text="100").wait_for()
    assert page.locator("#place").input_value() == "31.012,111.006"
    assert page.locator("input[name=crs]").get_attribute("value") == "WGS84"
    assert sent(page) == before == [site + FINDER[language]]
    assert page.evaluate("document.activeElement.type") == "submit"


def test_the_filled_in_form_finds_points_by_distance(visitor, site):
    page = visitor(geolocation=PLACE, permissions=["geolocation"])
    page.goto(site + FINDER["zh"])
    page.get_by_role("button", name=BUTTON["zh"]).click()
    page.locator("[role=status]:not(:empty)", has_text="100").wait_for()
    page.keyboard.press("Enter")
    page.locator(".pt").first.wait_for()
    asked = parse_qs(urlsplit(page.url).query)
    assert asked == {"place": ["31.012,111.006"], "crs": ["WGS84"]}
    assert page.locator(".pt .far").count() > 0
    assert all(address.startswith(site) for address in page.asked)


def test_nothing_is_asked_before_the_tap(visitor, site):
    page = visitor()
    page.add_init_script(
        "window.calls = 0; navigator.geolocation.getCurrentPosition = () => { window.calls++ }"
    )
    page.goto(site + FINDER["zh"])
    assert page.evaluate("window.calls") == 0
    button = page.get_by_role("button", name=BUTTON["zh"])
    button.click()
    assert page.evaluate("window.calls") == 1
    assert button.is_disabled()
    assert "请稍等" in page.locator("[role=status]").inner_text()


def test_refusal_says_what_to_do_and_leaves_the_form_in_use(visitor, site):
    page = visitor(permissions=[])
    page.goto(site + FINDER["zh"])
    page.get_by_role("button", name=BUTTON["zh"]).click()
    page.get_by_text("不要紧").wait_for()
    assert "请直接填区县名称" in page.locator("[role=status]").inner_text()
    assert page.evaluate("document.activeElement.id") == "place"
    assert page.locator("#place").input_value() == ""
    page.keyboard.type("990101")
    page.keyboard.press("Enter")
    page.locator(".pt").first.wait_for()
    assert parse_qs(urlsplit(page.url).query) == {"place": ["990101"]}


@pytest.mark.parametrize(("code", "said"), [(2, "cannot be found"), (3, "took too long")])
def test_what_cannot_be_found_is_said_and_may_be_tried_again(visitor, site, code, said):
    page = visitor()
    page.add_init_script(
        f"navigator.geolocation.getCurrentPosition = (_, no) => no({{code: {code}}})"
    )
    page.goto(site + FINDER["en"])
    page.get_by_role("button", name=BUTTON["en"]).click()
    page.get_by_text(said).wait_for()
    assert page.get_by_role("button", name=BUTTON["en"]).is_enabled()


def test_without_script_there_is_no_button_and_the_form_works(visitor, site):
    page = visitor(java_script_enabled=False)
    page.goto(site + FINDER["zh"])
    assert page.get_by_role("button", name=BUTTON["zh"]).count() == 0
    page.locator("#place").fill("31.0,111.0")
    page.locator("form.find [type=submit]").click()
    assert page.locator(".pt").count() > 0


def test_without_a_secure_connection_there_is_no_button(visitor, site):
    page = visitor()
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.goto(site + FINDER["zh"])
    assert page.locator("[data-locate]").is_hidden()


def test_only_a_page_with_the_button_may_ask_for_a_location(visitor, site):
    page = visitor()
    with_button = page.goto(site + FINDER["zh"])
    without = page.goto(site + "/zh/problems")
    assert with_button is not None
    assert without is not None
    rule = "permissions-policy"
    assert with_button.headers[rule] == "geolocation=(self), camera=(), microphone=()"
    assert without.headers[rule] == "geolocation=(), camera=(), microphone=()"
