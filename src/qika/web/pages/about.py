"""What the site knows and from where: card states, law, sources, and how well it can be used."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from qika.operations.office import Calendar
from qika.rulebook.book import Rulebook
from qika.rulebook.model import Rule, Source
from qika.rulebook.reading import NATIONAL
from qika.terms.names import ChannelCode, Grade, IssuerCode, SourceId
from qika.web.api import wording
from qika.web.api.answers import SourceAnswer
from qika.web.kept import Memory
from qika.web.pages import knowledge
from qika.web.pages.page import PAGES, Page
from qika.web.pages.regions import today
from qika.web.problems import ProblemCode, ProblemError
from qika.web.speech import SPEECH

NATIONAL_NAME = "national"
"""The file of the rulebook that speaks for the nation."""

CALENDAR_YEARS = 30
"""How far ahead the last published year is looked for."""


@dataclass(frozen=True, slots=True)
class Group:
    """The sources of one file of the rulebook."""

    file: str
    name: str
    count: int
    fictitious: bool


@dataclass(frozen=True, slots=True)
class Use:
    """A source, and what of the rulebook rests on it."""

    source: SourceAnswer
    rules: tuple[tuple[str, str], ...]
    """Name and address of each rule page."""
    notes: int


async def status_words(page: Page) -> Response:
    """Explain the words for card states and how they are misread."""
    held = knowledge.status_words()
    return _cited(page, "status_words.html.j2", held.source, words=held.word)


async def legal_basis(page: Page) -> Response:
    """Say what the Measures hold and what they do not; other documents; regions' own."""
    held = knowledge.law()
    book = page.site.office.rulings.book
    own = [
        (page.site.regions.name(one.issuer, page.language), one, _value(one, page))
        for one in book.rules
        if one.parameter == "legal_basis" and one.issuer != NATIONAL
    ]
    return _cited(page, "legal_basis.html.j2", held.source, law=held, own=own, pages=PAGES)


def _value(rule: Rule, page: Page) -> str:
    book, banks = page.site.office.rulings.book, page.site.banks
    return wording.rule_in_words(rule, book, banks, page.language).text


def _cited(page: Page, template: str, cited: Sequence[knowledge.Cited], **held: object) -> Response:
    sources = knowledge.sources_of(cited)
    numbers = {one.id: number for number, one in enumerate(sources, 1)}
    values: dict[str, object] = {"sources": sources, "numbers": numbers, **held}
    return page.render(template, 200, **values)


async def sources(page: Page) -> Response:
    """List the files of the rulebook with their sources, and the tables besides."""
    book = page.site.office.rulings.book
    groups = _groups(page, book)
    return page.render(
        "sources.html.j2",
        groups=groups,
        grades=Counter(one.grade for one in book.sources.values()),
        every_grade=list(Grade),
        total=len(book.sources),
        sets=knowledge.data_sets().set,
        calendar_until=_published_until(page.site.office.calendar, today(page)),
        rule_version=book.edition,
    )


def _groups(page: Page, book: Rulebook) -> list[Group]:
    files: dict[str, list[Source]] = {}
    for one in book.sources.values():
        files.setdefault(_file_of(one.id), []).append(one)
    return [
        Group(file, _name_of(page, book, file), len(held), _is_fictitious(book, file))
        for file, held in sorted(files.items(), key=lambda pair: _order(book, pair[0]))
    ]


def _order(book: Rulebook, file: str) -> tuple[int, str]:
    """Put the nation first, then the regions by code, then issuers without one, then channels."""
    if file == NATIONAL_NAME:
        return 0, file
    if file in book.channels:
        return 3, file
    return (1 if file.isdigit() else 2), file


def _is_fictitious(book: Rulebook, file: str) -> bool:
    issuer = book.issuers.get(IssuerCode(file))
    return issuer is not None and issuer.fictitious


def _file_of(source: SourceId) -> str:
    return source.partition("/")[0]


def _name_of(page: Page, book: Rulebook, file: str) -> str:
    """Name a file of the rulebook: the nation, a channel, or an issuer."""
    if file == NATIONAL_NAME:
        return SPEECH[page.language].t("whose-national")
    if (channel := book.channels.get(ChannelCode(file))) is not None:
        return channel.name.in_language(page.language)
    return page.site.regions.name(IssuerCode(file), page.language)


def _published_until(calendar: Calendar, day: date) -> int | None:
    """Give the last year whose days off are announced; None if this year's are not."""
    years = range(day.year, day.year + CALENDAR_YEARS)
    published = [year for year in years if not calendar.is_provisional(date(year, 12, 31))]
    return max(published, default=None)


async def sources_of_file(page: Page) -> Response:
    """List the sources of one file of the rulebook and what cites each."""
    book, file = page.site.office.rulings.book, page.request.path_params["file"]
    found = [one for one in book.sources if _file_of(one) == file]
    if not found:
        raise ProblemError(ProblemCode.NOT_FOUND)
    citing, noted = _citing(book)
    uses = [
        Use(
            source=wording.sources(book, [one])[0],
            rules=tuple(dict.fromkeys(_link(page, rule) for rule in citing.get(one, ()))),
            notes=noted[one],
        )
        for one in found
    ]
    name = _name_of(page, book, file)
    return page.render(
        "sources_of_file.html.j2", name=name, uses=uses, fictitious=_is_fictitious(book, file)
    )


_cites: Memory[tuple[Mapping[SourceId, list[Rule]], Counter[SourceId]]] = Memory(4)


def _citing(book: Rulebook) -> tuple[Mapping[SourceId, list[Rule]], Counter[SourceId]]:
    return _cites.get(book, lambda: _made_citing(book))


def _made_citing(book: Rulebook) -> tuple[Mapping[SourceId, list[Rule]], Counter[SourceId]]:
    citing: dict[SourceId, list[Rule]] = {}
    for rule in book.rules:
        for cite in rule.cites:
            citing.setdefault(cite, []).append(rule)
    return citing, Counter(cite for note in book.notes for cite in note.cites)


def _link(page: Page, rule: Rule) -> tuple[str, str]:
    """Name a rule that cites a source, and its page; a national one has none of its own."""
    parameter = page.site.office.rulings.book.vocabulary.parameters[rule.parameter]
    name = parameter.words.in_language(page.language)
    if rule.issuer == NATIONAL:
        return name, ""
    return name, page.link(f"{PAGES}/{rule.issuer}/rules/{rule.parameter}")


async def accessibility(page: Page) -> Response:
    """State what was tested, what is not good enough, and how to complain."""
    held = knowledge.accessibility()
    return page.render("accessibility.html.j2", held=held)
