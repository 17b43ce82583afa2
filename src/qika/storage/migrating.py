"""Numbered migrations: which were applied to a database, and whether they are this program's."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files


class WrongSchemaError(RuntimeError):
    """The database was made by another version of the program than this one can read."""


class HalfCopiedError(WrongSchemaError):
    """A copy into the database was begun and not finished; what is there is not to be used."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "a copy into this database is not finished: run the same qika database copy again"
        )


HALF_COPIED = "select 1 from copy_place where finished = 0 limit 1"
"""Gives a row if a copy is not finished; the table is there only where one was begun."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL; applied once, and remembered by its hash."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Give the hash of the text in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations_in(package: str) -> list[Migration]:
    """Read the migrations packaged in a folder, in order."""
    found = sorted(
        (item.name, item) for item in files(package).iterdir() if item.name.endswith(".sql")
    )
    return [
        Migration(number, name, item.read_text(encoding="utf-8"))
        for number, (name, item) in enumerate(found, 1)
    ]


def missing(done: Sequence[tuple[str, str]], known: Sequence[Migration]) -> list[Migration]:
    """Give the migrations that a database lacks, from the names and hashes of those it has.

    Raises WrongSchemaError if it is newer than the program or was made by other files.
    """
    if len(done) > len(known):
        raise WrongSchemaError("the database is newer than this program: update the program")
    for migration, applied in zip(known, done, strict=False):
        if applied != (migration.name, migration.sha256):
            raise WrongSchemaError(
                f"migration {migration.name} is not the one that made this database:"
                " use the program that made it, or restore a copy"
            )
    return list(known[len(done) :])
