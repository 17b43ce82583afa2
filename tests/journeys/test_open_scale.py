"""Open exports of a whole country: made in parts, so that nobody else waits for them."""

import asyncio
import contextlib
import gc
import gzip
import time
from dataclasses import replace

import httpx
import pytest

from qika.operations.directory import PointDirectory
from qika.operations.rulings import Rulings
from qika.points.index import build_from_columns, columns_of
from qika.points.nearest import open_index
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.terms.names import Application, ChannelCode, PointId, PointKind, RegionCode
from qika.web.app import build_app
from qika.web.frames import GAP, encode
from qika.web.open.parts import PACKED_IN_STEPS_FROM, UnderWay, in_parts, packed_in_steps
from qika.wiring import calendar, gazetteer

from tests.journeys.example_site import Visitor
from tests.journeys.knowing_site import knowing_site
from tests.journeys.test_region_pages import untraced

POINTS = 100_000
WAIT_MAX_S = 0.06
"""The processor's time that an export may take before it lets others in."""
TABLES = ("/open/rules.json", "/open/rules.csv", "/open/hsds/services?per_page=100",
          "/open/hsds/organizations?per_page=100")  # fmt: skip
PAGES = ("/open/hsds/locations", "/open/hsds/service_at_locations", "/open/schema.org/points")
EXPORTS = (
    *TABLES,
    *(f"{path}?per_page=100&page={page}" for path in PAGES for page in (1, POINTS // 100)),
    "/open", "/open/cpsv-ap/110000", "/open/schema.org/440300", "/sitemap.xml", "/sitemaps/44.xml",
)  # fmt: skip


def many_points():
    """A hundred thousand points in every county, with five kinds of opening hours."""
    counties = [code for code in gazetteer().divisions if not code.endswith("00")]
    both = (Capability(ChannelCode("bank_counter"), tuple(Application), (), (), "made", None),)
    hours = ("周一至周五 9:00-17:00", "24小时", "每天 8:00-20:00", "", "周一至周六 8:30-18:00")
    for number in range(POINTS):
        yield ServicePoint(
            id=PointId(f"made:{number}"),
            name=f"网点 {number}",
            kind=PointKind.BANK_OUTLET,
            organization="",
            card_bank=None,
            address=f"{number} 号",
            landmark="",
            region=RegionCode(counties[number % len(counties)] if number else "999999"),
            phone="",
            coordinates=Coordinates(20 + number % 2_000 / 100, 100 + number % 1_777 / 100, "WGS84"),
            hours_text=hours[number % len(hours)],
            capabilities=both,
            example=True,
        )


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    """Every issuer of the packaged rules, every division, and many points in a real index."""
    folder = tmp_path_factory.mktemp("points")
    build_from_columns(columns_of(many_points()), folder)
    directory = PointDirectory(calendar())
    directory.take(open_index(folder))
    site = knowing_site()
    office = replace(site.office, directory=directory, calendar=calendar())
    return replace(site, office=office, points_version=lambda: 1, origin="https://card.example")


def caller(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://qika.test")


async def beside(app, path):
    """Ask for an export while another caller comes at each turn; give his longest wait."""
    longest = 0.0
    async with caller(app) as client:
        last = time.thread_time()
        export = asyncio.create_task(client.get(path))
        while not export.done():
            await asyncio.sleep(0)
            now = time.thread_time()
            longest, last = max(longest, now - last), now
        return export.result(), longest


@contextlib.contextmanager
def uncollected():
    """What collects garbage looks at all that other tests have made."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("path", EXPORTS)
def test_nobody_waits_long_while_an_export_is_made(country, path):
    with untraced(), uncollected():
        answer, longest = asyncio.run(beside(build_app(country), path))
    assert answer.status_code == 200
    assert longest < WAIT_MAX_S


@pytest.mark.parametrize("path", TABLES)
def test_others_are_answered_many_times_before_a_large_table_is_whole(country, path):
    async def alive():
        answered = 0
        async with caller(build_app(country)) as client:
            export = asyncio.create_task(client.get(path))
            while not export.done():
                answered += (await client.get("/healthz")).status_code == 200
                await asyncio.sleep(0)
        assert export.result().status_code == 200
        return answered

    assert asyncio.run(alive()) > 10


def test_every_issuer_is_listed_and_found_again_by_its_identifier(country):
    visitor = Visitor(build_app(country))
    listed, number = [], 1
    while number:
        page = visitor.get(f"/open/hsds/services?per_page=60&page={number}").json()
        listed += page["contents"]
        number = 0 if page["last_page"] else number + 1
    known = len(country.office.rulings.book.issuers) - 1
    assert len({one["id"] for one in listed}) == len(listed) == known
    last = visitor.get(f"/open/hsds/services/{listed[-1]['id']}").json()
    assert last["organization"]["id"] == listed[-1]["organization_id"]
    assert visitor.get(f"/open/hsds/organizations/{listed[-1]['organization_id']}").is_success


def test_a_point_in_a_division_that_is_gone_is_exported_all_the_same(country):
    visitor = Visitor(build_app(country))
    for name in ("locations", "service_at_locations"):
        page = visitor.get(f"/open/hsds/{name}?per_page=100&page={POINTS // 100}").json()
        last = visitor.get(f"/open/hsds/{name}/{page['contents'][-1]['id']}").json()
        place = last.get("location", last)
        assert place["external_identifier"] == "made:0"
        assert place["addresses"][0]["state_province"] == "999999"


def test_a_large_answer_is_the_same_packed_and_from_the_shelf(country):
    async def answers():
        async with caller(build_app(country)) as client:
            packed = await client.get(TABLES[0], headers={"accept-encoding": "gzip"})
            plain = await client.get(TABLES[0], headers={"accept-encoding": "identity"})
            return packed, plain

    packed, plain = asyncio.run(answers())
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert len(plain.content) > PACKED_IN_STEPS_FROM
    assert packed.headers["etag"].removesuffix('-gzip"') == plain.headers["etag"].removesuffix('"')


def test_rules_that_change_meanwhile_are_never_mixed(country):
    site = replace(
        country,
        office=replace(
            country.office, rulings=Rulings(country.office.rulings.book, gazetteer().chain)
        ),
    )
    rulings = site.office.rulings
    later = replace(rulings.book, edition="later", rules=rulings.book.rules[:50])

    async def changed():
        async with caller(build_app(site)) as client:
            export = asyncio.create_task(client.get("/open/rules.json"))
            for _ in range(10):
                await asyncio.sleep(0)
            assert not export.done()
            rulings.put_in_force(later)
            return (await export).json()

    table = asyncio.run(changed())
    assert (table["edition"], len(table["rules"])) == ("later", 50)


# -- the parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
def test_an_answer_in_parts_has_the_bytes_of_the_whole(count):
    records, others = [{"n": number} for number in range(count)], [1, 2, 3]
    parts = list(in_parts({"a": GAP, "b": "x", "c": GAP}, iter(records), iter(others)))
    assert b"".join(parts) == encode({"a": records, "b": "x", "c": others})
    assert max(part.count(b'"n"') for part in parts) <= 10


def test_a_large_body_is_packed_in_steps_and_a_small_one_when_it_is_wanted():
    body = bytes(range(256)) * 2_048

    async def packed():
        turns = 0
        packing = asyncio.create_task(packed_in_steps(body))
        while not packing.done():
            await asyncio.sleep(0)
            turns += 1
        return packing.result(), turns

    whole, turns = asyncio.run(packed())
    assert gzip.decompress(whole) == body
    assert turns > 5
    assert asyncio.run(packed_in_steps(body[: PACKED_IN_STEPS_FROM - 1])) is None


def test_what_many_ask_for_at_once_is_made_once_and_goes_on_when_one_goes_away():
    made = []

    async def make():
        await asyncio.sleep(0)
        made.append(1)
        return "whole"

    async def many():
        under_way = UnderWay()
        first, *others = [asyncio.create_task(under_way.once("key", make)) for _ in range(20)]
        await asyncio.sleep(0)
        first.cancel()
        assert await asyncio.gather(*others) == ["whole"] * 19
        assert len(made) == 1
        assert await under_way.once("key", make) == "whole"

    asyncio.run(many())
    assert len(made) == 2
