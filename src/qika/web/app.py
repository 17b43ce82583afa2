"""The ASGI application: the API by its table, the pages by their routes, one guard around them."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qika.web.api.card_status import Tries
from qika.web.api.endpoints import open_at
from qika.web.api.openapi import openapi
from qika.web.defects import report
from qika.web.frames import encode
from qika.web.lane import Lane
from qika.web.pages import page
from qika.web.pages.page import in_size
from qika.web.pages.routes import routes as page_routes
from qika.web.porter import Porter
from qika.web.problems import HTTP_STATUS, ProblemCode, ProblemError
from qika.web.sent import JSON_TYPE, Sent, problem_sent, response_of, secured, send_whole
from qika.web.shelf import Shelf
from qika.web.site import Door, Site
from qika.web.tiles import tile_routes


class App:
    """The ASGI application of one process; ``lane`` answers what needs nothing of ASGI."""

    def __init__(self, site: Site) -> None:
        """Take what wiring injects."""
        endpoints = open_at(site.doors)
        tries, shelf, porter = Tries(), Shelf(site), Porter(site)
        described = encode(openapi(endpoints, site.version))
        routes: list[BaseRoute] = [Route("/openapi.json", _fixed(described), methods=["GET"])]
        routes += page_routes(site, tries, shelf, porter)
        if Door.PUBLIC in site.doors:
            routes += tile_routes(site.tiles, _failure)
        router = Router(routes=routes, redirect_slashes=False)
        self.lane = Lane(site, endpoints, tries, shelf, porter)
        self._others = _guarded(ExceptionMiddleware(router, handlers={HTTPException: _http_error}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call: the API by its table, else a kept page, else by the pages' routes."""
        if scope["type"] != "http":
            await self._others(scope, receive, send)
        elif self.lane.has(scope["path"]):
            await self.lane.serve(scope, receive, send)
        elif (kept := self._kept_page(scope)) is not None:
            await send_whole(kept, send)
        else:
            await self._others(in_size(scope), receive, send)

    def _kept_page(self, scope: Scope) -> Sent | None:
        headers = dict(scope["headers"])
        return self.lane.kept_page(scope["path"], scope["method"], scope["query_string"], headers)


def build_app(site: Site) -> App:
    """Build the application of one process."""
    return App(site)


def _fixed(body: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def serve(_: Request) -> Response:
        return Response(body, media_type=JSON_TYPE)

    return serve


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for this class"
    wrong_method = error.status_code == HTTP_STATUS[ProblemCode.METHOD_NOT_ALLOWED]
    code = ProblemCode.METHOD_NOT_ALLOWED if wrong_method else ProblemCode.NOT_FOUND
    headers = tuple((error.headers or {}).items())
    return _failure(request, ProblemError(code, headers=headers))


def _failure(request: Request, error: ProblemError) -> Response:
    if page.is_page(request):
        return page.failure(request, error)
    return response_of(problem_sent(error, page.spoken_of(request)))


def _guarded(app: ASGIApp) -> ASGIApp:
    """Add the security headers to every page, and answer a defect without telling its values."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        scope["app"] = app  # the router raises HTTPException only for an application
        begun = False

        async def add(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = secured(message["headers"])
            await send(message)

        try:
            await app(scope, receive, add)
        except Exception as error:  # noqa: BLE001 - the last stop of every defect
            report(error)
            if begun:
                raise ConnectionError("an answer broke off") from None
            broken = _failure(Request(scope), ProblemError(ProblemCode.BROKEN))
            await broken(scope, receive, add)

    return guarded
