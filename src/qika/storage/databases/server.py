"""A PostgreSQL or Citus database, open for an operator's work."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import unquote, urlsplit

import asyncpg

from qika.storage.databases.copy_place import CREATE, INSERT, MOVE, before_and_after, place_row
from qika.storage.databases.face import (
    Access,
    DatabaseFaultError,
    Fault,
    Place,
    Row,
    Schema,
    Value,
)
from qika.storage.databases.schema import schema_of
from qika.storage.placement import Table
from qika.storage.postgres.lines import CONNECT_S, LOST, Connection
from qika.storage.postgres.placement import Kind, Placement
from qika.storage.postgres.schema import SERVER_MIN, found_placement, migrate, migrations

_SESSION = {
    "application_name": "qika database",
    "timezone": "UTC",
    "jit": "off",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
"""An operator's work may take hours."""

_TABLES = (
    "select relname from pg_class where relkind in ('r', 'p') and not relispartition"
    " and relnamespace = current_schema()::regnamespace and not exists (select 1 from pg_depend"
    " where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')"
)
_COLUMNS = (
    "select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0"
    " and not attisdropped order by attnum"
)
_VERSION = "select current_setting('server_version_num')::int, current_setting('server_version')"
_CITUS = "select extversion from pg_extension where extname = 'citus'"


class ServerDatabase:
    """One connection to a server."""

    def __init__(self, address: str, connection: Connection, engine: str, shards: int) -> None:
        """Take what ``open_server`` opened."""
        self._address, self._connection, self._engine = address, connection, engine
        self._shards = shards

    @property
    def address(self) -> str:
        """The address without user and password."""
        return self._address

    @property
    def engine(self) -> str:
        """Name and version of the server."""
        return self._engine

    async def tables(self) -> frozenset[str]:
        """Name all tables but those of extensions; partitions belong to their table."""
        return frozenset(cast("str", row[0]) for row in await self.fetch(_TABLES))

    async def columns(self, table: str) -> tuple[str, ...]:
        """Name the columns of a table."""
        return tuple(cast("str", row[0]) for row in await self.fetch(_COLUMNS, table))

    async def schema(self) -> Schema:
        """Tell which migrations the database has."""
        return await schema_of(self, migrations())

    async def migrate(self) -> None:
        """Bring the tables to the newest form; on Citus new ones are spread."""
        async with self._translated():
            placement = await found_placement(self._connection)
            if placement.kind is Kind.CITUS and self._shards:
                placement = Placement(Kind.CITUS, self._shards)
            await migrate(self._connection, placement)

    async def fetch(self, statement: str, *values: Value) -> Sequence[Row]:
        """Run a statement that reads."""
        async with self._translated():
            return [tuple(row) for row in await self._connection.fetch(statement, *values)]

    async def begin_copy(self, places: Sequence[tuple[str, Place]]) -> None:
        """Keep that a copy into this database begins."""
        rows = [place_row(table, place) for table, place in places]
        async with self._translated(), self._connection.transaction():
            await self._connection.execute(CREATE)
            await self._connection.executemany(INSERT, rows)

    async def put(
        self, table: Table, columns: Sequence[str], rows: Sequence[Row], before: Place, after: Place
    ) -> None:
        """Write rows and move the place of the copy in one transaction."""
        async with self._translated(), self._connection.transaction():
            values = before_and_after(table.name, before, after)
            if await self._connection.execute(MOVE, *values) != "UPDATE 1":
                raise DatabaseFaultError(Fault.OTHER_COPY, self._address)
            if rows:
                await self._connection.copy_records_to_table(
                    table.name, records=rows, columns=columns
                )

    async def analyze(self) -> None:
        """Count anew, so that the first statements on a copy are planned as well as later ones."""
        async with self._translated():
            await self._connection.execute("analyze")

    async def close(self) -> None:
        """Close the connection."""
        try:
            await self._connection.close(timeout=CONNECT_S)
        except LOST:
            self._connection.terminate()

    @asynccontextmanager
    async def _translated(self) -> AsyncGenerator[None]:
        try:
            yield
        except asyncpg.ReadOnlySQLTransactionError as error:
            raise DatabaseFaultError(Fault.FAILED, self._address, str(error)) from error
        except LOST as error:
            detail = str(error) or type(error).__name__
            raise DatabaseFaultError(Fault.UNREACHABLE, self._address, detail) from error
        except asyncpg.InsufficientPrivilegeError as error:
            raise DatabaseFaultError(Fault.NOT_ALLOWED, self._address, str(error)) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseFaultError(Fault.FAILED, self._address, str(error)) from error


async def open_server(shown: str, address: str, access: Access, shards: int = 0) -> ServerDatabase:
    """Open a database; a missing one is made if ``access`` says so.

    ``shown`` is the address without user and password; ``shards`` is how many each table is to get
    if tables are made on Citus, 0 for the usual number.
    """
    try:
        connection = await _connected(shown, address)
    except asyncpg.InvalidCatalogNameError as error:
        if access is not Access.CREATE:
            raise DatabaseFaultError(Fault.NOT_THERE, shown) from error
        await _create(shown, address)
        connection = await _connected(shown, address)
    opened = ServerDatabase(shown, connection, "", shards)
    try:
        engine = await _engine(opened)
    except BaseException:
        await opened.close()
        raise
    return ServerDatabase(shown, connection, engine, shards)


async def _connected(shown: str, address: str, database: str | None = None) -> Connection:
    try:
        opened = cast(
            "Connection",
            await asyncpg.connect(
                address, timeout=CONNECT_S, server_settings=_SESSION, database=database
            ),
        )
    except asyncpg.InvalidCatalogNameError:
        raise
    except ValueError as error:  # what it says may be a part of a password
        raise DatabaseFaultError(Fault.UNREACHABLE, shown, type(error).__name__) from error
    except (*LOST, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        detail = str(error) or type(error).__name__
        raise DatabaseFaultError(Fault.UNREACHABLE, shown, detail) from error
    return opened


async def _create(shown: str, address: str) -> None:
    """Make the database that an address names, from the one that every server has."""
    name = unquote(urlsplit(address).path.lstrip("/"))
    connection = await _connected(shown, address, database="postgres")
    quoted = name.replace('"', '""')
    try:
        await connection.execute(f"create database \"{quoted}\" encoding 'UTF8' template template0")
    except asyncpg.InsufficientPrivilegeError as error:
        raise DatabaseFaultError(Fault.NOT_ALLOWED, shown, str(error)) from error
    finally:
        await connection.close(timeout=CONNECT_S)


async def _engine(opened: ServerDatabase) -> str:
    number, version = (await opened.fetch(_VERSION))[0]
    if cast("int", number) < SERVER_MIN:
        raise DatabaseFaultError(Fault.OLD_SERVER, opened.address, str(version))
    citus = await opened.fetch(_CITUS)
    return f"PostgreSQL {version}" + (f", Citus {citus[0][0]}" if citus else "")
