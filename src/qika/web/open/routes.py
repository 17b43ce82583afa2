"""Which open answers there are: one row each, read by anyone, kept by any cache."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from qika.activation.decide import day_of
from qika.terms.names import Language
from qika.web.gate import Cost
from qika.web.open import hsds_api, index, rules_table, sitemap
from qika.web.open.catalogue import Catalogue, catalogue_of
from qika.web.pages.page import spoken_of
from qika.web.porter import Porter, peer_of
from qika.web.problems import ProblemCode, ProblemError
from qika.web.sent import NO_STORE, Header, problem_sent, response_of, sent_of
from qika.web.shelf import Shelf
from qika.web.site import Site

ANY_SITE: Header = (b"access-control-allow-origin", b"*")
"""Scripts of other sites may read what is open."""

XML, TEXT = "application/xml", "text/plain; charset=utf-8"
JSON, LINKED, CSV = "application/json", "application/ld+json", "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call for something open."""

    site: Site
    language: Language
    path: Mapping[str, str]
    """The parameters in the path."""
    query: Mapping[str, str]

    @property
    def catalogue(self) -> Catalogue:
        """The services that there are, in the language asked for."""
        return catalogue_of(self.site, self.language)

    def rules_as_json(self, issuer: str | None) -> bytes | None:
        """Give the rules of an issuer, or all."""
        today = day_of(self.site.office.clock())
        return rules_table.as_json(self.site, self.language, today, issuer)

    def rules_as_csv(self, issuer: str | None) -> bytes | None:
        """Give the same as a table."""
        return rules_table.as_csv(self.site, self.language, issuer)

    def found(self, body: bytes | None) -> bytes:
        """Give what was found; raises ProblemError (404) for None."""
        if body is None:
            raise ProblemError(ProblemCode.NOT_FOUND)
        return body


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open answer: where it is, of which media type, who makes it."""

    path: str
    kind: str
    view: Callable[[Asked], bytes]
    wants_origin: bool = False
    """True if it is nothing without whole addresses."""


def open_routes(site: Site, shelf: Shelf, pages: Sequence[str], porter: Porter) -> list[BaseRoute]:
    """Give the routes of everything open; ``pages``: paths below the language, for the sitemap."""
    return [
        Route(row.path, _serving(site, shelf, row, porter), methods=["GET"])
        for row in _rows(pages)
        if site.origin or not row.wants_origin
    ]


def _rows(pages: Sequence[str]) -> tuple[OpenRow, ...]:
    return (
        OpenRow("/robots.txt", TEXT, lambda asked: sitemap.robots(asked.site), wants_origin=True),
        OpenRow("/sitemap.xml", XML, lambda asked: sitemap.index(asked.site), wants_origin=True),
        OpenRow(
            sitemap.PARTS,
            XML,
            lambda asked: asked.found(sitemap.part(asked.site, asked.path["part"], pages)),
            wants_origin=True,
        ),
        *_EXPORTS,
    )


_EXPORTS = (
    OpenRow("/open", LINKED, lambda asked: index.catalogue_node(asked.catalogue)),
    OpenRow("/open/hsds", JSON, lambda _: hsds_api.about()),
    OpenRow(
        "/open/hsds/{name}",
        JSON,
        lambda asked: asked.found(hsds_api.page(asked.catalogue, asked.path["name"], asked.query)),
    ),
    OpenRow(
        "/open/hsds/{name}/{identifier}",
        JSON,
        lambda asked: asked.found(
            hsds_api.single(asked.catalogue, asked.path["name"], asked.path["identifier"])
        ),
    ),
    OpenRow("/open/cpsv-ap", LINKED, lambda asked: index.services_by(asked.catalogue, "cpsv-ap")),
    OpenRow(
        "/open/cpsv-ap/{issuer}",
        LINKED,
        lambda asked: asked.found(index.cpsv_document(asked.catalogue, asked.path["issuer"])),
    ),
    OpenRow(
        "/open/schema.org", LINKED, lambda asked: index.services_by(asked.catalogue, "schema.org")
    ),
    OpenRow(
        "/open/schema.org/points",
        LINKED,
        lambda asked: hsds_api.points_page(asked.catalogue, asked.query),
    ),
    OpenRow(
        "/open/schema.org/{issuer}",
        LINKED,
        lambda asked: asked.found(index.schema_org_document(asked.catalogue, asked.path["issuer"])),
    ),
    OpenRow("/open/rules.json", JSON, lambda asked: asked.found(asked.rules_as_json(None))),
    OpenRow("/open/rules.csv", CSV, lambda asked: asked.found(asked.rules_as_csv(None))),
    OpenRow(
        "/open/rules/{issuer}.json",
        JSON,
        lambda asked: asked.found(asked.rules_as_json(asked.path["issuer"])),
    ),
    OpenRow(
        "/open/rules/{issuer}.csv",
        CSV,
        lambda asked: asked.found(asked.rules_as_csv(asked.path["issuer"])),
    ),
)
"""What of services, points and rules anyone may take away."""


def _serving(
    site: Site, shelf: Shelf, row: OpenRow, porter: Porter
) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        said, query, spoken = request.scope, request.query_params, spoken_of(request)
        headers = dict(said["headers"])
        place = shelf.place(said["path"], said["query_string"], headers)
        try:
            with porter.letting_in(peer_of(said), headers, Cost.PLAN):
                body = row.view(Asked(site, spoken, request.path_params, query))
        except ProblemError as error:
            return response_of(problem_sent(error, spoken))
        response = Response(body, media_type=row.kind)
        response.raw_headers += [ANY_SITE, NO_STORE, (b"vary", b"Accept-Language")]
        if place is None:
            return response
        return response_of(shelf.keep(place, sent_of(response), query, headers))

    return serve
