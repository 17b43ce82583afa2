"""Opening a SQLite file: the gate, the settings, the migrations."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Protocol, TypeAlias, cast

import apsw

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


class WrongSchemaError(RuntimeError):
    """The database was made by another version of the program than this one can read."""


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
        _apply(connection, cast("list[tuple[str, str]]", list(rows)), migrations())
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def migrations() -> list[tuple[str, str]]:
    """Give name and text of every migration, in order."""
    folder = files("qika.storage.sqlite.migrations")
    found = sorted((item.name, item) for item in folder.iterdir() if item.name.endswith(".sql"))
    return [(name, item.read_text(encoding="utf-8")) for name, item in found]


def _apply(
    connection: Connection, done: list[tuple[str, str]], known: list[tuple[str, str]]
) -> None:
    if len(done) > len(known):
        raise WrongSchemaError("the database is newer than this program: update the program")
    for number, (name, text) in enumerate(known, 1):
        digest = hashlib.sha256(text.encode()).hexdigest()
        if number <= len(done):
            if done[number - 1] != (name, digest):
                raise WrongSchemaError(
                    f"migration {name} is not the one that made this database:"
                    " use the program that made it, or restore a copy"
                )
            continue
        connection.execute(text)
        connection.execute("insert into schema_version values (?, ?, ?)", (number, name, digest))
