"""One visit to a page, and everything the checks want to know of it."""

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

import httpx
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.chromium import NODE_MODULES

HTML = "text/html; charset=utf-8"
NARROW, PHONE, WIDE = (320, 640), (360, 740), (1280, 800)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""WCAG 2.2 AA and the best practice of axe-core."""

_BREACHES = """async tags => (await axe.run({
        runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})).violations
    .map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' | '))"""
_SIDEWAYS = """() => { const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')]
        .filter(one => one.getBoundingClientRect().right > page.clientWidth + 1)
        .map(one => one.outerHTML.slice(0, 80));
    return wide.length ? wide : ['the page']; }"""
_DOUBLE_TEXT = "() => { document.documentElement.style.fontSize = '200%' }"
_OFFERED = """() => [...document.querySelectorAll('a[href], input, select, textarea, h1, h2, h3')]
    .map(one => one.getAttribute('href') || one.name || one.textContent.trim())"""


@dataclass
class Visit:
    """What was found wrong, each by what it says."""

    status: int = 0
    breaches: dict[str, list[str]] = field(default_factory=dict)
    sideways: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    only_by_script: set[str] = field(default_factory=set)


class _Offers(HTMLParser):
    """Reads what a page offers as it was sent: links, fields, headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found = set[str]()
        self._heading: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "a" and "href" in said:
            self.found.add(said["href"])
        elif tag in {"input", "select", "textarea"}:
            self.found.add(said.get("name") or "")
        elif tag in {"h1", "h2", "h3"}:
            self._heading = []

    def handle_endtag(self, tag):
        if tag in {"h1", "h2", "h3"} and self._heading is not None:
            self.found.add("".join(self._heading).strip())
            self._heading = None

    def handle_data(self, data):
        if self._heading is not None:
            self._heading.append(data)


@cache
def axe() -> str:
    return (NODE_MODULES / "axe-core" / "axe.min.js").read_text("utf-8")


def breaches(page: Page) -> list[str]:
    """Name the breaches of accessibility of a page that is open."""
    page.evaluate(axe())
    return page.evaluate(_BREACHES, list(RULES))


def sideways(page: Page) -> list[str]:
    """Name what makes a page that is open scroll sideways at 320 px."""
    before = page.viewport_size
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    found = page.evaluate(_SIDEWAYS)
    if before is not None:
        page.set_viewport_size(before)
    return found


def visit(browser: Browser, site: str, address: str, instead: str = "") -> Visit:
    """Visit a page with script, at three widths and with text twice as large.

    ``instead`` is sent in place of the page, to see that the checks find what is wrong with it.
    """
    seen = Visit()
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    _listen(page, seen, site + address)
    if instead:
        page.route(site + address, lambda route: route.fulfill(body=instead, content_type=HTML))
    answer = page.goto(site + address)
    assert answer is not None
    seen.status = answer.status
    page.evaluate(axe())
    for width, height in (PHONE, WIDE):
        page.set_viewport_size({"width": width, "height": height})
        seen.breaches[f"{width} px"] = page.evaluate(_BREACHES, list(RULES))
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    seen.sideways["320 px"] = page.evaluate(_SIDEWAYS)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.evaluate(_DOUBLE_TEXT)
    seen.sideways["360 px, text at 200 %"] = page.evaluate(_SIDEWAYS)
    sent = _Offers(instead or answer.text()).found
    seen.only_by_script = {one for one in page.evaluate(_OFFERED) if one} - sent
    context.close()
    return seen


def _listen(page: Page, seen: Visit, address: str) -> None:
    """Write down what the browser complains of, save that the page itself is a 4xx."""

    def said(message: ConsoleMessage) -> None:
        of_page = message.text.startswith("Failed to load resource") and (
            httpx.URL(message.location["url"]) == httpx.URL(address)
        )
        if message.type in {"error", "warning"} and not of_page:
            seen.said.append(f"{message.type}: {message.text} {message.location['url']}")

    page.on("console", said)
    page.on("pageerror", lambda error: seen.said.append(f"script: {error}"))
    page.on("requestfailed", lambda request: seen.said.append(f"not loaded: {request.url}"))
