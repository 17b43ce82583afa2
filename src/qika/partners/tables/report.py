"""Reports of an import: a line for each row in a CSV file, and a summary for people."""

import csv
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from qika.operations.importing.verdicts import ImportReport, Reason, Remark, RowVerdict, Verdict
from qika.partners import tables
from qika.partners.tables.faults import TableError
from qika.terms.names import Language

COLUMNS = ("line", "verdict", "row", "reasons", "remarks", "remedy")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ReportWords:
    """The words of reports in one language."""

    verdicts: dict[Verdict, str]
    reasons: dict[Reason, str]
    remedies: dict[Reason, str]
    remarks: dict[Remark, str]
    faults: dict[str, str]
    report: dict[str, str]


@cache
def report_words(language: Language) -> ReportWords:
    """Give the packaged words; raises KeyError if a verdict, reason or remark has none."""
    text = (files(tables) / "words.toml").read_text("utf-8")
    words = cast("dict[str, dict[str, dict[str, str]]]", tomllib.loads(text))
    return ReportWords(
        verdicts={one: words["verdict"][one][language] for one in Verdict},
        reasons={one: words["reason"][one][language] for one in Reason},
        remedies={one: words["reason"][one][f"do_{language}"] for one in Reason},
        remarks={one: words["remark"][one][language] for one in Remark},
        faults={fault: said[language] for fault, said in words["fault"].items()},
        report={part: said[language] for part, said in words["report"].items()},
    )


def explain(error: TableError, language: Language) -> str:
    """Say what is wrong with a file and what to do."""
    said = report_words(language).faults[error.fault]
    return said.format(file=error.file, **error.details)


class VerdictFile:
    """The report of a run, row by row, as CSV that spreadsheets open; ready when it is closed.

    It holds no name and no identity number: a card shows as issuer and last three characters.
    Until the run has ended well the file stands under the name with ``.part``.
    """

    def __init__(self, path: Path, language: Language) -> None:
        """Begin the file; raises OSError if its folder does not take it."""
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._words = report_words(language)
        self._file = self._part.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(COLUMNS)

    def __enter__(self) -> Self:
        """Give the sink itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; give it its name if nothing went wrong."""
        self._file.close()
        if error is None:
            self._part.replace(self._path)

    def write(self, verdicts: Sequence[RowVerdict]) -> None:
        """Write a line for each row."""
        remedies = self._words.remedies
        self._rows.writerows(
            (
                row.line,
                row.verdict,
                harmless(row.label),
                " ".join(row.reasons),
                " ".join(row.remarks),
                "; ".join([remedies[reason] for reason in row.reasons]) if row.reasons else "",
            )
            for row in verdicts
        )


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def render_report(report: ImportReport, language: Language) -> str:
    """Give the summary of a run: what became of the rows, why, and what to do."""
    words = report_words(language)
    said = words.report
    lines = [said["title"].format(table=report.table, rows=report.rows)]
    if report.dry_run:
        lines.append(said["dry_run"])
    elif not report.changed:
        lines.append(said["nothing_new"])
    lines += _counted((words.verdicts[one], count) for one, count in report.verdicts.items())
    if report.reasons:
        lines.append(said["why"])
        for reason, count in sorted(report.reasons.items(), key=lambda pair: -pair[1]):
            lines.append(f"  {count:>9,}  {words.reasons[reason]} [{reason}]")
            lines.append(f"             -> {words.remedies[reason]}")
    if report.remarks:
        lines.append(said["remarks"])
        ordered = sorted(report.remarks.items(), key=lambda pair: -pair[1])
        lines += _counted((f"{words.remarks[one]} [{one}]", count) for one, count in ordered)
    if report.rows_of_kind:
        lines.append(said["kinds"])
        lines += _counted(sorted(report.rows_of_kind.items()))
        lines.append(said["hours"].format(read=report.hours_read, unread=report.hours_unread))
    return "\n".join(lines)


def _counted(pairs: Iterable[tuple[str, int]]) -> list[str]:
    return [f"  {count:>9,}  {name}" for name, count in pairs if count]
