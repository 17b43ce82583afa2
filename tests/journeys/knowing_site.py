"""A site that knows every division, every bank and the whole packaged rulebook; no cards."""

from dataclasses import replace
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from qika.operations.rulings import Rulings
from qika.rulebook.book import Rulebook
from qika.terms.names import Language
from qika.web.pages.page import Page, View
from qika.web.site import Site
from qika.wiring import banks, gazetteer, packaged_texts, parse_rules
from qika.wiring.places import Places

from tests.journeys.example_site import example_site


@cache
def whole_book() -> Rulebook:
    """The rulebook as it is packaged."""
    return parse_rules(packaged_texts())


@cache
def knowing_site() -> Site:
    """The packaged rules over the real divisions and banks, with the example's points."""
    site = example_site(whole_book(), regions=Places(gazetteer()), banks=banks())
    return replace(
        site, office=replace(site.office, rulings=Rulings(whole_book(), gazetteer().chain))
    )


def rendered(
    view: View, path: str, query: str = "", *, site: Site | None = None, **parts: str
) -> Response:
    """Render a page that waits for nothing; ``parts`` are the parameters of its path."""
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": query.encode(),
        "headers": [], "path_params": parts,
    }  # fmt: skip
    page = Page(Request(scope), site or knowing_site(), Language(path[1:3]))
    try:
        view(page).send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the page waits for something")
