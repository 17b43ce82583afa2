"""A SQLite file, open for an operator's work."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar, cast

import apsw

from qika.storage.databases.copy_place import CREATE, INSERT, MOVE, before_and_after, place_row
from qika.storage.databases.face import (
    SCHEMA_TABLE,
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
from qika.storage.sqlite import UnsafeSqliteError
from qika.storage.sqlite.connection import Connection, connect, migrate, migrations

T = TypeVar("T")

_TABLES = (
    "select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!'"
)


class EmbeddedDatabase:
    """One connection to a file; every call runs in a thread."""

    def __init__(self, address: str, connection: Connection) -> None:
        """Take what ``open_embedded`` opened."""
        self._address, self._connection = address, connection

    @property
    def address(self) -> str:
        """The address."""
        return self._address

    @property
    def engine(self) -> str:
        """Name and version of the library."""
        return f"SQLite {apsw.sqlite_lib_version()}"

    async def tables(self) -> frozenset[str]:
        """Name all tables but SQLite's own."""
        return frozenset(cast("str", row[0]) for row in await self.fetch(_TABLES))

    async def columns(self, table: str) -> tuple[str, ...]:
        """Name the columns of a table."""
        rows = await self.fetch("select name from pragma_table_info($1) order by cid", table)
        return tuple(cast("str", row[0]) for row in rows)

    async def schema(self) -> Schema:
        """Tell which migrations the file has."""
        return await schema_of(self, migrations())

    async def migrate(self) -> None:
        """Bring the tables to the newest form."""
        await self._aside(migrate)

    async def fetch(self, statement: str, *values: Value) -> Sequence[Row]:
        """Run a statement that reads."""
        return await self._aside(lambda opened: list(opened.execute(statement, values)))

    async def begin_copy(self, places: Sequence[tuple[str, Place]]) -> None:
        """Keep that a copy into this file begins."""
        rows = [place_row(table, place) for table, place in places]

        def begin(opened: Connection) -> None:
            opened.execute(CREATE)
            opened.executemany(INSERT, rows)

        await self._aside(lambda opened: _in_transaction(opened, begin))

    async def put(
        self, table: Table, columns: Sequence[str], rows: Sequence[Row], before: Place, after: Place
    ) -> None:
        """Write rows and move the place of the copy in one transaction."""
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        insert = f"insert into {table.name} ({names}) values ({marks})"  # noqa: S608  our own names

        def write(opened: Connection) -> None:
            opened.execute(MOVE, before_and_after(table.name, before, after))
            if opened.changes() != 1:
                raise DatabaseFaultError(Fault.OTHER_COPY, self._address)
            if rows:
                opened.executemany(insert, rows)

        await self._aside(lambda opened: _in_transaction(opened, write))

    async def analyze(self) -> None:
        """Count nothing: statements on SQLite say themselves in which order tables are read."""

    async def close(self) -> None:
        """Close the file."""
        self._connection.close()

    async def _aside(self, work: Callable[[Connection], T]) -> T:
        try:
            return await asyncio.to_thread(work, self._connection)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            raise DatabaseFaultError(Fault.DAMAGED, self._address, str(error)) from error
        except apsw.Error as error:
            raise DatabaseFaultError(Fault.FAILED, self._address, str(error)) from error


def _in_transaction(connection: Connection, work: Callable[[Connection], None]) -> None:
    connection.execute("begin immediate")
    try:
        work(connection)
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    connection.execute("commit")


def open_embedded(path: Path, access: Access) -> EmbeddedDatabase:
    """Open a file, known by its whole path; what is not ours is looked at, never changed."""
    path = path.resolve()
    address = f"sqlite:///{path}"
    if access is not Access.CREATE and not path.exists():
        raise DatabaseFaultError(Fault.NOT_THERE, address)
    try:
        if access is Access.READ:
            return EmbeddedDatabase(address, _looked_at(path))
        if path.exists():
            _refuse_foreign(address, path)
        return EmbeddedDatabase(address, connect(path))
    except UnsafeSqliteError as error:
        raise DatabaseFaultError(Fault.UNSAFE, address, str(error)) from error
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise DatabaseFaultError(Fault.DAMAGED, address, str(error)) from error
    except apsw.CantOpenError as error:
        raise DatabaseFaultError(Fault.UNREACHABLE, address, str(error)) from error


def _looked_at(path: Path) -> Connection:
    """Open a file without writing to it: not even the mode of its log is changed."""
    connection = connect(path, read_only=True)
    connection.execute(_TABLES).fetchone()
    return connection


def _refuse_foreign(address: str, path: Path) -> None:
    with closing(_looked_at(path)) as connection:
        names = {cast("str", row[0]) for row in connection.execute(_TABLES)}
    if names and SCHEMA_TABLE not in names:
        raise DatabaseFaultError(Fault.FOREIGN, address, ", ".join(sorted(names)[:3]))
