"""Region pages: what holds in a division for everybody, and what nobody published there."""

from collections.abc import Mapping
from datetime import date

from starlette.responses import Response

from qika.activation.decide import day_of
from qika.rulebook.book import Rules
from qika.terms.names import IssuerCode, SourceId
from qika.web.api import wording
from qika.web.api.places import authority, hotline
from qika.web.kept import Memory
from qika.web.open.blocks import block_about
from qika.web.pages import plan
from qika.web.pages.page import PAGES, Page
from qika.web.pages.question import CARRIED
from qika.web.pages.standing import Standing, standing
from qika.web.pages.steps import Step
from qika.web.pages.values import Origin, Teller
from qika.web.site import Resolution

ASKING = frozenset({*CARRIED, "year", "month", "day"})
"""Fields in the address of a question: with any of them it is the plan that is asked for."""
_parts: Memory[tuple[str, str, Mapping[Origin, int]]] = Memory(1_024)
"""Some ten kilobytes each; one for each set of rules and language."""

DOUBT = "X"
"""The grade of a remark on what sources contradict."""


async def region(page: Page) -> Response:
    """Show what holds in a region; a question in the address is answered with a plan."""
    found = page.site.regions.resolve(page.request.path_params["region"])
    asked = not ASKING.isdisjoint(page.request.query_params)
    if asked or found.code is None or not page.site.regions.covered(found.code):
        return await plan.plan(page)
    return _region(page, found.code, found)


def _region(page: Page, code: IssuerCode, found: Resolution) -> Response:
    rules, regions, spoken = rules_now(page, code), page.site.regions, page.language
    held, known, counts = _parts.get((rules, own(page, code), spoken), lambda: _made(page, rules))
    return page.render(
        "region.html.j2",
        code=code,
        name=regions.name(code, spoken),
        above=regions.path(code, spoken)[:-1],
        below=regions.below(code, spoken),
        renamed_from=found.renamed_from,
        fictitious=is_fictitious(page, rules),
        authority=authority(regions, rules, code, spoken),
        counts=counts,
        held=held,
        known=known,
        on=today(page),
        ask=page.link(f"{PAGES}/{code}/question/{Step.BANK}"),
        place=page.link(f"{PAGES}/{code}"),
        linked=block_about(page.site, code, spoken, f"/{spoken}{PAGES}/{code}"),
    )


def _made(page: Page, rules: Rules) -> tuple[str, str, Mapping[Origin, int]]:
    """Render what depends on the rules alone: what holds, and what is known and not."""
    spoken, book = page.language, page.site.office.rulings.book
    here = standing(Teller(page.site, rules, spoken))
    remarks = wording.notes(rules, book.notes_for(rules.chain), spoken)
    cites = [source.id for source in here.sources]
    cites += [cite for one in remarks for cite in one.source_ids]
    sources = wording.sources(book, [SourceId(cite) for cite in dict.fromkeys(cites)])
    said = {
        "here": here,
        "remarks": remarks,
        "doubt": DOUBT,
        "sources": sources,
        "numbers": {one.id: number for number, one in enumerate(sources, 1)},
        "hotline": hotline(rules),
        "rule_version": rules.edition,
        "standings": list(Standing),
    }
    held, known = (
        page.part("region_held.html.j2", **said),
        page.part("region_known.html.j2", **said),
    )
    return held, known, here.counts


def own(page: Page, code: IssuerCode) -> IssuerCode | None:
    """Give the issuer if it has rules of its own: others tell apart nothing but their names."""
    return code if code in page.site.office.rulings.book.issuers else None


def today(page: Page) -> date:
    """Give the day in China."""
    return day_of(page.site.office.clock())


def rules_now(page: Page, code: IssuerCode) -> Rules:
    """Give the rules in force today."""
    return page.site.office.rulings.on(code, today(page))


def is_fictitious(page: Page, rules: Rules) -> bool:
    """Tell a made-up region, and what lies in one."""
    issuers = page.site.office.rulings.book.issuers
    return any(one in issuers and issuers[one].fictitious for one in rules.chain)
