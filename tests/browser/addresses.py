"""Every page there is, taken from the routes themselves, so that none can be forgotten."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

from qika.operations.online import Desk
from qika.rulebook.book import parse_rulebook
from qika.terms.names import Language
from qika.web.api.card_status import Tries
from qika.web.app import build_app
from qika.web.pages.page import PAGES
from qika.web.pages.routes import routes
from qika.web.pages.steps import EVERYWHERE, Step
from qika.web.shelf import Shelf
from qika.web.site import Online

from tests.conftest import BANKS, minimal_texts
from tests.doubles import NothingCarried, UnusedCheck
from tests.journeys.example_site import Visitor, example_site

FILLED = {
    "region": ("990000",),
    "name": (*EVERYWHERE[1:], Step.MADE),
    "province": ("440000",),
    "part": ("pages",),
    "file": ("national", "990000"),
    "parameter": ("deadline", "documents"),
}
"""What stands in place of a parameter of a path; a page with another parameter adds it here."""

MORE = (
    f"{PAGES}/990000?collected_on=2026-03&near=31,111&card_bank=105",
    f"{PAGES}/990000?collected_on=2025-01-05&who=agent",
    f"{PAGES}/440300?who=agent&collected_on=2026-01-05",
    f"{PAGES}/440300?who=guardian",
    f"{PAGES}/810000",
    f"{PAGES}/440300/online",
    f"{PAGES}/230000/online",
    f"{PAGES}/990000/results?collected_on=2026-03-05&near=30,120&card_bank=102",
    f"{PAGES}/990000/results?collected_on=2025-01-05&near=30,120",
    f"{PAGES}/990000/results?who=homebound&near=30,120&card_bank=102",
    f"{PAGES}/990000/results?who=agent&near=310000&open=now",
    f"{PAGES}/990000/results?collected=no&made_on=2026-03&near=30,120",
    f"{PAGES}/990000/plan?collected_on=2026-03-05&near=30,120&card_bank=102",
    f"{PAGES}/990000/plan?collected_on=2025-01-05&who=homebound&near=30,120",
    f"{PAGES}/440300/results?collected=no&card_bank=None+Such",
    f"{PAGES}?region=&year=20",
    f"{PAGES}/440300/question/bank?go=next&bank_name=None+Such&who=agent",
    f"{PAGES}/440300/question/collected?go=next&year=2026&day=4&collected=no&card_bank=102",
    f"{PAGES}/990000/question/made?go=next&made=unsure&made_year=2026&made_month=3&collected=no",
    f"{PAGES}/440300/question/who?go=next&collected_on=2026-03&near=31,111&application=both",
    f"{PAGES}/990000/question/near?go=next&near=朝阳&who=guardian",
    f"{PAGES}?region=朝阳",
    "/points?place=31,111",
    "/points?place=990101&open=now",
    "/points?place=Atlantis",
    "/power-of-attorney?region=990000",
    "/power-of-attorney?region=440300&card_bank=102",
    "/power-of-attorney?region=",
    "/no-such-page",
)
"""Other states of pages, below the language: answered, refused, not found."""


@cache
def addresses() -> tuple[str, ...]:
    """Give the address of every page in both languages, from the routes and from ``MORE``."""
    more = [f"/{language}{one}" for language in Language for one in MORE]
    return tuple(dict.fromkeys([*of_routes(), *more]))


@cache
def of_routes() -> tuple[str, ...]:
    """Give an address of every route that is a page, several where its parameters have them."""
    return tuple(way for pattern in patterns() for way in _ways(pattern))


@cache
def patterns() -> tuple[str, ...]:
    """Give the path of every route that is a page, its parameters still to be filled."""
    site = example_site(parse_rulebook(minimal_texts(), BANKS))
    desk = Desk(site.office, UnusedCheck(), NothingCarried(), site.submit)
    site = replace(site, online=Online(desk))
    visitor = Visitor(build_app(site))
    paths = [one.path for one in routes(site, Tries(), Shelf(site)) if _by_get(one)]
    return tuple(one for one in paths if all(_is_page(visitor, way) for way in _ways(one)))


def _by_get(route: object) -> bool:
    return "GET" in route.methods and not route.path.startswith(("/static/", "/open/"))


def _ways(path: str) -> Iterator[str]:
    """Fill the parameters of a path; KeyError names one that has no example yet."""
    names = re.findall(r"{(\w+)(?::\w+)?}", path)
    for values in product(*(FILLED[name] for name in names)):
        filled = iter(values)
        yield re.sub(r"{[^}]*}", lambda _, filled=filled: next(filled), path)


def _is_page(visitor: Visitor, address: str) -> bool:
    return visitor.get(address).headers.get("content-type", "").startswith("text/html")
