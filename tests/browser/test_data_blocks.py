"""Data blocks in Chromium: let pass by the policy, read by nobody but machines, running nothing."""

import dataclasses
import json

import pytest

from tests.browser.in_memory import served
from tests.journeys.example_site import PointsInMemory, example_points, example_site

EVIL = "</script><script>window.ran = true</script><img src=x onerror='window.ran = true'>"
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (one) => window.refused.push(one.blockedURI));
"""


@pytest.fixture(scope="module")
def address(example_book):
    site = example_site(example_book, points_version=lambda: 1, origin="https://card.example")
    points = tuple(dataclasses.replace(one, name=EVIL) for one in example_points())
    office = dataclasses.replace(site.office, directory=PointsInMemory(points, {}))
    with served(dataclasses.replace(site, office=office)) as url:
        yield url


@pytest.mark.parametrize(
    "path", ["/zh/social-security/card-activation/990000", "/en/points?region=990000"]
)
def test_a_block_is_neither_refused_nor_run(address, browser, path):
    with browser.new_context() as context:
        page, said = context.new_page(), []
        page.add_init_script(WATCH)
        page.on("console", lambda one: said.append(one.text))
        page.on("pageerror", lambda one: said.append(str(one)))
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        block = page.locator('script[type="application/ld+json"]')
        assert EVIL in json.dumps(json.loads(block.text_content()), ensure_ascii=False)
        assert page.evaluate("window.refused") == []
        assert page.evaluate("window.ran === undefined")
        assert said == []
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {textContent: 'window.ran = true'}))"
        )
        assert page.evaluate("window.refused") == ["inline"]  # the watch works
        assert page.evaluate("window.ran === undefined")
