"""Every value of the rulebook with its place, day, basis and sources, as JSON and as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from qika.rulebook.model import Rule
from qika.terms.names import IssuerCode, Language, SourceId
from qika.web.api import wording
from qika.web.api.answers import RuleAnswer, SourceAnswer
from qika.web.frames import GAP
from qika.web.open.licences import RULES
from qika.web.open.parts import RECORDS_A_PART, in_parts, some_at_a_time
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


def as_json(
    site: Site, language: Language, on: date, issuer: str | None = None
) -> Iterator[bytes] | None:
    """Give the rules as JSON; None for an issuer without rules of its own."""
    book, rules = site.office.rulings.book, _rules(site, issuer)
    if not rules:
        return None
    cited = {cite for rule in rules for cite in rule.cites}
    head = {
        "edition": book.edition, "as_of": on, "licence": RULES, "rules": GAP, "sources": GAP,
    }  # fmt: skip
    sources = (
        one for cite in book.sources if cite in cited for one in wording.sources(book, [cite])
    )
    return in_parts(head, (_row(site, rule, language) for rule in rules), sources)


def as_csv(site: Site, language: Language, issuer: str | None = None) -> Iterator[bytes] | None:
    """Give the rules as CSV (RFC 4180, UTF-8 with a mark, as spreadsheets want it)."""
    rules = _rules(site, issuer)
    return _table(site, rules, language) if rules else None


def _table(site: Site, rules: Sequence[Rule], language: Language) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _lines([COLUMNS])
    for some in some_at_a_time(rules, RECORDS_A_PART):
        yield _lines(_cells(site, _row(site, rule, language)) for rule in some)


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _rules(site: Site, issuer: str | None) -> tuple[Rule, ...]:
    rules = site.office.rulings.book.rules
    return rules if issuer is None else tuple(one for one in rules if one.issuer == issuer)


def _row(site: Site, rule: Rule, language: Language) -> RuleRow:
    said = wording.rule_in_words(rule, site.office.rulings.book, site.banks, language)
    return RuleRow(rule.issuer, _name(site, rule.issuer, language), said)


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
