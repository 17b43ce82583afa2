"""Two processes' worth of an installation on one folder: points imported by one reach both."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from qika.operations.ports import PointSearch
from qika.points.point import Coordinates, ServicePoint
from qika.terms.names import PointId, PointKind, RegionCode
from qika.wiring.house import House, open_house
from qika.wiring.points import newest_index
from qika.wiring.settings import Settings


def point(name: str) -> ServicePoint:
    return ServicePoint(
        PointId(name), name, PointKind.BUREAU, "", None, "", "", RegionCode("990101"), "",
        Coordinates(31.0, 111.0, "WGS84"), "24/7", (), example=True,
    )  # fmt: skip


class Archive:
    """Points of a version, and how often they were read."""

    def __init__(self, *points: ServicePoint) -> None:
        self.given, self.version, self.reads = points, 1, 0

    async def points_version(self) -> int:
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


def test_of_many_that_see_a_change_at_once_one_builds(tmp_path: Path) -> None:
    archive = Archive(point("a"))

    async def all_at_once() -> None:
        asked = [newest_index(tmp_path, archive, 1, build_apart=None) for _ in range(5)]  # type: ignore[arg-type]
        assert {index.built_from for index in await asyncio.gather(*asked)} == {"1"}

    asyncio.run(all_at_once())
    assert archive.reads == 1


def test_where_building_fails_the_points_before_are_answered_from(tmp_path: Path) -> None:
    archive = Archive(point("a"))

    async def followed() -> str:
        with pytest.raises(FileNotFoundError):
            await newest_index(tmp_path, archive, 1, build_apart=lambda: None)  # type: ignore[arg-type]
        await newest_index(tmp_path, archive, 1, build_apart=None)  # type: ignore[arg-type]
        archive.version = 2
        kept = await newest_index(tmp_path, archive, 2, build_apart=lambda: None)  # type: ignore[arg-type]
        return kept.built_from

    assert asyncio.run(followed()) == "1"
