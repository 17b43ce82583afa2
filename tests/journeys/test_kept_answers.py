"""Answers that are kept: the same for all who ask the same, and gone when anything changes."""

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from qika.terms.names import Language
from qika.web.app import build_app
from qika.web.sent import Sent, head_of
from qika.web.shelf import Shelf

from tests.journeys.example_site import NOW, PointsInMemory, Visitor, example_site

PAGE = "/zh/social-security/card-activation/990000"
KEPT = (
    "/v1/plans?region=990000&who=agent&card_bank=102",
    "/v1/points?region=990000&channel=bank_counter",
    "/v1/points?region=990000&open=now",
    "/v1/points?region=%E6%9C%9D%E9%98%B3",
    PAGE,
    "/",
    "/en/points?region=990000",
)


@dataclass
class Town:
    """A site whose clock, points and rules can be changed; it counts the searches for points."""

    site: object = None
    now: datetime = NOW
    version: int = 1
    points: PointsInMemory | None = None
    searches: list[str] = field(default_factory=list)

    def point(self, point_id):
        return self.points.point(point_id)

    def schedule(self, point_id):
        return self.points.schedule(point_id)

    def nearest(self, *asked, **more):
        self.searches.append("nearest")
        return self.points.nearest(*asked, **more)

    def listed(self, *asked, **more):
        self.searches.append("listed")
        return self.points.listed(*asked, **more)


@pytest.fixture
def town(example_book):
    town = Town()
    site = example_site(example_book)
    town.points = site.office.directory
    office = dataclasses.replace(site.office, directory=town, clock=lambda: town.now)
    town.site = dataclasses.replace(site, office=office, points_version=lambda: town.version)
    return town


@pytest.fixture
def visitor(town):
    return Visitor(build_app(town.site))


@pytest.mark.parametrize("path", KEPT)
def test_who_has_the_answer_already_is_told_so_and_gets_nothing_again(visitor, path):
    first = visitor.get(path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    second = visitor.get(path)
    assert second.content == first.content
    assert second.headers == first.headers
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = visitor.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "no-cache"
        assert "Accept-Language" in again.headers["vary"]
        assert again.headers["x-content-type-options"] == "nosniff"
        assert "content-length" not in again.headers
    assert visitor.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert visitor.call("HEAD", path).headers["etag"] == tag


def test_a_kept_answer_is_not_made_again(town, visitor):
    path = "/v1/points?region=990000"
    first = visitor.get(path).json()
    assert [visitor.get(path).json() for _ in range(3)] == [first] * 3
    assert town.searches == ["listed"]


def test_a_kept_answer_is_the_answer_that_would_be_made(town, visitor):
    fresh = Visitor(build_app(dataclasses.replace(town.site, points_version=None)))
    for path in KEPT:
        for language in ("zh", "en"):
            headers = {"Accept-Language": language}
            visitor.get(path, headers=headers)
            kept, made = (one.get(path, headers=headers) for one in (visitor, fresh))
            assert kept.content == made.content
            assert kept.headers["content-language"] == made.headers["content-language"]
            assert made.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/v1/plans?region=990000", PAGE])
def test_a_new_edition_changes_the_answer_at_once(town, visitor, path):
    before = visitor.get(path)
    rulings = town.site.office.rulings
    rulings.put_in_force(dataclasses.replace(rulings.book, edition="f" * 16))
    after = visitor.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert "f" * 16 in after.text
    assert "f" * 16 not in before.text


@pytest.mark.parametrize("path", ["/v1/plans?region=990000", "/v1/points?region=990000", PAGE])
def test_imported_points_change_the_answer_at_once(town, visitor, path):
    before = visitor.get(path)
    town.points = PointsInMemory((), {})
    town.version += 1
    after = visitor.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert "示例银行第01支行" in before.text
    assert "示例银行第01支行" not in after.text


def test_doors_that_close_are_closed_within_the_minute(town, visitor):
    path = "/v1/points?region=990000&kind=hospital"
    town.now = NOW.replace(hour=16, minute=59)
    assert visitor.get(path).json()["items"][0]["open"]["state"] == "open"
    town.now += timedelta(minutes=1)
    assert visitor.get(path).json()["items"][0]["open"]["state"] == "closed"


def test_an_answer_that_is_still_the_same_after_a_change_keeps_its_tag(town, visitor):
    path = "/v1/points?region=990000"
    tag = visitor.get(path).headers["etag"]
    town.now += timedelta(minutes=5)
    assert visitor.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/v1/plans?region=990000&near=30.0,120.0",
        "/v1/plans?region=990000&ne%61r=30.0,120.0",
        "/v1/plans?region=990000&collected_on=2026-03-05",
        "/v1/points?lat=30.0&lon=120.0",
        f"{PAGE}?collected_on=2026-03-05",
        "/zh/points?place=30.0,120.0",
        "/zh/card-status",
        "/healthz",
        "/v1/plans?region=Atlantis",
        "/v1/nothing",
        "/zh/nothing",
    ],
)
def test_what_is_about_one_person_or_is_no_answer_is_not_kept(visitor, path):
    for _ in range(2):
        answer = visitor.get(path, headers={"If-None-Match": "*"})
        assert answer.status_code != 304
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_what_is_posted_is_not_kept(visitor):
    for path, said in (
        ("/v1/plans", {"region": "990000"}),
        ("/v1/card-status", {"card": {"issuer": "990000", "card_number": "A1"}, "name": "张A1"}),
    ):
        for _ in range(2):
            answer = visitor.post(path, said, headers={"If-None-Match": "*"})
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"


def test_each_language_and_size_has_its_own_page(visitor):
    headers = {"Accept-Language": "en"}
    plain, english = visitor.get("/"), visitor.get("/", headers=headers)
    assert plain.headers["content-language"] != english.headers["content-language"]
    chosen = visitor.get("/?size=large")
    assert "set-cookie" in chosen.headers
    assert chosen.headers["cache-control"] == "no-store"
    assert "set-cookie" in visitor.get("/?size=large").headers
    large = visitor.get("/")
    assert large.text != plain.text
    assert visitor.get("/").text == large.text
    visitor.cookies.clear()
    assert visitor.get("/").text == plain.text


def test_a_shelf_is_bounded_and_the_oldest_make_room(town):
    shelf = Shelf(town.site, bytes_max=250)
    places = [shelf.place("/v1/points", b"region=%d" % number, {}) for number in range(4)]
    for place in places:
        shelf.keep(place, Sent(200, head_of(()), b"x" * 100), (), {})
    assert [shelf.find(place, {}) is not None for place in places] == [False, False, True, True]


def test_an_answer_made_before_a_change_is_not_kept_after_it(town):
    shelf = Shelf(town.site)
    begun = shelf.place("/v1/points", b"", {})
    town.version += 1
    now = shelf.place("/v1/points", b"", {})
    shelf.keep(begun, Sent(200, head_of(()), b"old"), (), {})
    assert shelf.find(begun, {}) is None
    assert shelf.find(now, {}) is None
    assert now.language is Language.ZH
