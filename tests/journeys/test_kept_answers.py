"""Answers that are kept: the same for all who ask the same, and gone when anything changes."""

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from qika.terms.names import Language
from qika.web.app import build_app
from qika.web.packing import PACKED_FROM, takes_gzip
from qika.web.sent import Sent, head_of
from qika.web.shelf import Shelf

from tests.journeys.example_site import NOW, PointsInMemory, Visitor, example_site

PAGE = "/zh/social-security/card-activation/990000?who=holder"
PAGE_ASKED = "/zh/social-security/card-activation"
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


LASTING = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"


@pytest.mark.parametrize("path", KEPT)
def test_who_has_the_answer_already_is_told_so_and_gets_nothing_again(visitor, path):
    first = visitor.get(path)
    assert first.status_code == 200
    cached = first.headers["cache-control"]
    tag = first.headers["etag"]
    second = visitor.get(path)
    assert second.content == first.content
    assert second.headers == first.headers
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = visitor.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == cached
        assert again.headers["vary"] == first.headers["vary"]
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


@pytest.mark.parametrize(
    "path",
    ["/v1/plans?region=990000", "/v1/points?region=990000", PAGE.replace("?", "/results?")],
)
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
        f"{PAGE}&collected_on=2026-03-05",
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


@pytest.mark.parametrize(
    "path", ["/", "/zh", PAGE_ASKED, "/en/points", "/v1/plans?region=%E6%9C%9D%E9%98%B3"]
)
def test_what_tells_of_no_doors_may_stand_in_a_cache_for_minutes(visitor, path):
    assert visitor.get(path).headers["cache-control"] == LASTING


@pytest.mark.parametrize("path", ["/v1/points?region=990000&open=now", "/en/points?region=990000"])
def test_what_any_door_could_change_has_to_be_asked_for_again(visitor, path):
    assert visitor.get(path).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/v1/plans?region=990000", "/v1/points?region=990000"])
def test_a_cache_holds_what_tells_of_doors_only_until_the_first_of_them_moves(town, visitor, path):
    told = []
    for hour, minute in ((12, 0), (16, 57), (16, 58), (16, 59), (17, 0), (23, 56)):
        town.now = NOW.replace(hour=hour, minute=minute, second=30)
        told.append(visitor.get(path).headers["cache-control"].partition(",")[2].strip())
    minutes = [int(one[8:].partition(",")[0]) if one else 0 for one in told]
    assert minutes == [300, 120, 60, 0, 300, 180]  # doors close at 17:00, days end at 24:00


def test_doors_of_a_time_that_is_asked_for_do_not_move(visitor):
    for path in (
        "/v1/points?region=990000&open=2026-12-01T10:00",
        "/v1/plans?region=990000&on=2026-12-01",
    ):
        assert visitor.get(path).headers["cache-control"] == LASTING


def test_a_page_of_yesterday_is_made_anew(town, visitor):
    path = "/v1/plans?region=990000&on=2026-12-01"
    town.now = NOW.replace(hour=23, minute=59)
    first = visitor.get(path)
    town.now += timedelta(minutes=2)
    assert first.json()["as_of"] == visitor.get(path).json()["as_of"]
    assert len(town.searches) % 2 == 0
    assert town.searches[: len(town.searches) // 2] == town.searches[len(town.searches) // 2 :]


@pytest.mark.parametrize(
    ("path", "varies"),
    [
        ("/", "Accept-Language, Accept-Encoding"),
        ("/?lang=en", "Accept-Encoding"),
        ("/zh", "Accept-Encoding"),
        ("/large/zh/points", "Accept-Encoding"),
        ("/v1/plans?region=990000", "Accept-Language, Accept-Encoding"),
        ("/v1/plans?region=990000&lang=zh", "Accept-Encoding"),
    ],
)
def test_an_answer_varies_only_by_what_its_address_leaves_open(visitor, path, varies):
    assert visitor.get(path).headers["vary"] == varies


def test_each_language_has_its_own_page_under_one_address(visitor):
    plain, english = visitor.get("/"), visitor.get("/", headers={"Accept-Language": "en"})
    assert plain.headers["content-language"] != english.headers["content-language"]


def test_larger_text_has_its_own_address_and_no_page_sets_a_cookie(visitor):
    plain, large = visitor.get("/zh/points"), visitor.get("/large/zh/points")
    assert 'data-size="large"' not in plain.text
    assert 'data-size="large"' in large.text
    assert 'href="/large/zh/points"' in plain.text
    assert 'href="/zh/points"' in large.text
    assert 'action="/large/zh/points"' in large.text
    assert 'href="/large/en/points"' in large.text
    for one in (plain, large, visitor.get("/large"), visitor.get("/large/")):
        assert one.status_code == 200
        assert "set-cookie" not in one.headers
        assert "Cookie" not in one.headers["vary"]
    assert visitor.get("/large/v1/plans?region=990000").status_code == 404
    assert visitor.get("/largezh").status_code == 404


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/zh/points?place=990101&size=large", "/large/zh/points?place=990101"),
        ("/large/zh/points?size=normal", "/zh/points"),
        ("/?size=large", "/large/"),
    ],
)
def test_a_size_asked_for_in_the_query_leads_to_its_address(visitor, path, leads_to):
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
    assert answer.headers["cache-control"] == "no-store"


# -- packed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", KEPT)
def test_a_kept_answer_is_packed_once_for_who_takes_it_so(visitor, path):
    plain = visitor.get(path, headers={"Accept-Encoding": "identity"})
    small = visitor.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert small.content == plain.content
    assert "content-encoding" not in plain.headers
    if len(plain.content) < PACKED_FROM:
        assert "content-encoding" not in small.headers
        return
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    assert small.headers["etag"] != plain.headers["etag"]
    for one, takes in ((plain, "identity"), (small, "gzip")):
        held = {"Accept-Encoding": takes, "If-None-Match": one.headers["etag"]}
        again = visitor.get(path, headers=held)
        assert (again.status_code, again.headers["etag"]) == (304, one.headers["etag"])
        assert "content-encoding" not in again.headers


@pytest.mark.parametrize(
    ("accepted", "packs"),
    [
        (b"gzip", True),
        (b"br, GZIP;q=0.5", True),
        (b"deflate, gzip ;q=1.0, br", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0.0, identity", False),
        (b"gzip;q=..", False),
        (b"identity, br", False),
        (b"x-gzipped", False),
        (b"", False),
    ],
)
def test_who_takes_packed_answers_says_so(accepted, packs):
    assert takes_gzip(accepted) is packs


def test_a_shelf_is_bounded_and_the_oldest_make_room(town):
    shelf = Shelf(town.site, bytes_max=250)
    places = [shelf.place("/v1/points", b"region=%d" % number, {}) for number in range(4)]
    for place in (*places, places[3]):
        shelf.keep(place, Sent(200, head_of(()), b"x" * 100), {}, {})
    assert [shelf.find(place, {}) is not None for place in places] == [False, False, True, True]


def test_an_answer_made_before_a_change_is_not_kept_after_it(town):
    shelf = Shelf(town.site)
    begun = shelf.place("/v1/points", b"", {})
    town.version += 1
    now = shelf.place("/v1/points", b"", {})
    shelf.keep(begun, Sent(200, head_of(()), b"old"), {}, {})
    assert shelf.find(begun, {}) is None
    assert shelf.find(now, {}) is None
    assert now.language is Language.ZH
