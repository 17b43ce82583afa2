"""What an operator's work needs of a database, whichever kind it is.

Statements are common to all kinds: values are bound as ``$1``, ``$2`` in the order in which they
first appear, and rows come back as plain tuples of the same shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from qika.storage.placement import Table

Value: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = tuple[Value, ...]

COPY_TABLE = "copy_place"
"""The table in which a target keeps how far a copy into it has come."""

SCHEMA_TABLE = "schema_version"
"""The table in which migrations are remembered."""


class Access(StrEnum):
    """What is to be done with a database that is opened."""

    READ = "read"
    WRITE = "write"
    CREATE = "create"
    """Write, and make it if it is not there."""


class Fault(StrEnum):
    """Why a database cannot be used for what was asked; each is a sentence for the operator."""

    BAD_ADDRESS = "bad_address"
    UNREACHABLE = "unreachable"
    NOT_THERE = "not_there"
    FOREIGN = "foreign"
    NOT_ALLOWED = "not_allowed"
    UNSAFE = "unsafe"
    OLD_SERVER = "old_server"
    DAMAGED = "damaged"
    FAILED = "failed"
    EMPTY = "empty"
    BEHIND = "behind"
    AHEAD = "ahead"
    ALTERED = "altered"
    SAME = "same"
    HOLDS_DATA = "holds_data"
    OTHER_SOURCE = "other_source"
    OTHER_COPY = "other_copy"
    SOURCE_CHANGED = "source_changed"
    NOT_ARRIVED = "not_arrived"
    BROKEN_CHAINS = "broken_chains"


class DatabaseFaultError(RuntimeError):
    """A database that cannot be used: which one, why, and the detail that a sentence names."""

    def __init__(self, fault: Fault, address: str, detail: str = "") -> None:
        """Take the fault; ``address`` holds no user and no password."""
        super().__init__(f"{fault}: {address} {detail}".rstrip())
        self.fault, self.address, self.detail = fault, address, detail


@dataclass(frozen=True, slots=True)
class Schema:
    """Which migrations a database has, and which this program knows."""

    number: int
    newest: int
    altered: str = ""
    """Name of the first migration that is not the one that this program knows."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far the copy of one table has come."""

    source: str
    """Address from which the copy began."""
    announced: int
    """Rows that the table had when the copy began."""
    copied: int
    last_key: str
    """Key of the last row that arrived, as JSON; empty before the first."""
    digest: str
    """Sum of the hashes of all rows that arrived: the order of rows does not matter."""
    finished: bool


class Database(Protocol):
    """A database, open for an operator's work."""

    @property
    def address(self) -> str:
        """The address without user and password."""
        ...

    @property
    def engine(self) -> str:
        """Name and version of what runs it."""
        ...

    async def tables(self) -> frozenset[str]:
        """Name all tables that are not the engine's own."""
        ...

    async def columns(self, table: str) -> tuple[str, ...]:
        """Name the columns of a table in the order in which it was made."""
        ...

    async def schema(self) -> Schema:
        """Tell which migrations it has; 0 for a database without tables."""
        ...

    async def migrate(self) -> None:
        """Bring the tables to the newest form."""
        ...

    async def fetch(self, statement: str, *values: Value) -> Sequence[Row]:
        """Run a statement that reads."""
        ...

    async def begin_copy(self, places: Sequence[tuple[str, Place]]) -> None:
        """Keep that a copy into this database begins."""
        ...

    async def put(
        self, table: Table, columns: Sequence[str], rows: Sequence[Row], before: Place, after: Place
    ) -> None:
        """Write rows and move the place of the copy in one transaction.

        Raises OTHER_COPY, and writes nothing, if the place is not ``before`` any more.
        """
        ...

    async def analyze(self) -> None:
        """Let the engine count anew by what it plans statements, where it does so at all."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...
