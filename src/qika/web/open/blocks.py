"""Data blocks of pages: JSON-LD that a reader's browser neither runs nor shows."""

import msgspec

from qika.activation.decide import day_of
from qika.terms.names import IssuerCode, Language
from qika.web.api.answers import PlanAnswer, PointsAnswer
from qika.web.api.plans import Found, find_plan, plan_in_words, points_of
from qika.web.api.requests import PlanQuery
from qika.web.frames import encode
from qika.web.open import schema_org
from qika.web.site import Site

PLACES_ON_A_PAGE = 10

_SAFE = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))
"""No text can end the element it stands in: HTML sees neither a tag nor a reference."""


def region_block(site: Site, plan: PlanAnswer, language: Language, path: str) -> str:
    """Give the block of a page about a region or of a plan; ``path`` is the page about the region.

    Goes to ``Page.render`` as ``linked``.
    """
    address = site.origin + path
    nodes = [schema_org.service(site, plan, language, address)]
    return _block([*nodes, *schema_org.first_how_to(plan, language, address)])


def block_about(site: Site, code: IssuerCode, language: Language, path: str) -> str:
    """Give the same of a region by its code; ``path`` is the page about it."""
    found = find_plan(site, PlanQuery(region=code), language, pointed=False)
    if not isinstance(found, Found):
        return ""
    plan = plan_in_words(site, found)
    options = [
        one if n else msgspec.structs.replace(one, points=points_of(site, found, one.channel))
        for n, one in enumerate(plan.options)  # a block has places for the first channel alone
    ]
    return region_block(site, msgspec.structs.replace(plan, options=options), language, path)


def points_block(site: Site, found: PointsAnswer, language: Language) -> str:
    """Give the block of a page that lists points."""
    today = day_of(site.office.clock())
    places = [
        schema_org.place(site, one, language, today) for one in found.items[:PLACES_ON_A_PAGE]
    ]
    return _block([schema_org.listed(list(schema_org.in_order(places)))]) if places else ""


def _block(nodes: list[schema_org.Node]) -> str:
    text = encode(schema_org.graph(nodes)).decode()
    for sign, written in _SAFE:
        text = text.replace(sign, written)
    return text
