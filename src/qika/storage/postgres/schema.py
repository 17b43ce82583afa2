"""Bringing the tables to the newest form, and spreading them over a Citus cluster."""

from typing import TypeAlias

from qika.storage.migrating import (
    HALF_COPIED,
    HalfCopiedError,
    Migration,
    migrations_in,
    missing,
)
from qika.storage.postgres.lines import Connection, StoreUnreachableError
from qika.storage.postgres.placement import (
    DISTRIBUTED,
    REFERENCE,
    Kind,
    Placement,
    ShardMap,
)

SERVER_MIN = 150_000
"""PostgreSQL 15, as ``server_version_num`` says it."""

_LOCK = "select pg_advisory_xact_lock(7105633)"
"""One process migrates at a time; the number only has to be the same for all."""

_VERSIONS = (
    "create table if not exists schema_version"
    " (number integer primary key, name text not null, sha256 text not null)"
)
_DONE = "select name, sha256 from schema_version order by number"
_REMEMBER = "insert into schema_version values ($1, $2, $3)"
_LIMITS = (
    "select set_config('lock_timeout', $1, true), set_config('statement_timeout', '10min', true)"
)
_FOUND = "select to_regclass($1) is not null"
_CITUS = "select 1 from pg_extension where extname = 'citus'"
_PARTITIONED = "select count(*)::int from pg_inherits where inhparent = to_regclass('card')"
_SPREAD = "select logicalrelid::text from pg_dist_partition"
_ONE_SHARD_AFTER_ANOTHER = "set local citus.multi_shard_modify_mode = 'sequential'"
"""Citus spreads no table in a transaction that changed another one on all shards at once."""
_SHARDS = """
select distinct on (shardminvalue::int) shardminvalue::int, shardmaxvalue::int,
    case when groupid > 0 and metadatasynced then nodename end, nodeport
from pg_dist_shard join pg_dist_placement using (shardid) join pg_dist_node using (groupid)
where logicalrelid = 'card'::regclass and noderole = 'primary' order by shardminvalue::int
"""
"""A node that knows the shards of the others can be asked as well as the coordinator."""

Node: TypeAlias = tuple[str, int]
"""Host and port, as the nodes of a cluster know each other."""


class OldServerError(StoreUnreachableError):
    """The server is older than PostgreSQL 15."""


def migrations() -> list[Migration]:
    """Read every migration of this store, in order."""
    return migrations_in("qika.storage.postgres.migrations")


async def found_placement(connection: Connection) -> Placement:
    """Tell how a database keeps its cards, or would: on Citus if it has the extension."""
    if await connection.fetchrow(_CITUS):
        return Placement(Kind.CITUS)
    row = await connection.fetchrow(_PARTITIONED)
    parts = row[0] if row else 0
    return Placement(Kind.PARTITIONED, parts) if parts else Placement(Kind.PLAIN)


async def migrate(
    connection: Connection, placement: Placement, *, patience_ms: int = 10_000
) -> None:
    """Apply every missing migration in one transaction, and spread new tables on Citus.

    Waits so long for other transactions, then lets them go on and changes nothing.

    Raises WrongSchemaError for a database of another program, OldServerError for an old server.
    """
    row = await connection.fetchrow("select current_setting('server_version_num')::int")
    if row is None or row[0] < SERVER_MIN:
        raise OldServerError("PostgreSQL 15 or newer is needed")
    async with connection.transaction():
        await connection.fetch(_LIMITS, f"{patience_ms}ms")
        await connection.execute(_LOCK)
        await connection.execute(_VERSIONS)
        done = [(str(name), str(sha256)) for name, sha256 in await connection.fetch(_DONE)]
        lacking = missing(done, migrations())
        if lacking and placement.kind is Kind.CITUS:
            await connection.execute(_ONE_SHARD_AFTER_ANOTHER)
        for one in lacking:
            for statement in placement.statements(one.text):
                await connection.execute(statement)
            await connection.execute(_REMEMBER, one.number, one.name, one.sha256)
        if lacking and placement.kind is Kind.CITUS:
            await _spread(connection, placement)


async def _spread(connection: Connection, placement: Placement) -> None:
    there = {row[0] for row in await connection.fetch(_SPREAD)}
    for table in REFERENCE:
        if table not in there and await _exists(connection, table):
            await connection.fetch("select create_reference_table($1)", table)
    for table, column in DISTRIBUTED.items():
        if table in there or not await _exists(connection, table):
            continue
        if table == "card":
            await connection.fetch(
                "select create_distributed_table($1, $2, shard_count => $3)",
                table, column, placement.parts,
            )  # fmt: skip
        else:
            await connection.fetch(
                "select create_distributed_table($1, $2, colocate_with => 'card')", table, column
            )


async def _exists(connection: Connection, table: str) -> bool:
    row = await connection.fetchrow(_FOUND, table)
    return bool(row and row[0])


async def shard_map(connection: Connection) -> tuple[ShardMap, dict[int, Node]]:
    """Read which hashes the shards of a Citus cluster hold now, and the node of each group."""
    rows = await connection.fetch(_SHARDS)
    nodes = {group: (host, port) for group, (*_, host, port) in enumerate(rows) if host}
    return ShardMap.of_ranges([(low, high) for low, high, *_ in rows]), nodes


async def refuse_half_copied(connection: Connection) -> None:
    """Refuse a database into which a copy is not finished."""
    if await _exists(connection, "copy_place") and await connection.fetchrow(HALF_COPIED):
        raise HalfCopiedError
