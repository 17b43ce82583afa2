"""The street map on a tap: of our own origin alone, pins where they belong, easy to do without."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import asinh, pi, radians, tan
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from qika.terms.coordinates import wgs84_to_gcj02

from tests.browser.serving import served
from tests.browser.visits import RULES, axe
from tests.tile_server import SIDE, tile_server

RESULTS = "/social-security/card-activation/990000/results?collected_on=2026-03&near=31,111"
OPEN = {"zh": "看街道地图", "en": "Show the street map"}
ROW = """
[[provider]]
id = "double"
url = "{}/{{z}}/{{x}}/{{y}}.png?k={{key}}"
labels_url = "{}/labels/{{z}}/{{x}}/{{y}}.png?k={{key}}"
crs = "gcj02"
attribution = {{ zh = "示例地图", en = "Example map" }}
approval = "GS(2026)0001"
key_setting = "DOUBLE_KEY"
zoom = [4, 18]
cache_days = 0
terms = "verified"
"""


@pytest.fixture(scope="module")
def provider():
    with tile_server() as double:
        yield double


@contextmanager
def mapped_by(provider, folder) -> Iterator[str]:
    """Serve the real site with the street map of a provider."""
    (folder / "tiles.toml").write_text(ROW.format(provider.url, provider.url), "utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DOUBLE_KEY", "secret-key-1")
        with served(folder, tiles="double") as url:
            yield url


@pytest.fixture(scope="module")
def mapped(provider, tmp_path_factory) -> Iterator[str]:
    with mapped_by(provider, tmp_path_factory.mktemp("mapped")) as url:
        yield url


@pytest.fixture
def visitor(browser, provider):
    """Give a page of a browser that remembers what it asked for and complained of."""
    contexts = []
    provider.asked.clear()

    def give(width=360, **said):
        contexts.append(browser.new_context(viewport={"width": width, "height": 740}, **said))
        page = contexts[-1].new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        return page

    yield give
    for context in contexts:
        context.close()


def opened(page, site, language="zh"):
    page.goto(f"{site}/{language}{RESULTS}")
    page.get_by_role("button", name=OPEN[language]).click()
    page.locator(".leaflet-tile-loaded").first.wait_for()
    return page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_tap_opens_streets_and_nothing_leaves_the_origin(visitor, mapped, provider, language):
    page = visitor()
    page.goto(f"{mapped}/{language}{RESULTS}")
    assert not [one for one in page.asked if "leaflet" in one or "/tiles/" in one]
    opened(page, mapped, language)
    page.wait_for_load_state("networkidle")
    assert {urlsplit(one).netloc for one in page.asked} == {urlsplit(mapped).netloc}
    tiles = [urlsplit(one).path for one in page.asked if "/tiles/" in one]
    assert any(one.startswith("/tiles/labels/") for one in tiles)
    assert page.said == []
    credit = page.locator(".leaflet-control-attribution")
    said = {"zh": "示例地图 GS(2026)0001", "en": "Example map GS(2026)0001"}
    assert credit.inner_text() == said[language]
    assert credit.locator("a, svg").count() == 0
    assert page.locator("svg.sketch").is_hidden()
    assert page.evaluate("document.activeElement.className").startswith("streets-map")
    for name in (
        {"zh": "放大", "en": "Zoom in"}[language],
        {"zh": "缩小", "en": "Zoom out"}[language],
    ):
        box = page.get_by_role("button", name=name).bounding_box()
        assert min(box["width"], box["height"]) >= 44
    assert all("k=secret-key-1" in path for path, _ in provider.asked)
    assert "secret-key-1" not in page.content()


def in_world(lat: float, lon: float, zoom: int) -> tuple[float, float]:
    """Give the pixel of a place on the world map of a level (Web Mercator, EPSG:3857)."""
    side = SIDE * 2**zoom
    return (lon + 180) / 360 * side, (1 - asinh(tan(radians(lat))) / pi) / 2 * side


def test_pins_stand_where_the_provider_draws_their_places(visitor, mapped):
    page = opened(visitor(), mapped)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".leaflet-tile:not(.leaflet-tile-loaded)")).to_have_count(0)
    tile = page.locator(".leaflet-tile-loaded").first
    zoom, x, y = map(int, urlsplit(tile.get_attribute("src")).path.split("/")[-3:])
    corner = tile.bounding_box()
    shifted = wgs84_to_gcj02(31.0, 111.0)
    here = in_world(*shifted, zoom)
    expected = (corner["x"] + here[0] - x * SIDE, corner["y"] + here[1] - y * SIDE)
    start = page.locator(".street-place").bounding_box()
    middle = (start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    assert middle == pytest.approx(expected, abs=1.5)
    unshifted = in_world(31.0, 111.0, zoom)
    assert abs(unshifted[0] - here[0]) > 10, "the level shows the shift"


def test_every_pin_has_the_letter_and_the_place_of_its_row(visitor, mapped):
    page = opened(visitor(), mapped)
    rows = page.locator(".pt .key").all_inner_texts()
    pins = page.locator(".street-pin span").all_inner_texts()
    assert sorted(pins) == sorted(rows)
    first = page.locator(".street-pin", has_text=rows[0])
    box = first.bounding_box()
    assert (box["width"], box["height"]) == (44, 44)
    name = page.locator(".pt h3").first.inner_text()
    assert name in first.get_attribute("title")
    first.press("Enter")
    assert name in page.locator(".leaflet-popup").inner_text()


def test_no_request_goes_on_without_a_tap_and_the_map_may_be_put_away(visitor, mapped):
    page = opened(visitor(), mapped)
    page.get_by_role("button", name="收起街道地图").click()
    assert page.locator("svg.sketch").is_visible()
    assert page.locator(".streets-map").is_hidden()
    page.get_by_role("button", name=OPEN["zh"]).click()
    page.locator(".leaflet-tile-loaded").first.wait_for()
    assert len([one for one in page.asked if "leaflet" in one and one.endswith(".js")]) == 1


def test_zooming_asks_for_nothing_but_tiles(visitor, mapped):
    page = opened(visitor(), mapped)
    for name in ("放大", "缩小", "缩小"):
        page.get_by_role("button", name=name).click()
        page.wait_for_load_state("networkidle")
    assert {urlsplit(one).netloc for one in page.asked} == {urlsplit(mapped).netloc}
    assert page.said == []


@pytest.mark.parametrize("mode", ["error", "missing"])
def test_where_streets_cannot_be_had_the_sketch_map_comes_back(visitor, tmp_path, mode):
    page = visitor()
    with tile_server() as failing, mapped_by(failing, tmp_path) as url:
        failing.mode = mode
        page.goto(f"{url}/zh{RESULTS}")
        page.get_by_role("button", name=OPEN["zh"]).click()
        page.get_by_text("街道地图暂时打不开").wait_for()
        assert page.locator("svg.sketch").is_visible()
        assert page.locator(".streets-map").is_hidden()
        assert page.get_by_role("button", name=OPEN["zh"]).is_visible()
        failing.mode = "ok"


def test_where_the_script_cannot_be_loaded_the_sketch_map_stays(visitor, mapped):
    page = visitor()
    page.route("**/vendor/leaflet/leaflet.*.js", lambda route: route.abort())
    page.goto(f"{mapped}/en{RESULTS}")
    page.get_by_role("button", name=OPEN["en"]).click()
    page.get_by_text("cannot be shown now").wait_for()
    assert page.locator("svg.sketch").is_visible()


def test_without_script_there_is_the_sketch_map_and_no_button(visitor, mapped):
    page = visitor(java_script_enabled=False)
    page.goto(f"{mapped}/zh{RESULTS}")
    assert page.locator("svg.sketch").is_visible()
    assert page.locator("[data-streets]").is_hidden()


def test_without_a_provider_there_is_the_sketch_map_and_no_script(visitor, site):
    page = visitor()
    page.goto(f"{site}/zh{RESULTS}")
    assert page.locator("svg.sketch").is_visible()
    assert page.locator("[data-streets], script[src*=streets]").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_the_open_map_breaks_no_rule_of_accessibility(visitor, mapped, width):
    page = opened(visitor(width, bypass_csp=True), mapped)
    page.evaluate(axe())
    found = page.evaluate(
        "async tags => (await axe.run({runOnly: {type: 'tag', values: tags}})).violations"
        ".map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' | '))",
        list(RULES),
    )
    assert found == []


def test_paper_shows_the_sketch_map_again(visitor, mapped):
    page = opened(visitor(1280), mapped)
    page.emulate_media(media="print")
    assert page.locator("svg.sketch").is_visible()
    assert page.locator(".streets-map").is_hidden()
