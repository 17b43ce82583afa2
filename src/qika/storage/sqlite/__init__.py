"""The embedded database: SQLite by apsw, one file, one writer thread."""

from qika.storage.sqlite.store import SqliteStore, open_sqlite

__all__ = ["SqliteStore", "open_sqlite"]
