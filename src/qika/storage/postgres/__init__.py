"""The store on a server: PostgreSQL 15 or newer, and Citus by a placement."""

from qika.storage.postgres.lines import StoreUnreachableError
from qika.storage.postgres.placement import Kind, Placement
from qika.storage.postgres.schema import OldServerError
from qika.storage.postgres.store import PostgresStore, open_postgres

__all__ = [
    "Kind",
    "OldServerError",
    "Placement",
    "PostgresStore",
    "StoreUnreachableError",
    "open_postgres",
]
