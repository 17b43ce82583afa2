"""The cashier's page of the card terminal in a browser: used as a cashier does, open to all."""

import pytest
from playwright.sync_api import Page

from tests.browser.test_every_page import faults_of_html
from tests.browser.visits import WIDE, breaches, sideways
from tests.terminal.counters import Clock, Counter, Service, driver_string
from tests.terminal.test_door import TOKEN, opened

LONG = "\u4dae" * 40
"""A name as long as the field for it may be."""


@pytest.fixture
def door(example_book, tmp_path):
    clock = Clock()
    service = Service(example_book, clock)
    counter = Counter(tmp_path, service, clock, answer_within_s=10)
    with opened(counter) as running:
        yield running
    counter.queue.close()


@pytest.fixture
def page(browser) -> Page:
    width, height = WIDE
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


class Looked:
    """Looks at each page that comes by: accessible, never sideways, and written down."""

    def __init__(self, page: Page, folder) -> None:
        self.page, self.folder = page, folder
        self.faults: list[str] = []
        page.on("console", lambda said: self.faults.append(said.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def at(self, name: str) -> None:
        self.faults += [f"{name}: {one}" for one in breaches(self.page)]
        self.faults += [f"{name}: {one}" for one in sideways(self.page)]
        # the browser writes out a value that stood there without one
        as_sent = self.page.content().replace(' required=""', " required")
        (self.folder / f"{name}.html").write_text(as_sent, "utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_cashier_reads_a_card_sends_it_and_sees_what_came_of_it(lang, door, page, tmp_path):
    folder = tmp_path / "seen"
    folder.mkdir()
    looked = Looked(page, folder)
    page.goto(f"{door.url}/enter?token={TOKEN}&lang={lang}")
    looked.at("start")
    page.fill("#driver_string", driver_string(1, name=LONG))
    page.click("button[type=submit]")
    looked.at("card")
    assert LONG in page.inner_text(".name")
    page.select_option("#use", "outpatient")
    page.select_option("#document_holder", "id_card")
    page.click("button[type=submit]")
    assert page.locator("section.sent").count() == 1
    looked.at("result")
    page.click("a.button")
    page.fill("#driver_string", "990000|")
    page.click("button[type=submit]")
    assert page.locator("section.refused").count() == 1
    looked.faults = [one for one in looked.faults if "409" not in one]
    looked.at("refused")
    door.counter.service.down = True
    page.goto(f"{door.url}/?lang={lang}")
    page.fill("#driver_string", driver_string(2))
    page.click("button[type=submit]")
    page.click("button[type=submit]")
    assert page.locator("section.waiting").count() == 1
    looked.at("waiting")
    page.goto(f"{door.url}/page/list?lang={lang}")
    assert page.locator("li").count() == 2
    looked.at("list")
    assert looked.faults == []
    assert faults_of_html(folder) == {}
