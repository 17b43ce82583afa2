"""Which migrations a database has, read the same way from every kind."""

from collections.abc import Sequence
from typing import cast

from qika.storage.databases.face import SCHEMA_TABLE, Database, Schema
from qika.storage.migrating import Migration

_COLUMNS = {"number", "name", "sha256"}


async def schema_of(database: Database, known: Sequence[Migration]) -> Schema:
    """Hold what was applied against what this program knows."""
    if set(await database.columns(SCHEMA_TABLE)) != _COLUMNS:
        return Schema(0, len(known))
    rows = await database.fetch("select name, sha256 from schema_version order by number")
    done = cast("Sequence[tuple[str, str]]", rows)
    altered = [
        name
        for (name, digest), one in zip(done, known, strict=False)
        if (name, digest) != (one.name, one.sha256)
    ]
    return Schema(len(done), len(known), *altered[:1])
