"""A database is copied whole into another, whatever interrupts it, or the copy says why not."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from qika.storage.copying import copy
from qika.storage.databases import Access, DatabaseFaultError, Fault, database_of
from qika.storage.migrating import HalfCopiedError
from qika.storage.placement import TABLES
from qika.storage.postgres import open_postgres
from qika.storage.postgres.placement import DISTRIBUTED, REFERENCE, Kind, Placement
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault

from tests.servers import ON_CITUS
from tests.stores.cities import (
    StoppedError,
    changed,
    copied,
    empty_citus,
    fill,
    quiet,
    rows_of,
)

CHILD = Path(__file__).with_name("copy_child.py")


@pytest.fixture
def city(tmp_path, world_of) -> str:
    """The address of a city in a file."""
    return fill(tmp_path, world_of)


@pytest.fixture(params=["sqlite", "postgres", "partitioned", *ON_CITUS])
def target(request, tmp_path) -> str:
    """The address of a database that is not there yet, or is empty."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'target.sqlite'}"
    if request.param == "citus":
        return empty_citus()
    postgres = request.getfixturevalue("postgres")
    if request.param == "partitioned":
        return postgres.database("copy_target", Placement(Kind.PARTITIONED, 4))
    postgres.sql("postgres", "drop database if exists copy_target with (force)")
    return postgres.address("copy_target")


def fault_of(*copying) -> DatabaseFaultError:
    with pytest.raises(DatabaseFaultError) as raised:
        copied(*copying)
    return raised.value


def test_every_row_of_every_table_is_in_the_copy_and_in_the_copy_of_the_copy(
    city, target, tmp_path
):
    before = rows_of(city)
    assert all(before.values()), "every table has rows"
    done = copied(city, target)
    assert done.rows == {name: len(rows) for name, rows in before.items()}
    assert (done.cards, done.resumed, done.already) == (len(before["card"]), False, False)
    assert rows_of(target) == before
    back = f"sqlite:///{tmp_path / 'back.sqlite'}"
    copied(target, back)
    assert rows_of(back) == before == rows_of(city)


def test_a_copied_city_answers_repeats_and_refuses_a_second_activation(city, tmp_path, world_of):
    copied(city, f"sqlite:///{tmp_path / 'copy.sqlite'}")
    vault = Vault.open(tmp_path / "keys.json")
    world = world_of(open_sqlite(tmp_path / "copy.sqlite", vault), vault)
    key = world.new_card(0).card.key
    loaded = world.run(world.store.load([world.ask(key)]))
    assert loaded.answers[(key, "bank", "r1")].answer == b'{"a":1}'
    assert world.commit(world.change(world.new_card(0).card, "again")) == {0}
    assert world.run(world.store.holder_matches(key, name="Holder Number 0"))
    world.store.close()


@pytest.mark.parametrize("lines", [3, 11, 25])
def test_a_copy_killed_in_the_middle_goes_on_and_writes_no_row_twice(city, target, lines):
    with subprocess.Popen(
        [sys.executable, str(CHILD), city, target], stdout=subprocess.PIPE, text=True
    ) as child:
        seen = [child.stdout.readline() for _ in range(lines)]
        child.kill()
    assert child.returncode == -9, "the child was to live until it was killed"
    assert seen[-1].startswith("copying"), seen
    done = copied(city, target)
    assert done.resumed
    assert rows_of(target) == rows_of(city)


def test_the_same_copy_again_does_nothing_even_when_the_new_city_lives_on(city, target):
    copied(city, target)
    changed(target, "delete from job")
    again = copied(city, target)
    assert again.already
    assert rows_of(target)["job"] == []


def test_a_target_with_other_data_is_refused_and_left_as_it_was(city, target, tmp_path):
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    copied(city, other)
    copied(other, target)
    before = rows_of(target)
    changed(target, "drop table copy_place")
    assert fault_of(city, target).fault is Fault.HOLDS_DATA
    assert rows_of(target) == before


def test_a_target_that_another_source_is_filling_is_refused(city, target, tmp_path):
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    copied(city, other)
    copied(city, target)
    assert fault_of(other, target).fault is Fault.OTHER_SOURCE


