"""The embedded store: one SQLite file, one writer thread, readers beside it."""

import apsw

from qika.storage.sqlite.connection import UnsafeSqliteError, WrongSchemaError
from qika.storage.sqlite.store import SqliteStore, open_sqlite

SqliteError = apsw.Error
"""What SQLite raises when a file cannot be opened, read or written; nothing else need know apsw."""

__all__ = [
    "SqliteError",
    "SqliteStore",
    "UnsafeSqliteError",
    "WrongSchemaError",
    "open_sqlite",
]
