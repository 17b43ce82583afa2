"""A table of rows as an import reads it, whatever file it came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file: those it must have, and those it may have."""

    kind: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column, in the order in which the documentation names them."""
        return self.required + self.optional


CARDS = Layout(
    kind="cards",
    required=(
        "issuer",
        "card_number",
        "social_security_number",
        "name",
        "card_bank",
        "collected_on",
    ),
    optional=("card_identifier", "made_on", "generation"),
)
"""The cards file. A file without ``collected_on`` would make every card uncollected: required."""

POINTS = Layout(
    kind="points",
    required=("source_id", "name", "kind", "region"),
    optional=(
        "organization",
        "card_bank",
        "address",
        "landmark",
        "lat",
        "lon",
        "crs",
        "phone",
        "opening_hours",
        "channels",
        "applications",
        "regions_served",
        "capability_source",
        "confirmed_on",
        "source",
        "audience",
        "matched_name",
    ),
)
"""The points file. Beyond the published columns: ``source`` (whose list; part of the point's id),
``audience`` (``internal``: serves only its own staff), ``matched_name`` (what a map service called
the place it found)."""


class RowBatch(NamedTuple):
    """Some consecutive rows, column by column; every cell is stripped text, blank is ``""``."""

    lines: Sequence[int]
    """Line of the file (row of the sheet) on which each row begins; the header is line 1."""
    columns: Mapping[str, Sequence[str]]
    """Every column of the layout, those the file does not have included."""
    damaged: frozenset[int]
    """Positions of rows that have more or fewer cells than the header."""

    def column(self, name: str) -> Sequence[str]:
        """Give one column."""
        return self.columns[name]


class Table(Protocol):
    """A readable table. It can be read several times and never stands in memory whole."""

    @property
    def name(self) -> str:
        """What to call it in a report: the file's name without its folder."""
        ...

    @property
    def source(self) -> str:
        """Whose list it is, where its rows do not say."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 over content and mapping: the same again is the same job."""
        ...

    @property
    def rows_about(self) -> int:
        """How many rows there may be, for a progress bar; 0 if the file does not tell."""
        ...

    def batches(self, size: int) -> Iterator[RowBatch]:
        """Read from the first row on, at most ``size`` rows at a time."""
        ...