def test_a_database_is_not_copied_to_itself(city):
    assert fault_of(city, city).fault is Fault.SAME


def interrupted(part: str, done: int, total: int) -> None:
    if done > 60:
        raise StoppedError


@pytest.mark.parametrize(
    "statement",
    [
        "delete from clock where cycle = 1 and card_key = (select min(card_key) from clock)",
        "update card set bank = '103' where card_key = (select min(card_key) from card)",
        "update card set bank = '103' where card_key = (select max(card_key) from card)",
    ],
)
def test_a_source_that_changed_while_the_copy_was_interrupted_is_found(city, target, statement):
    with pytest.raises(StoppedError):
        copied(city, target, interrupted)
    changed(city, statement)
    fault = fault_of(city, target)
    assert (fault.fault, fault.address) == (Fault.SOURCE_CHANGED, city)


def test_a_database_is_not_opened_before_the_copy_into_it_is_finished(city, tmp_path, postgres):
    vault = Vault.open(tmp_path / "keys.json")
    postgres.sql("postgres", "drop database if exists copy_target with (force)")
    file, server = tmp_path / "target.sqlite", postgres.address("copy_target")
    for target in (f"sqlite:///{file}", server):
        with pytest.raises(StoppedError):
            copied(city, target, interrupted)
    with pytest.raises(HalfCopiedError, match="run the same qika database copy again"):
        open_sqlite(file, vault)
    with pytest.raises(HalfCopiedError):
        asyncio.run(open_postgres(server, vault))
    copied(city, server)
    asyncio.run(_opened_and_closed(server, vault))


async def _opened_and_closed(address: str, vault: Vault) -> None:
    await (await open_postgres(address, vault)).close()


def test_a_source_that_changes_in_the_last_moment_is_found(city, target):
    def change(part: str, done: int, total: int) -> None:
        if part == "copying" and done == total:
            changed(city, "update holder set sealed = x'00'")

    assert fault_of(city, target, change).fault is Fault.SOURCE_CHANGED


def test_a_target_that_something_else_wrote_to_is_found(city, target):
    def change(part: str, done: int, total: int) -> None:
        if part == "copying" and done == total:
            changed(target, "update clock set due_on = '2030-01-01'")

    assert fault_of(city, target, change).fault is Fault.NOT_ARRIVED


def test_a_history_that_does_not_hold_is_told_and_the_copy_stays_unfinished(city, target):
    changed(city, "update event set sender = 'other'")
    fault = fault_of(city, target)
    assert (fault.fault, fault.detail) == (Fault.BROKEN_CHAINS, "20")
    assert fault_of(city, target).fault is Fault.BROKEN_CHAINS


def test_of_two_copies_into_one_target_one_stops_and_the_other_is_whole(city, target):
    with pytest.raises(StoppedError):
        copied(city, target, interrupted)

    async def one() -> str:
        async with (
            database_of(city, Access.READ) as here,
            database_of(target, Access.WRITE) as there,
        ):
            try:
                await copy(here, there, quiet, page=7)
            except DatabaseFaultError as error:
                return error.fault
            return "done"

    async def both() -> list[str]:
        return await asyncio.gather(one(), one())

    assert sorted(asyncio.run(both())) == ["done", Fault.OTHER_COPY]
    assert rows_of(target) == rows_of(city)


def test_the_catalogue_names_every_table_by_the_key_that_holds_it(city, target):
    copied(city, target)

    async def made(address: str) -> tuple[frozenset[str], dict[str, set[str]]]:
        async with database_of(address, Access.READ) as opened:
            names = await opened.tables()
            return names, {name: set(await opened.columns(name)) for name in names}

    (ours, columns), (theirs, others) = asyncio.run(made(city)), asyncio.run(made(target))
    named = {table.name for table in TABLES}
    assert ours == named | {"schema_version"}
    assert theirs == ours | {"copy_place"}
    assert {name: others[name] for name in named} == {name: columns[name] for name in named}
    assert named == {*DISTRIBUTED, *REFERENCE}
    for table in TABLES:
        rows = rows_of(city)[table.name]
        order = sorted(columns[table.name])
        keys = {tuple(row[order.index(column)] for column in table.key) for row in rows}
        assert len(keys) == len(rows), table.name
