"""Tiles from a provider that may be slow, wrong or away: bounded, kept, no reader told of."""

import asyncio
from dataclasses import replace

import pytest

from qika.partners.tiles.kept import TileFolder
from qika.partners.tiles.pictures import picture_of
from qika.partners.tiles.providers import providers_of
from qika.partners.tiles.source import (
    BURST,
    FAILURES_MAX,
    NONE_THERE,
    REST_S,
    TILE_BYTES_MAX,
    WAITING_MAX,
    Patience,
    TileSource,
    TilesUnreachableError,
    tile_client,
)

from tests.tile_server import HUGE_BYTES, tile, tile_server

ROW = """
[[provider]]
id = "double"
url = "{}/{{z}}/{{x}}/{{y}}.png"
crs = "wgs84"
attribution = {{ zh = "示例", en = "Example" }}
approval = "GS(2026)0001"
zoom = [3, 18]
terms = "verified"
"""
PICTURE = picture_of(tile(200))
assert PICTURE is not None


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def double():
    with tile_server() as running:
        yield running


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(tmp_path, clock):
    return TileFolder(tmp_path / "tiles", 3600, clock)


@pytest.fixture
def asking(double, kept, clock):
    """Give a function that runs a piece of work with a source of the double's tiles."""
    provider = providers_of(ROW.format(double.url))["double"]

    def run(work, **changes):
        async def inside():
            async with tile_client("0") as client:
                source = TileSource(provider, "", kept, client, Patience(clock), time_limit_s=5)
                return await work(replace(source, **changes))

        return asyncio.run(inside())

    return run


async def refused(source, x=0):
    with pytest.raises(TilesUnreachableError):
        await source.get("streets", 10, x, 0)


def test_a_tile_is_fetched_once_and_then_kept(asking, double):
    first = asking(lambda source: source.get("streets", 10, 1, 2))
    second = asking(lambda source: source.get("streets", 10, 1, 2))
    assert first == second
    assert first.kind == "image/png"
    assert [path for path, _ in double.asked] == ["/10/1/2.png"]


def test_those_who_ask_at_once_share_one_fetch_and_who_leaves_ends_it_for_nobody(asking, double):
    double.mode = "slow"

    async def work(source):
        waiting = [asyncio.create_task(source.get("streets", 10, 1, 2)) for _ in range(20)]
        await asyncio.to_thread(double.begun.wait)
        waiting.pop().cancel()
        double.let_go.set()
        return await asyncio.gather(*waiting)

    assert len(set(asking(work))) == 1
    assert len(double.asked) == 1


def test_the_provider_learns_nothing_but_the_tile(asking, double):
    double.mode = "cookie"

    async def work(source):
        for x in range(2):
            await source.get("streets", 10, x, 0)

    asking(work)
    for _, headers in double.asked:
        assert headers == {
            "host": double.url.removeprefix("http://"),
            "user-agent": "qika/0",
            "accept": "image/png, image/jpeg, image/webp",
            "accept-encoding": "identity",
            "connection": "keep-alive",
        }


@pytest.mark.parametrize("mode", ["error", "html", "huge", "redirect"])
def test_what_is_no_tile_is_refused_and_not_kept(asking, double, kept, mode):
    double.mode = mode
    asking(refused)
    assert kept.find("streets/10/0/0") is None
    assert [path for path, _ in double.asked] == ["/10/0/0.png"]


def test_no_more_is_read_than_a_tile_may_have(asking, double):
    double.mode = "huge"
    asking(refused)
    assert TILE_BYTES_MAX <= double.sent_bytes < HUGE_BYTES


def test_a_slow_provider_is_waited_for_no_longer_than_the_limit(asking, double):
    double.mode = "slow"
    asking(refused, time_limit_s=0.05)


def test_a_provider_out_of_reach_is_no_defect(asking, double):
    double.http.server_close()
    asking(refused)


def test_an_old_tile_is_fetched_anew_and_given_while_the_provider_fails(asking, double, clock):
    old = asking(lambda source: source.get("streets", 10, 1, 2))
    clock.at += 3601
    double.mode = "error"
    assert asking(lambda source: source.get("streets", 10, 1, 2)) == old
    assert len(double.asked) == 2
    double.mode = "slow"
    double.let_go.set()
    assert asking(lambda source: source.get("streets", 10, 1, 2)) != old


