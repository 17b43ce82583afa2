"""Every page there is, taken from the routes themselves, so that none can be forgotten."""

import re
from functools import cache

from qika.rulebook.book import parse_rulebook
from qika.terms.names import Language
from qika.web.api.card_status import Tries
from qika.web.app import build_app
from qika.web.pages.page import PAGES
from qika.web.pages.routes import routes
from qika.web.shelf import Shelf

from tests.conftest import BANKS, minimal_texts
from tests.journeys.example_site import Visitor, example_site

FILLED = {
    "region": "990000",
    "province": "440000",
    "issuer": "990000",
    "name": "services",
    "identifier": "none",
    "part": "pages",  # open data
}
"""What stands in place of a ``{name}`` in a path; a page with another name adds it here."""

MORE = (
    f"{PAGES}/990000?collected_on=2026-03&near=31,111&card_bank=105",
    f"{PAGES}/990000?collected_on=2025-01-05&who=agent",
    f"{PAGES}/440300?who=agent&collected_on=2026-01-05",
    f"{PAGES}/440300?who=guardian",
    f"{PAGES}/810000",
    f"{PAGES}?region=&year=20",
    f"{PAGES}?region=朝阳",
    "/points?place=31,111",
    "/points?place=990101&open=now",
    "/points?place=Atlantis",
    "/no-such-page",
)
"""Other states of pages, below the language: answered, refused, not found."""


@cache
def addresses() -> tuple[str, ...]:
    """Give the address of every page in both languages, from the routes and from ``MORE``."""
    site = example_site(parse_rulebook(minimal_texts(), BANKS))
    paths = [_filled(one.path) for one in routes(site, Tries(), Shelf(site)) if _by_get(one)]
    more = [f"/{language}{one}" for language in Language for one in MORE]
    visitor = Visitor(build_app(site))
    listed = dict.fromkeys([*paths, *more])
    return tuple(one for one in listed if _is_page(visitor, one))


def _by_get(route: object) -> bool:
    return "GET" in route.methods and not route.path.startswith("/static/")


def _filled(path: str) -> str:
    """Fill the parameters of a path; KeyError names one that has no example yet."""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: FILLED[found[1]], path)


def _is_page(visitor: Visitor, address: str) -> bool:
    return visitor.get(address).headers["content-type"].startswith("text/html")
