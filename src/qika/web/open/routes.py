"""Which open answers there are: one row each, read by anyone, kept by any cache."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from qika.activation.decide import day_of
from qika.terms.names import Language
from qika.web.gate import Cost
from qika.web.open import hsds_api, index, rules_table, sitemap
from qika.web.open.catalogue import Catalogue, catalogue_of
from qika.web.open.parts import UnderWay, gathered, packed_in_steps
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

KEPT_BYTES_MAX = 16 << 20
"""Bytes of all kept exports. They stand on a shelf of their own: who takes away every point, page
by page, would else clear the pages that people read from theirs."""

TRIES = 3
"""How often an export is begun anew because rules or points changed while it was made."""


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

    def rules_as_json(self, issuer: str | None) -> Iterator[bytes] | None:
        """Give the rules of an issuer, or all."""
        today = day_of(self.site.office.clock())
        return rules_table.as_json(self.site, self.language, today, issuer)

    def rules_as_csv(self, issuer: str | None) -> Iterator[bytes] | None:
        """Give the same as a table."""
        return rules_table.as_csv(self.site, self.language, issuer)

    def found(self, parts: Iterable[bytes] | None) -> Iterable[bytes]:
        """Give what was found; raises ProblemError (404) for None."""
        if parts is None:
            raise ProblemError(ProblemCode.NOT_FOUND)
        return parts

    def whole(self, body: bytes | None) -> Iterable[bytes]:
        """Give what is made in one go; raises ProblemError (404) for None."""
        return self.found(None if body is None else (body,))


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open answer: where it is, of which media type, who makes it."""

    path: str
    kind: str
    view: Callable[[Asked], Iterable[bytes]]
    """The parts of the body, each made when it is taken."""
    wants_origin: bool = False
    """True if it is nothing without whole addresses."""


def open_routes(site: Site, pages: Sequence[str], porter: Porter) -> list[BaseRoute]:
    """Give the routes of everything open; ``pages``: paths below the language, for the sitemap."""
    counter = _Counter(site, Shelf(site, KEPT_BYTES_MAX), porter)
    return [
        Route(row.path, counter.serving(row), methods=["GET"])
        for row in _rows(pages)
        if site.origin or not row.wants_origin
    ]


def _rows(pages: Sequence[str]) -> tuple[OpenRow, ...]:
    return (
        OpenRow(
            "/robots.txt",
            TEXT,
            lambda asked: asked.whole(sitemap.robots(asked.site)),
            wants_origin=True,
        ),
        OpenRow(
            "/sitemap.xml",
            XML,
            lambda asked: asked.whole(sitemap.index(asked.site)),
            wants_origin=True,
        ),
        OpenRow(
            sitemap.PARTS,
            XML,
            lambda asked: asked.found(sitemap.part(asked.site, asked.path["part"], pages)),
            wants_origin=True,
        ),
        *_EXPORTS,
    )


_EXPORTS = (
    OpenRow("/open", LINKED, lambda asked: asked.whole(index.catalogue_node(asked.catalogue))),
    OpenRow("/open/hsds", JSON, lambda asked: asked.whole(hsds_api.about())),
    OpenRow(
        "/open/hsds/{name}",
        JSON,
        lambda asked: asked.found(hsds_api.page(asked.catalogue, asked.path["name"], asked.query)),
    ),
    OpenRow(
        "/open/hsds/{name}/{identifier}",
        JSON,
        lambda asked: asked.whole(
            hsds_api.single(asked.catalogue, asked.path["name"], asked.path["identifier"])
        ),
    ),
    OpenRow(
        "/open/cpsv-ap",
        LINKED,
        lambda asked: asked.whole(index.services_by(asked.catalogue, "cpsv-ap")),
    ),
    OpenRow(
        "/open/cpsv-ap/{issuer}",
        LINKED,
        lambda asked: asked.whole(index.cpsv_document(asked.catalogue, asked.path["issuer"])),
    ),
    OpenRow(
        "/open/schema.org",
        LINKED,
        lambda asked: asked.whole(index.services_by(asked.catalogue, "schema.org")),
    ),
    OpenRow(
        "/open/schema.org/points",
        LINKED,
        lambda asked: hsds_api.points_page(asked.catalogue, asked.query),
    ),
    OpenRow(
        "/open/schema.org/{issuer}",
        LINKED,
        lambda asked: asked.whole(index.schema_org_document(asked.catalogue, asked.path["issuer"])),
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


class _Counter:
    """Hands out what is open: kept, or made part by part while everybody else is answered."""

    def __init__(self, site: Site, shelf: Shelf, porter: Porter) -> None:
        self._site, self._shelf, self._porter = site, shelf, porter
        self._under_way: UnderWay[_Made] = UnderWay()

    def serving(self, row: OpenRow) -> Callable[[Request], Awaitable[Response]]:
        """Give what answers requests for a row."""

        async def serve(request: Request) -> Response:
            try:
                return await self._answer(row, request)
            except ProblemError as error:
                return response_of(problem_sent(error, spoken_of(request)))

        return serve

    async def _answer(self, row: OpenRow, request: Request) -> Response:
        said, query = request.scope, request.query_params
        headers = dict(said["headers"])
        place = self._shelf.place(said["path"], said["query_string"], headers)
        kept = self._shelf.find(place, headers) if place else None
        if kept is not None:
            return response_of(kept)
        asked = Asked(self._site, spoken_of(request), request.path_params, query)
        room = partial(self._porter.letting_in, peer_of(said), headers, Cost.PLAN)
        if place is None:
            return (await self._made(row, asked, room)).response
        key = (place.key, place.stamp)
        made = await self._under_way.once(key, lambda: self._made(row, asked, room))
        sent = self._shelf.find(place, headers) or self._shelf.keep(
            place, sent_of(made.response), query, headers, packed=made.packed
        )
        return response_of(sent)

    async def _made(
        self, row: OpenRow, asked: Asked, room: Callable[[], AbstractContextManager[None]]
    ) -> "_Made":
        for _ in range(TRIES):
            rests_on = self._rests_on()
            body = await gathered(partial(row.view, asked), room)
            if self._rests_on() == rests_on:
                return _Made(_response(row, body), await packed_in_steps(body))
        raise ProblemError(ProblemCode.OVERLOADED, headers=(("Retry-After", "1"),))

    def _rests_on(self) -> tuple[object, ...]:
        version = self._site.points_version
        return (self._site.office.rulings.book, version() if version else None)


@dataclass(frozen=True, slots=True)
class _Made:
    """An answer, and its body by gzip where it is large."""

    response: Response
    packed: bytes | None


def _response(row: OpenRow, body: bytes) -> Response:
    response = Response(body, media_type=row.kind)
    response.raw_headers += [ANY_SITE, NO_STORE, (b"vary", b"Accept-Language")]
    return response
