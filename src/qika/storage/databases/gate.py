"""Refuses a database that is not Qika's, or not in the form that this program works with."""

from qika.storage.databases.face import (
    COPY_TABLE,
    SCHEMA_TABLE,
    Database,
    DatabaseFaultError,
    Fault,
    Schema,
)
from qika.storage.placement import TABLES

_OURS = frozenset({SCHEMA_TABLE, COPY_TABLE, *(table.name for table in TABLES)})


async def refuse_foreign(database: Database) -> Schema:
    """Refuse a database that holds tables of something else; an empty one passes."""
    names = await database.tables()
    schema = await database.schema()
    strangers = names - _OURS if schema.number in (0, schema.newest) else frozenset[str]()
    if (names and schema.number == 0) or strangers:
        named = ", ".join(sorted(strangers or names)[:3])
        raise DatabaseFaultError(Fault.FOREIGN, database.address, named)
    if schema.altered:
        raise DatabaseFaultError(Fault.ALTERED, database.address, schema.altered)
    if schema.number > schema.newest:
        raise DatabaseFaultError(Fault.AHEAD, database.address, str(schema.number))
    return schema


async def refuse_unready(database: Database) -> None:
    """Refuse a database without our tables, or whose tables are not the newest."""
    schema = await refuse_foreign(database)
    if schema.number == 0:
        raise DatabaseFaultError(Fault.EMPTY, database.address)
    if schema.number < schema.newest:
        detail = f"{schema.number}/{schema.newest}"
        raise DatabaseFaultError(Fault.BEHIND, database.address, detail)


async def made_ready(database: Database) -> bool:
    """Make the tables of an empty database; tells whether they were made. Refuses any other."""
    empty = (await refuse_foreign(database)).number == 0
    if empty:
        await database.migrate()
    await refuse_unready(database)
    return empty
