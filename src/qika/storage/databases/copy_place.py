"""The rows in which a target keeps how far a copy into it has come; the same in every database."""

from typing import cast

from qika.storage.databases.face import COPY_TABLE, Place, Row, Value

CREATE = (
    f"create table {COPY_TABLE} (table_name text not null primary key, source text not null,"
    " announced bigint not null, copied bigint not null, last_key text not null,"
    " digest text not null, finished bigint not null)"
)
INSERT = f"insert into {COPY_TABLE} values ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608
READ = (
    "select table_name, source, announced, copied, last_key, digest, finished"  # noqa: S608
    f" from {COPY_TABLE}"
)
MOVE = (
    f"update {COPY_TABLE} set copied = $1, last_key = $2, digest = $3, finished = $4"  # noqa: S608
    " where table_name = $5 and copied = $6 and digest = $7"
)


def place_row(table: str, place: Place) -> Row:
    """Write a place."""
    return (
        table,
        place.source,
        place.announced,
        place.copied,
        place.last_key,
        place.digest,
        int(place.finished),
    )


def place_of(row: Row) -> tuple[str, Place]:
    """Read a table's name and its place."""
    name, source, announced, copied, last_key, digest, finished = cast(
        "tuple[str, str, int, int, str, str, int]", row
    )
    return name, Place(source, announced, copied, last_key, digest, finished=bool(finished))


def before_and_after(table: str, before: Place, after: Place) -> tuple[Value, ...]:
    """Give the values that ``MOVE`` binds: it moves nothing if somebody else did meanwhile."""
    return (
        after.copied,
        after.last_key,
        after.digest,
        int(after.finished),
        table,
        before.copied,
        before.digest,
    )
