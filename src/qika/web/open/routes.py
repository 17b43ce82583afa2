"""Which open answers there are: one row each, read by anyone, kept by any cache."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from qika.terms.names import Language
from qika.web.open import sitemap
from qika.web.pages.page import spoken_of
from qika.web.problems import ProblemCode, ProblemError
from qika.web.sent import NO_STORE, Header, problem_sent, response_of, sent_of
from qika.web.shelf import Shelf
from qika.web.site import Site

ANY_SITE: Header = (b"access-control-allow-origin", b"*")
"""Scripts of other sites may read what is open."""

XML, TEXT = "application/xml", "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call for something open."""

    site: Site
    language: Language
    path: Mapping[str, str]
    """The parameters in the path."""
    query: Mapping[str, str]

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


def open_routes(site: Site, shelf: Shelf, pages: Sequence[str]) -> list[BaseRoute]:
    """Give the routes of everything open; ``pages``: paths below the language, for the sitemap."""
    return [
        Route(row.path, _serving(site, shelf, row), methods=["GET"])
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
    )


def _serving(site: Site, shelf: Shelf, row: OpenRow) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        said, query, spoken = request.scope, request.query_params, spoken_of(request)
        headers = dict(said["headers"])
        place = shelf.place(said["path"], said["query_string"], headers)
        try:
            body = row.view(Asked(site, spoken, request.path_params, query))
        except ProblemError as error:
            return response_of(problem_sent(error, spoken))
        response = Response(body, media_type=row.kind)
        response.raw_headers += [ANY_SITE, NO_STORE, (b"vary", b"Accept-Language")]
        if place is None:
            return response
        return response_of(shelf.keep(place, sent_of(response), query, headers))

    return serve
