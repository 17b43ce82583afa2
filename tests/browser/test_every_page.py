"""Every page of the site, in both languages: open to all, whole without script, well formed."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.browser.addresses import addresses, of_routes
from tests.browser.chromium import NODE_MODULES, ROOT
from tests.browser.visits import visit


@pytest.fixture(scope="module")
def visited(browser, site):
    """Visit each page once, for all checks of this file."""
    seen = {}

    def give(address):
        if address not in seen:
            seen[address] = visit(browser, site, address)
        return seen[address]

    return give


@pytest.mark.parametrize("address", of_routes())
def test_the_example_of_each_route_is_there(site, address):
    assert httpx.get(site + address).status_code == 200


@pytest.mark.parametrize("address", addresses())
def test_a_page_breaks_no_rule_of_accessibility(visited, address):
    assert visited(address).breaches == {"360 px": [], "1280 px": []}


@pytest.mark.parametrize("address", addresses())
def test_a_page_never_scrolls_sideways(visited, address):
    assert visited(address).sideways == {"320 px": [], "360 px, text at 200 %": []}


@pytest.mark.parametrize("address", addresses())
def test_a_browser_has_nothing_to_complain_of(visited, address):
    assert visited(address).said == []


@pytest.mark.parametrize("address", addresses())
def test_a_script_adds_no_link_no_field_and_no_heading(visited, address):
    assert visited(address).only_by_script == set()


def faults_of_html(folder):
    """Check every file of a folder in one run: each start of the checker takes a second."""
    checker, report = NODE_MODULES / ".bin" / "html-validate", folder / "report.json"
    assert checker.exists(), "html-validate is missing: `make browser` installs it"
    done = subprocess.run(
        [checker, f"--formatter=json={report}", "--config", ROOT / ".htmlvalidate.json", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert report.exists(), done.stderr
    return {
        Path(one["filePath"]).name: [
            f"{said['line']}: {said['ruleId']}: {said['message']}" for said in one["messages"]
        ]
        for one in json.loads(report.read_text("utf-8"))
        if one["messages"]
    }


def test_every_page_is_valid_html(site, tmp_path):
    names = {f"{number:03}.html": address for number, address in enumerate(addresses())}
    for name, address in names.items():
        (tmp_path / name).write_bytes(httpx.get(site + address).content)
    faults = faults_of_html(tmp_path)
    assert [f"{names[name]} {said}" for name, all_said in faults.items() for said in all_said] == []


# A check that finds nothing anywhere would look the same as pages without a fault.

SEEDED = """<!DOCTYPE html><html lang="zh-CN"><title>seeded</title><main><h1>seeded</h1>
<img src="/x"><p style="width:900px">wide</p><script>document.querySelector('h1').append('!')
</script></b></main></html>"""


def test_the_checker_of_html_finds_what_is_wrong(tmp_path):
    (tmp_path / "wrong.html").write_text(SEEDED)
    found = " ".join(faults_of_html(tmp_path)["wrong.html"])
    assert "close-order" in found
    assert "wcag/h37" in found


def test_a_visit_finds_what_is_wrong(browser, site):
    seen = visit(browser, site, "/zh", instead=SEEDED)
    assert [one.split(":")[0] for one in seen.breaches["360 px"]] == ["image-alt"]
    assert seen.sideways["320 px"]
    assert any("/x" in said for said in seen.said)
    assert seen.only_by_script == {"seeded!"}
