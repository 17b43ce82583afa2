"""Reports as rows: the same columns in every store."""

from collections.abc import Iterable
from typing import TypeAlias

from qika.operations.reports import Bounds, Report, hour_of, reference_of
from qika.storage.chain import micros, moment
from qika.terms.names import Language

COLUMNS = (
    "hour", "number", "subject", "language", "edition", "wrong", "correct", "seen",
    "received_at", "closed_at",
)  # fmt: skip

Row: TypeAlias = tuple[str, int, str, str, str, str, str, str, int, int | None]


def number_of(
    bounds: Bounds, subjects: Iterable[tuple[str, int]], subject: str, waiting: int
) -> int:
    """Give the number of the next report of an hour, 0 if a bound is reached.

    ``subjects`` are (subject, number) of the reports of that hour so far.
    """
    taken = list(subjects)
    full = (
        len(taken) >= bounds.in_an_hour
        or sum(one == subject for one, _ in taken) >= bounds.of_one_in_an_hour
        or waiting >= bounds.waiting
    )
    return 0 if full else 1 + max((number for _, number in taken), default=0)


def report_row(report: Report, number: int) -> Row:
    """Write a report under a number of its hour."""
    return (
        hour_of(report.received_at),
        number,
        report.subject,
        report.language,
        report.edition,
        report.wrong,
        report.right,
        report.seen,
        micros(report.received_at),
        micros(report.closed_at) if report.closed_at else None,
    )


def report_of(row: Row) -> Report:
    """Read a report."""
    hour, number, subject, language, edition, wrong, correct, seen, received_at, closed_at = row
    return Report(
        reference=reference_of(hour, number),
        subject=subject,
        wrong=wrong,
        right=correct,
        seen=seen,
        language=Language(language),
        edition=edition,
        received_at=moment(received_at),
        closed_at=None if closed_at is None else moment(closed_at),
    )
