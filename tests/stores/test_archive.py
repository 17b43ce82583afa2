"""What every store promises about what belongs to no card."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import apsw
import msgspec

from qika.operations.ports import Edition
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.storage.postgres import Kind, Placement, open_postgres
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)

from tests.servers import fetched


def point(number: int) -> ServicePoint:
    bank = Capability(
        ChannelCode("bank_counter"),
        (Application.SOCIAL, Application.FINANCIAL),
        (BankCode("102"), BankCode("103")),
        (IssuerCode("990000"), IssuerCode("xpcc")),
        "list",
        date(2026, 1, 1),
    )
    use = Capability(ChannelCode("hospital_first_use"), (Application.SOCIAL,), (), (), "list", None)
    return ServicePoint(
        id=PointId(f"list:{number:03d}"),
        name=f"Outlet {number}",
        kind=PointKind.BANK_OUTLET,
        organization="Bank",
        card_bank=BankCode("102") if number % 2 else None,
        address="Road 1",
        landmark="",
        region=RegionCode("990000"),
        phone="010",
        coordinates=Coordinates(30.5, 104.25, "GCJ02") if number % 2 else None,
        hours_text="Mo-Fr 09:00-17:00",
        capabilities=(use, bank),
        example=True,
    )


def test_the_edition_put_last_is_in_force_and_may_be_an_old_one(world):
    assert world.run(world.store.current_edition()) is None
    first = Edition("aa", {"a.toml": "x = 1"}, frozenset({IssuerCode("990000")}), "me", world.now)
    second = Edition("bb", {"a.toml": "x = 2"}, frozenset(), "me", world.now + timedelta(1))
    world.run(world.store.put_edition(first))
    world.run(world.store.put_edition(second))
    assert world.run(world.store.current_edition()) == second
    back = msgspec.structs.replace(first, put_by="you", in_force_from=world.now + timedelta(2))
    world.run(world.store.put_edition(back))
    assert world.run(world.store.current_edition()) == back


def test_points_come_back_as_they_were_put_and_get_a_new_version_with_every_change(world):
    points = [point(number) for number in range(4)]
    assert world.run(world.store.points_version()) == ""
    assert list(world.run(world.store.put_points(points))) == ["added"] * 4
    assert list(world.run(world.store.points())) == points
    first = world.run(world.store.points_version())
    assert first
    assert list(world.run(world.store.put_points(points))) == ["unchanged"] * 4
    assert world.run(world.store.points_version()) == first
    moved = replace(points[1], capabilities=points[1].capabilities[:1], phone="020")
    words = list(world.run(world.store.put_points([points[0], moved, moved, point(9)])))
    assert words == ["unchanged", "updated", "unchanged", "added"]
    assert world.run(world.store.points_version()) not in {"", first}
    assert list(world.run(world.store.points()))[1] == moved


def test_the_same_number_of_changes_in_another_database_is_another_version(tmp_path, postgres):
    """As in a copy that was restored, and then changed as often as the one it replaces."""
    vault = Vault.create(tmp_path / "keys.json")
    plain = Placement(Kind.PLAIN)

    async def on_server(address):
        store = await open_postgres(address, vault)
        await store.put_points([point(1)])
        version = await store.points_version()
        await store.close()
        return version

    def in_file(name):
        store = open_sqlite(tmp_path / name, vault)
        asyncio.run(store.put_points([point(1)]))
        version = asyncio.run(store.points_version())
        store.close()
        return version

    versions = {in_file("a.db"), in_file("b.db")}
    versions |= {
        asyncio.run(on_server(postgres.database(name, plain)))
        for name in ("version_a", "version_b")
    }
    assert len(versions) == 4


OLD_COUNT = (
    "insert into setting (name, value) values ('points_version', '1') on conflict (name)"
    " do update set value = cast(cast(setting.value as bigint) + 1 as text)"
)
"""What a program of before the marks writes."""


def test_a_change_by_an_older_program_that_only_counts_is_another_version_too(tmp_path, postgres):
    vault = Vault.create(tmp_path / "keys.json")
    address = postgres.database("version_old", Placement(Kind.PLAIN))
    file = tmp_path / "qika.db"

    async def versions(store, change):
        before = await store.points_version()
        change()
        alone = await store.points_version()
        await store.put_points([point(1)])
        both = await store.points_version()
        change()
        return [before, alone, both, await store.points_version()]

    def in_file():
        database = apsw.Connection(str(file))
        database.execute(OLD_COUNT)
        database.close()

    async def on_server():
        store = await open_postgres(address, vault)
        found = await versions(store, lambda: pool.submit(in_server).result())
        await store.close()
        return found

    def in_server():
        asyncio.run(fetched(address, OLD_COUNT))

    store = open_sqlite(file, vault)
    seen = asyncio.run(versions(store, in_file))
    store.close()
    assert len(set(seen)) == 4
    with ThreadPoolExecutor(1) as pool:
        assert len(set(asyncio.run(on_server()))) == 4


def test_a_job_is_open_from_its_first_word_to_its_last(world):
    run, store = world.run, world.store
    assert not run(store.has_open_job("points"))
    run(store.job_progress("points:1", 0, finished=False))
    run(store.job_progress("pointsman:1", 0, finished=False))
    assert run(store.has_open_job("points"))
    run(store.job_progress("points:1", 0, finished=True))
    assert not run(store.has_open_job("points"))


def test_a_job_remembers_how_far_it_came(world):
    assert world.run(world.store.job_rows_done("cards:1")) == 0
    world.run(world.store.job_progress("cards:1", 500, finished=False))
    world.run(world.store.job_progress("cards:1", 900, finished=True))
    assert world.run(world.store.job_rows_done("cards:1")) == 900
    assert world.run(world.store.job_rows_done("cards:2")) == 0


def test_a_sweep_remembers_its_place_and_its_tally(world):
    day = date(2026, 5, 1)
    assert world.run(world.store.sweep_place(day)) is None
    assert world.run(world.store.sweep_tally(day)) == {}
    place = (date(2026, 4, 30), b"k" * 16)
    world.run(world.store.sweep_progress(day, place, {"suspended": 3}, finished=False))
    assert world.run(world.store.sweep_place(day)) == place
    world.run(world.store.sweep_progress(day, None, {"suspended": 4, "left": 1}, finished=True))
    assert world.run(world.store.sweep_place(day)) is None
    assert world.run(world.store.sweep_tally(day)) == {"suspended": 4, "left": 1}
