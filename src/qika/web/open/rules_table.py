"""Every value of the rulebook with its place, day, basis and sources, as JSON and as CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from qika.terms.names import IssuerCode, Language, SourceId
from qika.web.api import wording
from qika.web.api.answers import RuleAnswer, SourceAnswer
from qika.web.frames import encode
from qika.web.open.licences import RULES
from qika.web.site import Site

DIMENSIONS = ("channel", "application", "who", "clock", "bank")
COLUMNS = (
    "issuer", "issuer_name", "parameter", "name", *DIMENSIONS, "value", "text", "since", "basis",
    "grade", "note", "sources", "source_titles", "source_articles", "source_dates",
    "source_addresses",
)  # fmt: skip


class RuleRow(Struct, frozen=True):
    """A value, and whose it is."""

    issuer: str
    issuer_name: str
    rule: RuleAnswer


class RulesTable(Struct, frozen=True):
    """All rules of an edition, or those of one issuer."""

    edition: str
    as_of: date
    licence: str
    rules: list[RuleRow]
    sources: list[SourceAnswer]


def as_json(site: Site, language: Language, on: date, issuer: str | None = None) -> bytes | None:
    """Give the rules as JSON; None for an issuer without rules of its own."""
    rows = _rows(site, language, issuer)
    if not rows:
        return None
    book = site.office.rulings.book
    cites = dict.fromkeys(cite for row in rows for cite in row.rule.source_ids)
    sources = wording.sources(book, [cite for cite in book.sources if cite in cites])
    return encode(RulesTable(book.edition, on, RULES, rows, sources))


def as_csv(site: Site, language: Language, issuer: str | None = None) -> bytes | None:
    """Give the rules as CSV (RFC 4180, UTF-8 with a mark, as spreadsheets want it)."""
    rows = _rows(site, language, issuer)
    if not rows:
        return None
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(COLUMNS)
    table.writerows(_cells(site, row) for row in rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def _rows(site: Site, language: Language, issuer: str | None) -> list[RuleRow]:
    book = site.office.rulings.book
    return [
        RuleRow(
            rule.issuer,
            _name(site, rule.issuer, language),
            wording.rule_in_words(rule, book, site.banks, language),
        )
        for rule in book.rules
        if issuer is None or rule.issuer == issuer
    ]


def _name(site: Site, issuer: IssuerCode, language: Language) -> str:
    profile = site.office.rulings.book.issuers.get(issuer)
    return profile.name.in_language(language) if profile else issuer


def _cells(site: Site, row: RuleRow) -> list[str]:
    rule, book = row.rule, site.office.rulings.book
    cites = wording.sources(book, [SourceId(cite) for cite in rule.source_ids])
    value = " ".join(rule.value) if isinstance(rule.value, list) else str(rule.value)
    return [
        *(row.issuer, row.issuer_name, rule.parameter, rule.name),
        *(rule.applies_to.get(name, "") for name in DIMENSIONS),
        *(value, rule.text, str(rule.since or ""), rule.basis, rule.grade, rule.note or ""),
        " ".join(rule.source_ids),
        *("\n".join(part) for part in _of_sources(cites)),
    ]


def _of_sources(cites: list[SourceAnswer]) -> Iterator[list[str]]:
    yield [one.title for one in cites]
    yield [one.article for one in cites]
    yield [one.dated for one in cites]
    yield [one.url for one in cites]
