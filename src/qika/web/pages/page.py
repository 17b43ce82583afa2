"""Server-rendered pages: which there are, and what all of them share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qika.terms.names import Language
from qika.web import language
from qika.web.pages.assets import asset
from qika.web.pages.dates import clock_of, day_in_words, distance_in_words, weekday_in_words
from qika.web.problems import HTTP_STATUS, ProblemError, problem_of
from qika.web.sent import response_of, sent_of
from qika.web.shelf import LARGE, Shelf
from qika.web.site import Site
from qika.web.speech import SPEECH

PAGES = "/social-security/card-activation"
API_PATHS = ("/v1/", "/healthz", "/readyz", "/openapi.json")
COOKIE_AGE_S = 365 * 24 * 3600
SIZES = (LARGE, "normal")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("qika.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page to render: who asks for what, in which language and size."""

    request: Request
    site: Site
    language: Language

    @property
    def large(self) -> bool:
        """Tell whether the reader wants larger text."""
        asked = self.request.query_params.get("size")
        return (asked or self.request.cookies.get("size")) == LARGE

    def link(self, path: str, **query: str) -> str:
        """Give the address of a page of this language."""
        return f"/{self.language}{path}" + (f"?{urlencode(query)}" if query else "")

    def absolute(self, path: str) -> str:
        """Give a whole address, for paper, calendars and other sites."""
        return self.site.origin + path

    def render(self, template: str, status: int = 200, **values: object) -> Response:
        """Render a template of this page."""
        shared = _shared(self) | {"doors": self.site.doors, "version": self.site.version}
        return _send(self.request, self.language, template, status, shared | values)


def _shared(page: Page | None, request: Request | None = None) -> dict[str, Any]:
    """Give what every template uses."""
    asked = page.request if page is not None else request
    assert asked is not None, "a page or its request is given"
    spoken = page.language if page is not None else spoken_of(asked)
    speech = SPEECH[spoken]
    size = asked.query_params.get("size") or asked.cookies.get("size")
    return {
        "t": speech.t,
        "asset": asset,
        "knows": speech.knows,
        "language": spoken,
        "other": Language.EN if spoken is Language.ZH else Language.ZH,
        "large": size == LARGE,
        "other_link": _other_link(asked, spoken),
        "size_link": _size_link(asked, "normal" if size == LARGE else LARGE),
        "distance": partial(distance_in_words, language=spoken),
        "clock": clock_of,
        "home": f"/?lang={spoken}",
        "base": f"/{spoken}",
        "day": partial(day_in_words, language=spoken),
        "weekday": partial(weekday_in_words, language=spoken),
    }


def _other_link(request: Request, spoken: Language) -> str:
    """Give the same page in the other language."""
    other = Language.EN if spoken is Language.ZH else Language.ZH
    path = request.url.path
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    if path.startswith(f"/{spoken}/"):
        return f"/{other}{path[3:]}" + (f"?{urlencode(query)}" if query else "")
    return f"{path}?{urlencode(query | {'lang': str(other)})}"


def _size_link(request: Request, size: str) -> str:
    query = dict(request.query_params.items()) | {"size": size}
    return f"{request.url.path}?{urlencode(query)}"


def _send(
    request: Request, spoken: Language, template: str, status: int, values: Mapping[str, object]
) -> Response:
    body = _templates().get_template(template).render(values)
    headers = {
        "Content-Language": "zh-CN" if spoken is Language.ZH else "en",
        "Vary": "Accept-Language, Cookie",
        "Cache-Control": "no-store",
    }
    answer = Response(body, status, headers, "text/html; charset=utf-8")
    size = request.query_params.get("size")
    if size in SIZES:
        answer.set_cookie("size", size, max_age=COOKIE_AGE_S, httponly=True, samesite="lax")
    return answer


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
    }
    return _send(request, spoken, "failure.html.j2", HTTP_STATUS[error.code], values)


View = Callable[[Page], Awaitable[Response]]


def route(
    site: Site,
    path: str,
    view: View,
    methods: tuple[str, ...] = ("GET",),
    shelf: Shelf | None = None,
) -> Route:
    """Put a page at its path; without a shelf it is rendered for each visitor anew."""

    async def serve(request: Request) -> Response:
        page = Page(request, site, spoken_of(request))
        said = request.scope
        headers = dict(said["headers"])
        place = shelf.place(said["path"], said["query_string"], headers) if shelf else None
        try:
            response = await view(page)
        except ProblemError as error:
            return failure(request, error)
        if shelf is None or place is None:
            return response
        return response_of(shelf.keep(place, sent_of(response), request.query_params, headers))

    return Route(path, serve, methods=list(methods))
