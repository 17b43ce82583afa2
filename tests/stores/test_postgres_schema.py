"""The tables of the server store: made once, in any placement, and by this program only."""

import asyncio
from functools import partial

import pytest

from qika.operations.activate import StoreBusyError
from qika.storage.migrating import WrongSchemaError
from qika.storage.postgres.lines import Line, StoreUnreachableError, connect
from qika.storage.postgres.placement import DISTRIBUTED, REFERENCE, Kind, Placement
from qika.storage.postgres.schema import found_placement, migrate, migrations

from tests.servers import migrated

PLAIN = Placement(Kind.PLAIN)
PARTITIONED = Placement(Kind.PARTITIONED, 4)


async def placement_found(address):
    connection = await connect(address)
    try:
        return await found_placement(connection)
    finally:
        await connection.close(timeout=5)


@pytest.mark.parametrize("placement", [PLAIN, PARTITIONED])
def test_migrations_make_every_table_once_in_every_placement(postgres, placement):
    address = postgres.database("schema_made", placement)
    asyncio.run(migrated(address, placement))
    tables = postgres.sql(
        "schema_made",
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p') and not relispartition",
    )
    assert {name for (name,) in tables} == {*DISTRIBUTED, *REFERENCE, "schema_version"}
    assert len(postgres.sql("schema_made", "select * from schema_version")) == len(migrations())
    assert asyncio.run(placement_found(address)) == placement


def test_two_processes_that_migrate_at_once_make_the_tables_once(postgres):
    address = postgres.database("schema_twice")

    async def both():
        await asyncio.gather(*(migrated(address, PLAIN) for _ in range(4)))

    asyncio.run(both())
    assert len(postgres.sql("schema_twice", "select * from schema_version")) == len(migrations())


def test_a_migration_that_waits_too_long_for_a_lock_changes_nothing(postgres):
    address = postgres.database("schema_locked")

    async def blocked():
        holder, other = await connect(address), Line(address)
        async with holder.transaction():
            await holder.execute("create table schema_version (number integer)")
            with pytest.raises(StoreBusyError, match="lock timeout"):
                await other.run(partial(migrate, placement=PLAIN, patience_ms=50))
        await holder.execute("drop table schema_version")
        await other.run(partial(migrate, placement=PLAIN))
        await other.close()
        await holder.close(timeout=5)

    asyncio.run(blocked())
    assert len(postgres.sql("schema_locked", "select * from schema_version")) == len(migrations())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("insert into schema_version values (99, 'x.sql', 'y')", "newer than this program"),
        ("update schema_version set sha256 = 'y' where number = 1", "not the one"),
    ],
)
def test_a_database_of_another_program_is_refused(postgres, damage, message):
    address = postgres.database("schema_other", PLAIN)
    postgres.sql("schema_other", damage)
    with pytest.raises(WrongSchemaError, match=message):
        asyncio.run(migrated(address, PLAIN))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("postgresql://postgres:secret@127.0.0.1:{port}/nowhere", "does not exist"),
        ("postgresql://nobody:secret@127.0.0.1:{port}/postgres", "does not exist"),
        ("postgresql://postgres:secret@127.0.0.1:1/postgres", "127.0.0.1"),
        ("postgresql://postgres:secret@127.0.0.1:{port}/postgres?sslmode=require", "SSL"),
    ],
)
def test_an_unusable_database_is_named_with_the_reason_and_without_the_password(
    postgres, address, reason
):
    with pytest.raises(StoreUnreachableError, match=reason) as refused:
        asyncio.run(connect(address.format(port=postgres.port)))
    assert "cannot be used" in str(refused.value)
    assert "secret" not in str(refused.value)
