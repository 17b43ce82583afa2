"""The tables of the server store: made once, in any placement, and by this program only."""

import asyncio
import os
import re
from functools import partial

import pytest

from qika.operations.activate import StoreBusyError
from qika.storage.migrating import WrongSchemaError
from qika.storage.postgres.lines import Line, StoreUnreachableError, connect
from qika.storage.postgres.placement import DISTRIBUTED, REFERENCE, Kind, Placement
from qika.storage.postgres.schema import found_placement, migrate, migrations

from tests.servers import CITUS, ON_CITUS, emptied, fetched, migrated

PLAIN = Placement(Kind.PLAIN)
PARTITIONED = Placement(Kind.PARTITIONED, 4)
SPREAD = "select logicalrelid::text, partmethod::text, colocationid from pg_dist_partition"
STATEMENT = re.compile(
    r"create table (?P<table>\w+) .*|create index \w+ on .*"
    r"|alter table (?P<of>\w+) add column (?P<column>\w+) .*",
    re.DOTALL,
)


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


def undone(migration):
    """The statements that take a migration back; only such as are known here."""
    text = re.sub("--.*", "", migration.text)
    for statement in reversed([one.strip() for one in text.split(";") if one.strip()]):
        found = STATEMENT.fullmatch(statement)
        assert found, f"say here how to undo: {statement}"
        if table := found["table"]:
            yield f"drop table {table}"
        elif column := found["column"]:
            yield f"alter table {found['of']} drop column {column}"


async def back_to(address, version):
    for one in reversed(migrations()[version:]):
        for statement in undone(one):
            await fetched(address, statement)
    await fetched(address, f"delete from schema_version where number > {version}")


@pytest.fixture(params=["plain", "partitioned", *ON_CITUS])
def made(request):
    """The address of a database with empty tables, and how they lie."""
    placement = Placement(Kind(request.param), 4)
    if placement.kind is Kind.CITUS:
        return emptied(os.environ[CITUS], placement), placement
    server = request.getfixturevalue("postgres")
    return server.database("schema_earlier", placement), placement


@pytest.mark.parametrize("version", range(1, len(migrations())))
def test_a_database_of_an_earlier_version_is_carried_over_with_its_rows(made, version):
    address, placement = made

    async def carried_over():
        await back_to(address, version)
        await fetched(
            address,
            "insert into outbox (card_key, seq, destination, next_at, tries)"
            " select decode(md5(n::text), 'hex'), 1, 'fund', n, 0 from generate_series(1, 50) n",
        )
        await migrated(address, placement)
        rows = await fetched(
            address, "select count(*), sum(next_at), count(failing_since) from outbox"
        )
        for table in (*DISTRIBUTED, *REFERENCE):
            await fetched(address, f"select 1 from {table}")
        spread = await fetched(address, SPREAD) if placement.kind is Kind.CITUS else []
        return rows, {table: (how, where) for table, how, where in spread}

    rows, spread = asyncio.run(carried_over())
    assert rows == [(50, 50 * 51 // 2, 0)]
    if placement.kind is Kind.CITUS:
        assert (
            {spread[table] for table in DISTRIBUTED}
            == {spread["card"]}
            == {("h", spread["card"][1])}
        )
        assert {spread[table][0] for table in REFERENCE} == {"n"}
        assert spread.keys() == {*DISTRIBUTED, *REFERENCE}


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
