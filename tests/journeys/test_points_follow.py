"""Two processes' worth of an installation on one folder: points imported by one reach both."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qika.operations.ports import PointSearch
from qika.points.point import Coordinates, ServicePoint
from qika.terms.names import PointId, PointKind, RegionCode
from qika.wiring.house import House, open_house
from qika.wiring.points import IMPORT_MAX_S, IMPORT_STILL_S, Patience, newest_index
from qika.wiring.serving import REFRESH_S
from qika.wiring.settings import Settings


def point(name: str) -> ServicePoint:
    return ServicePoint(
        PointId(name), name, PointKind.BUREAU, "", None, "", "", RegionCode("990101"), "",
        Coordinates(31.0, 111.0, "WGS84"), "24/7", (), example=True,
    )  # fmt: skip


class Archive:
    """Points of a version, and how often they were read."""

    def __init__(self, *points: ServicePoint) -> None:
        self.given, self.version, self.reads = points, "1", 0

    async def points_version(self) -> str:
        return self.version

    async def points(self) -> Sequence[ServicePoint]:
        self.reads += 1
        return self.given


def shown(house: House) -> list[str]:
    """What a person at the place is shown, and, the same, what the list of the region holds."""
    directory, search = house.office.directory, PointSearch(region=RegionCode("990101"))
    near = directory.nearest(31.0, 111.0, search, open_at=None, after=None, limit=9)
    listed = directory.listed(search, open_at=None, after=None, limit=9)
    assert {hit.point.id for hit in near} == {hit.point.id for hit in listed}
    assert all(directory.point(hit.point.id) == hit.point for hit in near)
    return sorted(hit.point.id for hit in near)


def folders(place: Path) -> int:
    return sum(path.is_dir() for path in place.iterdir())


async def _follow(folder: Path, *, serving: bool) -> None:
    settings = Settings(data=folder)
    first = await open_house(settings, serving=serving)
    second = await open_house(settings, serving=serving)
    try:
        assert shown(first) == shown(second) == []
        await first.store.put_points([point("a")])
        assert shown(first) == [], "nothing changes under a question"
        await first.refresh()
        await second.refresh()
        assert shown(first) == shown(second) == ["a"]
        await second.store.put_points([point("b")])
        await asyncio.gather(first.refresh(), second.refresh())
        assert shown(first) == shown(second) == ["a", "b"]
        assert folders(settings.beside / "points") == 1
    finally:
        await first.close()
        await second.close()


@pytest.mark.parametrize("serving", [False, True], ids=["commands", "servers"])
def test_points_imported_by_one_process_are_found_by_both(tmp_path: Path, serving: bool) -> None:  # noqa: FBT001
    asyncio.run(_follow(tmp_path, serving=serving))


class Clock:
    """Seconds that go forward only when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def _import(house: House, names: str, *, clock: Clock, step: float) -> list[str]:
    """Put points one by one, as the batches of an import; give what was shown after each."""
    seen: list[str] = []
    await house.store.job_progress("points:1", 0, finished=False)
    for name in names:
        await house.store.put_points([point(name)])
        await house.refresh()
        seen.append(" ".join(shown(house)))
        clock.now += step
    return seen


@asynccontextmanager
async def watching(folder: Path) -> AsyncGenerator[tuple[House, Clock]]:
    """A server that has points already, and its clock."""
    clock = Clock()
    house = await open_house(Settings(data=folder), serving=True)
    house.patience = Patience(clock)
    await house.store.put_points([point("a")])
    await house.refresh()
    assert shown(house) == ["a"], "without an import nothing is waited for"
    try:
        yield house, clock
    finally:
        await house.close()


def test_an_import_of_many_batches_is_indexed_once_when_it_has_ended(tmp_path: Path) -> None:
    async def follow() -> None:
        async with watching(tmp_path) as (house, clock):
            seen = await _import(house, "bcde", clock=clock, step=REFRESH_S)
            assert seen == ["a"] * 4
            await house.store.job_progress("points:1", 0, finished=True)
            await house.refresh()
            assert shown(house) == list("abcde")

    asyncio.run(follow())


def test_an_import_that_was_cut_off_is_indexed_when_nothing_changed_for_a_while(
    tmp_path: Path,
) -> None:
    async def follow() -> None:
        async with watching(tmp_path) as (house, clock):
            await _import(house, "bcd", clock=clock, step=0)
            clock.now += IMPORT_STILL_S - 1
            await house.refresh()
            assert shown(house) == ["a"]
            clock.now += 1
            await house.refresh()
            assert shown(house) == list("abcd")

    asyncio.run(follow())


def test_an_import_without_end_is_indexed_now_and_then(tmp_path: Path) -> None:
    async def follow() -> None:
        async with watching(tmp_path) as (house, clock):
            seen = await _import(house, "bcd", clock=clock, step=IMPORT_STILL_S / 2)
            assert seen == ["a"] * 3
            clock.now = IMPORT_MAX_S
            seen = await _import(house, "efg", clock=clock, step=IMPORT_STILL_S / 2)
            assert seen == ["a b c d e"] * 3, "once, then it waits again"

    asyncio.run(follow())


def test_a_restored_copy_with_as_many_changes_is_indexed_anew(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)

    async def changed(*names: str) -> list[str]:
        house = await open_house(settings)
        for name in names:
            await house.store.put_points([point(name)])
        await house.refresh()
        found = shown(house)
        await house.close()
        return found

    assert asyncio.run(changed("a")) == ["a"]
    kept = settings.file.read_bytes()
    assert asyncio.run(changed("b")) == ["a", "b"]
    settings.file.write_bytes(kept)
    assert asyncio.run(changed("c")) == ["a", "c"]


def test_of_many_that_see_a_change_at_once_one_builds(tmp_path: Path) -> None:
    archive = Archive(point("a"))

    async def all_at_once() -> None:
        asked = [newest_index(tmp_path, archive, "1", build_apart=None) for _ in range(5)]  # type: ignore[arg-type]
        assert {index.built_from for index in await asyncio.gather(*asked)} == {"1"}

    asyncio.run(all_at_once())
    assert archive.reads == 1


def test_where_building_fails_the_points_before_are_answered_from(tmp_path: Path) -> None:
    archive = Archive(point("a"))

    async def followed() -> str:
        with pytest.raises(FileNotFoundError):
            await newest_index(tmp_path, archive, "1", build_apart=lambda: None)  # type: ignore[arg-type]
        await newest_index(tmp_path, archive, "1", build_apart=None)  # type: ignore[arg-type]
        archive.version = "2"
        kept = await newest_index(tmp_path, archive, "2", build_apart=lambda: None)  # type: ignore[arg-type]
        return kept.built_from

    assert asyncio.run(followed()) == "1"
