"""``/tiles/...`` as a browser meets it: one origin, small problems, nothing but tiles."""

import pytest

from qika.terms.names import Language
from qika.web.app import build_app
from qika.web.site import Tiles

from tests.journeys.example_site import Visitor, example_site

BODY = b"\x89PNG\r\n\x1a\nbody"


class Provider:
    def __init__(self) -> None:
        self.asked = []
        self.answer = ("image/png", BODY)

    async def get(self, layer, z, x, y):
        self.asked.append((layer, z, x, y))
        if self.answer is None:
            raise ConnectionError("away")
        return self.answer


@pytest.fixture
def provider():
    return Provider()


def visitor_of(example_book, provider, *, labels=True, **changes):
    tiles = Tiles(
        get=provider.get,
        crs="gcj02",
        attribution=dict.fromkeys(Language, "Example"),
        approval="GS(2026)0001",
        zoom=(3, 18),
        labels=labels,
    )
    return Visitor(build_app(example_site(example_book, tiles=tiles, **changes)))


@pytest.fixture
def visitor(example_book, provider):
    return visitor_of(example_book, provider)


def test_a_tile_comes_from_our_own_origin_and_may_be_kept_for_a_day(visitor, provider):
    answer = visitor.get("/tiles/12/3346/1786")
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    assert visitor.get("/tiles/labels/12/3346/1786").status_code == 200
    assert provider.asked == [("streets", 12, 3346, 1786), ("labels", 12, 3346, 1786)]


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/12/3346",
        "/tiles/12/3346/-1",
        "/tiles/12/3346/1.5",
        "/tiles/12/3346/1786.png",
        "/tiles/12/3346/\u0661",
        "/tiles/12/3346/999999999",
        "/tiles/..%2f..%2fetc/1/passwd",
        "/tiles/%2e%2e/1/2",
        "/tiles/streets/12/3346/1786",
        "/tiles/12/3346/1786/",
        "/tiles/",
    ],
)
def test_what_is_no_tile_is_a_small_problem_and_reaches_nobody(visitor, provider, path):
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert len(answer.content) < 600
    assert provider.asked == []


def test_a_tile_that_is_not_there_is_a_small_problem(visitor, provider):
    provider.answer = ("", b"")
    answer = visitor.get("/tiles/12/3346/1786")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_provider_that_is_away_is_said_with_a_time_to_wait(visitor, provider):
    provider.answer = None
    answer = visitor.get("/tiles/12/3346/1786", headers={"Accept-Language": "en"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "15"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["detail"] == "The street map cannot be fetched now."
    assert len(answer.content) < 600


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_get_no_tiles_at_our_cost(visitor, provider, site):
    answer = visitor.get("/tiles/12/3346/1786", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 404
    assert provider.asked == []


def test_only_reading_is_allowed(visitor):
    assert visitor.call("POST", "/tiles/12/3346/1786").status_code == 405


def test_where_there_is_no_such_layer_or_no_public_door_there_is_no_address(example_book, provider):
    for visitor in (
        visitor_of(example_book, provider, labels=False),
        visitor_of(example_book, provider, doors=frozenset({"partner"})),
        Visitor(build_app(example_site(example_book))),
    ):
        assert visitor.get("/tiles/labels/12/3346/1786").status_code == 404
    assert provider.asked == []
