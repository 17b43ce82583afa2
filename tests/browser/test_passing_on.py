"""Passing a plan on: the link is copied, the plan is printed, and both do without a script."""

import pytest

from qika.web.pages.page import PAGES

ASKED = f"{PAGES}/990000/plan/share?collected_on=2026-03-05&card_bank=102"
PRINT, COPY = {"zh": "打印", "en": "Print"}, {"zh": "复制", "en": "Copy"}


@pytest.fixture
def page(browser):
    """Give a page of a telephone that counts its prints."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.add_init_script("window.prints = 0; window.print = () => { window.prints++ }")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_tap_opens_the_plan_and_prints_it(page, site, language):
    page.goto(f"{site}/{language}{ASKED}")
    with page.expect_popup() as opened:
        page.get_by_role("button", name=PRINT[language], exact=True).click()
    sheet = opened.value
    sheet.wait_for_function("window.prints === 1")
    assert sheet.url == f"{site}/{language}{ASKED}".replace("/share", "")
    assert page.evaluate("window.prints") == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_tap_copies_the_address_that_names_nobody(page, site, language):
    page.goto(f"{site}/{language}{ASKED}")
    page.get_by_role("button", name=COPY[language], exact=True).click()
    page.locator("#share-done:not(:empty)").wait_for(state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"/{language}{PAGES}/990000/plan?card_bank=102")
    assert "collected" not in copied


def test_without_script_the_address_and_the_way_back_are_there(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/zh{ASKED}")
    assert page.get_by_role("button").count() == 0
    assert page.locator("#share").input_value().endswith("/plan?card_bank=102")
    page.locator("a.back").click()
    assert page.url == f"{site}/zh{ASKED}".replace("/share", "")
    context.close()