def test_a_tile_that_the_provider_does_not_have_is_not_there(asking, double):
    double.mode = "missing"
    assert asking(lambda source: source.get("streets", 10, 1, 2)) == NONE_THERE


@pytest.mark.parametrize(
    ("layer", "z", "x", "y"),
    [("streets", 2, 0, 0), ("streets", 10, 1024, 0), ("labels", 10, 0, 0)],
)
def test_what_cannot_be_a_tile_is_never_asked_for(asking, double, layer, z, x, y):
    assert asking(lambda source: source.get(layer, z, x, y)) == NONE_THERE
    assert double.asked == []


def test_a_failing_provider_is_left_alone_for_a_while(asking, double, clock):
    double.mode = "error"

    async def work(source):
        for x in range(FAILURES_MAX + 3):
            await refused(source, x)
        assert len(double.asked) == FAILURES_MAX
        clock.at += REST_S
        double.mode = "ok"
        await source.get("streets", 10, 0, 0)

    asking(work)


def test_the_provider_is_asked_no_faster_than_it_bears(clock):
    patience = Patience(clock)
    assert sum(patience.take() for _ in range(1000)) == BURST
    clock.at += 1
    assert sum(patience.take() for _ in range(1000)) == 20
    clock.at += 3600
    assert sum(patience.take() for _ in range(1000)) == BURST


def test_no_more_wait_at_once_than_may(asking, double):
    double.mode = "slow"

    async def work(source):
        waiting = [asyncio.create_task(source.get("streets", 10, x, 0)) for x in range(WAITING_MAX)]
        while len(source._under_way) < WAITING_MAX:  # noqa: ASYNC110 - threads look on disk first
            await asyncio.sleep(0)
        await refused(source, WAITING_MAX)
        double.let_go.set()
        await asyncio.gather(*waiting)
        assert len(double.asked) == WAITING_MAX

    asking(work, time_limit_s=60)  # so many threads may take their time


# -- kept on disk ---------------------------------------------------------------------------------


def test_a_tile_is_fresh_until_its_age(kept, clock):
    kept.keep("streets/1/0/0", PICTURE)
    assert kept.find("streets/1/0/0") == (PICTURE, True)
    clock.at += 3600
    assert kept.find("streets/1/0/0") == (PICTURE, False)


def test_the_oldest_make_room(tmp_path, clock):
    kept = TileFolder(tmp_path, 3600, clock, bytes_max=10 * len(PICTURE.body))
    for number in range(40):
        clock.at += 1
        kept.keep(f"streets/5/{number}/0", PICTURE)
        files = [p for p in tmp_path.rglob("*") if p.is_file()]
        assert sum(p.stat().st_size for p in files) <= kept.bytes_max
    assert kept.find("streets/5/39/0") is not None
    assert kept.find("streets/5/0/0") is None


def test_what_is_twice_too_old_goes_even_where_there_is_room(kept, clock):
    kept.keep("streets/1/0/0", PICTURE)
    clock.at += 7201
    later = replace(kept)
    later._written = None
    later.keep("streets/1/1/0", PICTURE)
    assert kept.find("streets/1/0/0") is None
    assert kept.find("streets/1/1/0") is not None


def test_nothing_is_kept_where_the_terms_forbid_it(tmp_path, clock):
    kept = TileFolder(tmp_path / "tiles", 0, clock)
    kept.keep("streets/1/0/0", PICTURE)
    assert not (tmp_path / "tiles").exists()


def test_a_disk_that_refuses_is_no_defect(tmp_path, clock):
    (tmp_path / "tiles").write_text("a file where a folder should be")
    kept = TileFolder(tmp_path / "tiles", 3600, clock)
    kept.keep("streets/1/0/0", PICTURE)
    assert kept.find("streets/1/0/0") is None


def test_no_half_of_a_tile_is_left(kept):
    kept.keep("streets/1/0/0", PICTURE)
    assert [path.name for path in kept.folder.rglob("*") if path.is_file()] == ["0.png"]
    assert (kept.folder / "streets/1/0/0.png").stat().st_size == len(PICTURE.body)


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"GIF89a", None),
        (b"<svg", None),
        (b"", None),
    ],
)
def test_a_picture_is_told_by_its_first_bytes(begin, kind):
    found = picture_of(begin)
    assert (found.kind if found else None) == kind
