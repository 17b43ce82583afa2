"""Which pages there are: one row each; add a page by adding its row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from starlette.routing import BaseRoute

from qika.terms.names import Language
from qika.web.api.card_status import Tries
from qika.web.gate import Cost
from qika.web.open.routes import open_routes
from qika.web.pages import (
    about,
    ask,
    browse,
    card_status,
    embed,
    employers,
    finder,
    online,
    plan,
    problems,
    regions,
    report,
    results,
    rules,
    start,
)
from qika.web.pages.assets import static_routes
from qika.web.pages.page import LANGUAGE_ALONE, PAGES, View, route
from qika.web.pages.take_along import calendar, letter, share, text
from qika.web.porter import Porter
from qika.web.shelf import Shelf
from qika.web.site import Door, Site


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page of each language: where it is, who makes it, whether its answer may be kept."""

    path: str
    """Below the language, e.g. ``/points``; may hold Starlette's ``{name}`` parameters."""
    view: View
    kept: bool = True
    """False for what is made for one visitor; see ``web/shelf.py`` for what is kept anyway."""
    lasting: bool = False
    """True if without a query nothing on it depends on the minute (no "open now"): then caches
    may hold it for minutes, and serve it while nobody here answers."""
    methods: tuple[str, ...] = ("GET",)
    cost: Cost | None = None
    """How dear it is to make, whatever is asked: ``Cost.PAPER`` for what is set and printed."""


PUBLIC = (
    PageRow("", start.start, lasting=True),
    PageRow(PAGES, ask.ask, lasting=True),
    PageRow(f"{PAGES}/{{region}}", regions.region, lasting=True),
    PageRow(f"{PAGES}/{{region}}/results", results.results),
    PageRow(f"{PAGES}/{{region}}/plan", plan.plan),
    PageRow(f"{PAGES}/{{region}}/rules", rules.rules, lasting=True),
    PageRow(f"{PAGES}/{{region}}/rules/{{parameter}}", rules.rule, lasting=True),
    PageRow("/regions", browse.provinces, lasting=True),
    PageRow("/regions/{province}", browse.divisions, lasting=True),
    PageRow("/status-words", about.status_words, lasting=True),
    PageRow("/legal-basis", about.legal_basis, lasting=True),
    PageRow("/sources", about.sources, lasting=True),
    PageRow("/sources/{file}", about.sources_of_file, lasting=True),
    PageRow("/accessibility", about.accessibility, lasting=True),
    PageRow("/employers", employers.employers, kept=False),
    PageRow(f"{PAGES}/{{region}}/question/{{name}}", ask.question, kept=False),
    PageRow(f"{PAGES}/{{region}}/plan.txt", text.plain_text),
    PageRow(f"{PAGES}/{{region}}/plan/share", share.share, kept=False),
    PageRow(f"{PAGES}/{{region}}/code.svg", share.code),
    PageRow(f"{PAGES}/{{region}}/plan.ics", calendar.event, kept=False),
    PageRow(f"{PAGES}/{{region}}/feed.ics", calendar.feed, kept=False),
    PageRow(online.PLACE, online.offer, lasting=True),
    PageRow("/power-of-attorney", letter.letter, kept=False, methods=("GET", "POST")),
    PageRow("/power-of-attorney.pdf", letter.blank, kept=False, cost=Cost.PAPER),
    PageRow("/points", finder.points, lasting=True),
    PageRow("/job-board", embed.job_board, lasting=True),
    PageRow("/problems", problems.problems, lasting=True),
)
"""What anyone may read."""

REPORT = PageRow("/report", report.report, kept=False, methods=("GET", "POST"))
"""What anyone may write to."""


def routes(site: Site, tries: Tries, shelf: Shelf, porter: Porter | None = None) -> list[BaseRoute]:
    """Give the routes of all pages that this process's doors allow."""
    porter = porter or Porter(site)
    pages: list[BaseRoute] = [*static_routes()]
    if Door.PUBLIC in site.doors:
        plain = [row.path for row in PUBLIC if "{" not in row.path]
        pages += open_routes(site, plain, porter)
        pages += [
            route(site, "/", start.start, shelf=shelf, lasting=LANGUAGE_ALONE, porter=porter),
            route(site, "/embed", embed.embed, shelf=shelf, lasting=embed.FIELDS, porter=porter),
            *_placed(site, PUBLIC, shelf, porter),
            *_placed(site, (REPORT,) if site.reports is not None else (), shelf, porter),
        ]
    if Door.PARTNER in site.doors:
        asked = partial(card_status.card_status, tries=tries)
        row = PageRow("/card-status", asked, kept=False, methods=("GET", "POST"))
        pages += _placed(site, (row,), shelf, porter)
        online_here = site.online is not None and site.online.desk is not None
        pages += _placed(site, _online(tries) if online_here else (), shelf, porter)
    return pages


def _online(tries: Tries) -> Iterator[PageRow]:
    """Give the pages that a card is enabled by online, where a provider of identity checks is set.

    They need the keys of cards, so they stand at the partners' door; ``online.PLACE`` does not.
    """
    begin = partial(online.card, tries=tries, begun=Tries())
    back, both = partial(online.back, tries=Tries()), ("GET", "POST")
    place = online.PLACE
    yield PageRow(f"{place}/{online.CARD}", begin, kept=False, methods=both, cost=Cost.WAITING)
    yield PageRow(f"{place}/{online.CHECK}", online.check, kept=False)
    yield PageRow(f"{place}/{online.PICTURE}", online.picture, kept=False, cost=Cost.PLAN)
    yield PageRow(f"{place}/{online.RETURN}", back, kept=False, methods=both, cost=Cost.WAITING)


def _placed(
    site: Site, rows: Iterable[PageRow], shelf: Shelf, porter: Porter
) -> Iterator[BaseRoute]:
    """Put each page at its path in each language."""
    for row in rows:
        for language in Language:
            kept = shelf if row.kept else None
            path = f"/{language}{row.path}"
            lasting = LANGUAGE_ALONE if row.lasting else None
            yield route(
                site, path, row.view, row.methods, kept,
                lasting=lasting, porter=porter, cost=row.cost,
            )  # fmt: skip
