"""Opening a SQLite file: the gate, the settings, the migrations."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias, cast

import apsw

from qika.operations.activate import StoreBusyError, StoreUnavailableError
from qika.storage.migrating import (
    HALF_COPIED,
    HalfCopiedError,
    Migration,
    WrongSchemaError,
    migrations_in,
    missing,
)

__all__ = [
    "UNUSABLE",
    "Connection",
    "StoreUnusableError",
    "UnsafeSqliteError",
    "WrongSchemaError",
    "connect",
    "migrate",
    "migrations",
    "refuse_unsafe_sqlite",
]

CHECKPOINT_PAGES = 16_384
"""After so many pages (64 MB) the log is carried into the database file."""

_BUSY_MS = 10_000
"""How long one process waits for another one's write."""

_FIXED = (3, 51, 3)
_BACKPORTS = {(3, 44): 6, (3, 50): 7}


Value: TypeAlias = str | int | float | bytes | None


class Cursor(Protocol):
    """Rows on their way out of a statement."""

    def __iter__(self) -> Iterator[tuple[Value, ...]]:
        """Step through the rows."""
        ...

    def fetchone(self) -> tuple[Value, ...] | None:
        """Give the next row; None after the last."""
        ...


class Connection(Protocol):
    """What this package uses of an apsw connection."""

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        ...

    def execute(self, statements: str, bindings: Sequence[object] = (), /) -> Cursor:
        """Run statements with one row of values."""
        ...

    def executemany(self, statements: str, sequence: Iterable[Sequence[object]], /) -> Cursor:
        """Run statements with each row of values."""
        ...

    def changes(self) -> int:
        """Count the rows that the last statement changed."""
        ...

    def total_changes(self) -> int:
        """Count the rows that all statements changed."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class UnsafeSqliteError(RuntimeError):
    """This SQLite may lose committed data in WAL mode."""


class StoreUnusableError(StoreUnavailableError):
    """The file cannot be read or written now; says why. What was confirmed before is in it."""


UNUSABLE = (
    apsw.FullError,
    apsw.ReadOnlyError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.BusyError,
)
"""The disk is full, read-only or failing, or another process kept the file too long: a state of
the machine, which passes, and no defect. The transaction was rolled back."""


def refusal(error: apsw.Error) -> StoreBusyError:
    """Give what callers are told of one of these: to wait for another process, or for the disk."""
    if isinstance(error, apsw.BusyError):
        return StoreBusyError(f"another process kept the file too long: {error}")
    return StoreUnusableError(str(error))


def refuse_unsafe_sqlite(version: str) -> None:
    """Refuse a SQLite with the WAL-reset bug (sqlite.org/wal.html#walresetbug).

    Fixed in 3.51.3 and in the backports 3.44.6 and 3.50.7.
    """
    major, minor, patch = (int(part) for part in version.split(".")[:3])
    patched = _BACKPORTS.get((major, minor))
    if (major, minor, patch) >= _FIXED or (patched is not None and patch >= patched):
        return
    raise UnsafeSqliteError(
        f"SQLite {version} can lose committed data in WAL mode: install apsw 3.51.3 or newer"
    )


def connect(path: Path, *, read_only: bool = False) -> Connection:
    """Open a connection with the settings every connection has."""
    refuse_unsafe_sqlite(apsw.sqlite_lib_version())
    flags = apsw.SQLITE_OPEN_READWRITE | (0 if read_only else apsw.SQLITE_OPEN_CREATE)
    opened = apsw.Connection(str(path), flags=flags)
    opened.set_busy_timeout(_BUSY_MS)
    connection = cast("Connection", opened)
    if read_only:
        connection.execute("pragma query_only = on")
    elif connection.execute("pragma journal_mode = wal").fetchone() != ("wal",):
        raise UnsafeSqliteError(f"{path} cannot be used with a write-ahead log: use a local disk")
    connection.execute(
        f"pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -65536;"
        f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}; pragma journal_size_limit = 134217728;"
        "pragma mmap_size = 1073741824"
    )
    return connection


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest form: every missing file, in order, in one transaction."""
    connection.execute("begin immediate")
    try:
        connection.execute(
            "create table if not exists schema_version"
            " (number integer primary key, name text not null, sha256 text not null)"
        )
        rows = connection.execute("select name, sha256 from schema_version order by number")
        for one in missing(cast("list[tuple[str, str]]", list(rows)), migrations()):
            connection.execute(one.text)
            connection.execute(
                "insert into schema_version (number, name, sha256) values (?, ?, ?)",
                (one.number, one.name, one.sha256),
            )
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def migrations() -> list[Migration]:
    """Read every migration of this store, in order."""
    return migrations_in("qika.storage.sqlite.migrations")


def refuse_half_copied(connection: Connection) -> None:
    """Refuse a database into which a copy is not finished."""
    begun = "select 1 from sqlite_master where type = 'table' and name = 'copy_place'"
    if list(connection.execute(begun)) and list(connection.execute(HALF_COPIED)):
        raise HalfCopiedError
