"""Databases as an operator tends them: created, migrated, checked, copied from one to another."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from qika.storage.databases.embedded import open_embedded
from qika.storage.databases.face import Access, Database, DatabaseFaultError, Fault
from qika.storage.databases.server import open_server

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")

__all__ = [
    "Access",
    "Database",
    "DatabaseFaultError",
    "Fault",
    "database_of",
    "open_database",
    "public",
]


@asynccontextmanager
async def database_of(address: str, access: Access, *, shards: int = 0) -> AsyncGenerator[Database]:
    """Open a database for the length of a command, as ``open_database``."""
    opened = await open_database(address, access, shards=shards)
    try:
        yield opened
    finally:
        await opened.close()


async def open_database(address: str, access: Access, *, shards: int = 0) -> Database:
    """Open the database of an address; raises DatabaseFaultError if that cannot be done.

    ``shards`` is how many each table is to get if tables are made on Citus, 0 for the usual number.
    """
    if address.startswith(SQLITE):
        return open_embedded(Path(address.removeprefix(SQLITE)), access)
    if address.startswith(POSTGRES):
        return await open_server(public(address), address, access, shards)
    raise DatabaseFaultError(Fault.BAD_ADDRESS, public(address))


def public(address: str) -> str:
    """Give an address as it may be shown: without user, password and parameters."""
    if address.startswith(SQLITE):
        return address
    scheme, slashes, rest = address.partition("?")[0].partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"
