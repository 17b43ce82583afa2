"""Server-rendered pages: which there are, and what all of them share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from qika.terms.names import Language
from qika.web import language
from qika.web.gate import Cost
from qika.web.packing import pack_once
from qika.web.pages.assets import asset
from qika.web.pages.head import head_of
from qika.web.pages.templates import templates
from qika.web.porter import Porter, peer_of
from qika.web.problems import HTTP_STATUS, ProblemError, problem_of
from qika.web.sent import response_of, sent_of
from qika.web.shelf import LARGE, Shelf
from qika.web.site import Site

PAGES = "/social-security/card-activation"
API_PATHS = ("/v1/", "/tiles/", "/healthz", "/readyz", "/openapi.json")
PICTURE = "mark.png"
"""What other sites show beside a link to a page."""

SIZES = {"large": LARGE, "normal": ""}
"""Sizes as ``?size=`` names them, with what stands before the path of their pages."""

LOCATES = "data-locate="
"""Stands in a page that offers to fill in where its reader is."""
MAY_LOCATE = "geolocation=(self), camera=(), microphone=()"
"""What such a page may ask the browser for; any other may ask for nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page to render: who asks for what, in which language and size."""

    request: Request
    site: Site
    language: Language

    @property
    def large(self) -> bool:
        """Tell whether the reader wants larger text."""
        return _size_of(self.request) == LARGE

    def link(self, path: str, **query: str) -> str:
        """Give the address of a page of this language and size."""
        begin = f"{_size_of(self.request)}/{self.language}{path}"
        return begin + (f"?{urlencode(query)}" if query else "")

    def absolute(self, path: str) -> str:
        """Give a whole address, for paper, calendars and other sites."""
        return self.site.origin + path

    def part(self, template: str, **values: object) -> str:
        """Render a part of a page, escaped, to be kept and put into pages that share it."""
        return templates(self.language).get_template(template).render(_shared(self) | values)

    def render(self, template: str, status: int = 200, **values: object) -> Response:
        """Render a template of this page."""
        shared = _shared(self) | {
            "doors": self.site.doors,
            "version": self.site.version,
            "head": head_of(self.request, self.site.origin, self.language, status=status),
            "picture": self.absolute(asset(PICTURE)) if self.site.origin else "",
            "linked": "",
        }
        return _send(self.language, template, status, shared | values)


def _shared(page: Page | None, request: Request | None = None) -> dict[str, Any]:
    """Give what every template uses."""
    asked = page.request if page is not None else request
    assert asked is not None, "a page or its request is given"
    spoken = page.language if page is not None else spoken_of(asked)
    size = _size_of(asked)
    return {
        "tiles": page.site.tiles if page is not None else None,
        "large": size == LARGE,
        "other_link": _other_link(asked, spoken),
        "size_link": _size_link(asked, "" if size else LARGE),
        "home": f"{size}/?lang={spoken}",
        "base": f"{size}/{spoken}",
    }


def _other_link(request: Request, spoken: Language) -> str:
    """Give the same page in the other language."""
    other = Language.EN if spoken is Language.ZH else Language.ZH
    path, size = request.url.path, _size_of(request)
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    if path == f"/{spoken}" or path.startswith(f"/{spoken}/"):
        return f"{size}/{other}{path[3:]}" + (f"?{urlencode(query)}" if query else "")
    return f"{size}{path}?{urlencode(query | {'lang': str(other)})}"


def _size_link(request: Request, size: str) -> str:
    query = {name: value for name, value in request.query_params.items() if name != "size"}
    return f"{size}{request.url.path}" + (f"?{urlencode(query)}" if query else "")


def _size_of(request: Request) -> str:
    """Give what stands before the path of pages in the reader's size; see ``in_size``."""
    return str(request.scope.get("size", ""))


def in_size(scope: Scope) -> Scope:
    """Take the size off the path of a page: ``/large/zh/points`` is ``/zh/points``, larger."""
    path = str(scope["path"])
    if not (path == LARGE or path.startswith(f"{LARGE}/")):
        return scope
    bare = path.removeprefix(LARGE) or "/"
    return {**scope, "path": bare, "raw_path": bare.encode(), "size": LARGE}


def _send(spoken: Language, template: str, status: int, values: Mapping[str, object]) -> Response:
    body = templates(spoken).get_template(template).render(values)
    headers = {
        "Content-Language": "zh-CN" if spoken is Language.ZH else "en",
        "Vary": "Accept-Language",
        "Cache-Control": "no-store",
    }
    if LOCATES in body:
        headers["Permissions-Policy"] = MAY_LOCATE
    return Response(body, status, headers, "text/html; charset=utf-8")


def spoken_of(request: Request) -> Language:
    """Give the language of a page: by its path, else by ``?lang=``, else by the header."""
    first = request.url.path.split("/", 2)[1]
    asked = request.query_params.get("lang")
    for said in (first, asked):
        if said in tuple(Language):
            return Language(said)
    return language.of_header(request.headers.get("accept-language", ""))


def is_page(request: Request) -> bool:
    """Tell a page's path from the API's, where a path is unknown."""
    return not request.url.path.startswith(API_PATHS)


def failure(request: Request, error: ProblemError) -> Response:
    """Say on a page what went wrong."""
    spoken = spoken_of(request)
    values = _shared(None, request) | {
        "problem": problem_of(error, spoken),
        "doors": frozenset[str](),
        "version": "",
        "head": head_of(request, "", spoken, status=HTTP_STATUS[error.code]),
        "picture": "",
        "linked": "",
    }
    answer = _send(spoken, "failure.html.j2", HTTP_STATUS[error.code], values)
    answer.headers.update(dict(error.headers))
    return answer


View = Callable[[Page], Awaitable[Response]]

LANGUAGE_ALONE = frozenset({"lang"})
"""The query of a page that nobody has asked anything."""


def route(
    site: Site,
    path: str,
    view: View,
    methods: tuple[str, ...] = ("GET",),
    shelf: Shelf | None = None,
    *,
    lasting: frozenset[str] | None = None,
    porter: Porter | None = None,
    cost: Cost | None = None,
) -> Route:
    """Put a page at its path; without a shelf it is rendered for each visitor anew.

    ``lasting``: names of a query that leave it without anything the minute could change.
    ``cost``: how dear it is whatever is asked; else an answer to a query is as dear as a plan.
    """
    letting_in = (porter or Porter(site)).letting_in

    async def serve(request: Request) -> Response:
        said, query = request.scope, request.query_params
        if query.get("size") in SIZES:
            there = _size_link(request, SIZES[query["size"]])
            return RedirectResponse(there, 303, {"Cache-Control": "no-store"})
        page = Page(request, site, spoken_of(request))
        headers = dict(said["headers"])
        asked = _size_of(request) + said["path"]
        place = shelf.place(asked, said["query_string"], headers) if shelf else None
        try:
            dear = cost or (None if query.keys() <= LANGUAGE_ALONE else Cost.PLAN)
            with letting_in(peer_of(said), headers, dear):
                response = await view(page)
        except ProblemError as error:
            return failure(request, error)
        if shelf is not None and place is not None:
            live = None if lasting is not None and lasting.issuperset(query) else place.now
            response = response_of(shelf.keep(place, sent_of(response), query, headers, live))
        return pack_once(response, headers)

    return Route(path, serve, methods=list(methods))
