"""What readers say is wrong with a point, a rule or a page; kept for the authority to look at.

Nobody says who they are, so nobody is counted: a network that many share is not held back. What
bounds the table is how many reports come in an hour, in all and about one subject, and how many
wait to be looked at.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from qika.activation.decide import CHINA
from qika.operations.office import Office
from qika.terms.identity_number import check_identity_number
from qika.terms.names import IssuerCode, Language, PointId

TEXT_MAX = 500
"""Characters of each thing a reader says."""


class SubjectKind(StrEnum):
    """What a report is about."""

    POINT = "point"
    RULE = "rule"
    PAGE = "page"


class Subject(Struct, frozen=True, gc=False):
    """A point by its id, a rule by region and parameter, or a page by its name."""

    kind: SubjectKind
    name: str

    def __str__(self) -> str:
        """Write it as it is kept and listed: ``rule:440300/deadline``."""
        return f"{self.kind}:{self.name}"


def of_point(point_id: PointId) -> Subject:
    """Name a point."""
    return Subject(SubjectKind.POINT, point_id)


def of_rule(issuer: IssuerCode, parameter: str) -> Subject:
    """Name what a region says on one parameter; an empty parameter means its page."""
    return Subject(SubjectKind.RULE, f"{issuer}/{parameter}" if parameter else issuer)


def of_page(name: str) -> Subject:
    """Name a page that belongs to no region."""
    return Subject(SubjectKind.PAGE, name)


class Report(Struct, frozen=True, gc=False, kw_only=True):
    """What a reader says of one subject; nothing in it is asked about the reader."""

    subject: str
    wrong: str
    right: str
    seen: str
    """Where the reader saw it otherwise: an address, a notice on a door."""
    language: Language
    edition: str
    """The edition of the rulebook that the reader looked at."""
    received_at: datetime
    reference: str = ""
    """``YYYYMMDDHH-N``: the hour in China and a number in it; given by the store."""
    closed_at: datetime | None = None
    """When somebody had dealt with it; None: it waits."""


class Bounds(Struct, frozen=True, gc=False):
    """How many reports are taken."""

    in_an_hour: int = 600
    of_one_in_an_hour: int = 20
    """About one subject."""
    waiting: int = 20_000


BOUNDS = Bounds()


class Reports(Protocol):
    """Where reports are kept."""

    async def add_report(self, report: Report, bounds: Bounds) -> str | None:
        """Keep a report, flushed to disk, and give its reference; None if a bound is reached."""
        ...

    async def reports(self, *, closed: bool, after: str, limit: int) -> Sequence[Report]:
        """Give reports in order of their references, those after one; open ones, or all."""
        ...

    async def close_report(self, reference: str, at: datetime) -> bool:
        """Note that a report was dealt with; false if there is no open one of that reference."""
        ...


def hour_of(at: datetime) -> str:
    """Name the hour of a moment in China, as references begin."""
    return at.astimezone(CHINA).strftime("%Y%m%d%H")


def reference_of(hour: str, number: int) -> str:
    """Name the report of a number in an hour."""
    return f"{hour}-{number}"


def place_of(reference: str) -> tuple[str, int] | None:
    """Read a reference; None for what is none."""
    found = re.fullmatch(r"([0-9]{10})-([0-9]{1,6})", reference)
    return (found[1], int(found[2])) if found else None


class Said(Struct, frozen=True, gc=False):
    """What a reader wrote into the form."""

    wrong: str
    right: str
    seen: str


async def take(
    office: Office, reports: Reports, subject: Subject, said: Said, language: Language
) -> str | None:
    """Keep what a reader says and give its reference; None while too many come or wait.

    Whoever calls has refused what ``names_somebody``.
    """
    report = Report(
        subject=str(subject),
        wrong=said.wrong,
        right=said.right,
        seen=said.seen,
        language=language,
        edition=office.rulings.book.edition,
        received_at=office.clock(),
    )
    return await reports.add_report(report, BOUNDS)


_BETWEEN = re.compile(r"(?<=[0-9])[\s-](?=[0-9Xx])")
_LIKE_A_CITIZENS = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


def names_somebody(text: str, today: date) -> bool:
    """Tell whether a text holds an identity number; such a number is never kept."""
    runs = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    found = _LIKE_A_CITIZENS.findall(runs)
    return any(check_identity_number(one, today, ()).accepted for one in found)
