"""The ASGI application: the table of endpoints, the pages, and what every answer carries."""

import logging
import traceback
from collections.abc import Awaitable, Callable

import msgspec
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qika.operations.activate import StoreBusyError
from qika.operations.batch import OverloadedError
from qika.terms.names import Language
from qika.web import language, page_views, pages
from qika.web.card_status import Tries
from qika.web.endpoints import AT_EVERY_DOOR, Call, Endpoint, open_at
from qika.web.fields import query_pairs
from qika.web.openapi import PROBLEM_TYPE, openapi
from qika.web.problems import (
    HTTP_STATUS,
    Fault,
    FaultCode,
    ProblemCode,
    ProblemError,
    problem_of,
)
from qika.web.site import Site

BODY_MAX = 1 << 20
"""Bytes of a request body: a full batch of a thousand requests fits."""

JSON_TYPE = "application/json"
RETRY_AFTER_S = "1"
FRAMES_LOGGED = 4

SECURITY_HEADERS = (
    (b"content-security-policy", (
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        b"object-src 'none'"
    )),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)  # fmt: skip

_log = logging.getLogger("qika.web")
_encoder = msgspec.json.Encoder()


def build_app(site: Site) -> ASGIApp:
    """Build the application of one process from what wiring injects."""
    endpoints = open_at(site.doors)
    tries = Tries()
    routes: list[BaseRoute] = []
    for path in dict.fromkeys(one.path for one in endpoints):
        here = {one.method: one for one in endpoints if one.path == path}
        routes.append(Route(path, _api(site, here, tries), methods=[*here]))
    described = msgspec.json.encode(openapi(endpoints, site.version))
    routes.append(Route("/openapi.json", _fixed(described), methods=["GET"]))
    routes += page_views.routes(site, tries)
    router = Router(routes=routes, redirect_slashes=False)
    return _guarded(ExceptionMiddleware(router, handlers={HTTPException: _http_error}))


def _fixed(body: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def serve(_: Request) -> Response:
        return Response(body, media_type=JSON_TYPE)

    return serve


def _api(
    site: Site, here: dict[str, Endpoint], tries: Tries
) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        spoken = _spoken(request)
        endpoint = here.get(request.method) or here["GET"]
        try:
            answer = await endpoint.serve(await _call(site, endpoint, request, spoken, tries))
        except ProblemError as error:
            return problem(error, spoken)
        except (StoreBusyError, OverloadedError):
            return problem(_overloaded(), spoken)
        return Response(_encoder.encode(answer), headers=_headers(spoken), media_type=JSON_TYPE)

    return serve


async def _call(
    site: Site, endpoint: Endpoint, request: Request, spoken: Language, tries: Tries
) -> Call:
    """Check what every endpoint wants alike; probes may carry any query."""
    query = str(request.scope["query_string"], "latin-1")
    if query and endpoint.name not in AT_EVERY_DOOR:
        _check_lang(request)
        if endpoint.method == "POST":
            _refuse_query(query)
    if endpoint.writes and not site.unsigned_writes:
        raise ProblemError(ProblemCode.UNSIGNED)
    body = await _body(request) if endpoint.method == "POST" else b""
    return Call(site, spoken, query, body, tries)


def _spoken(request: Request) -> Language:
    asked = request.query_params.get("lang") if request.scope["query_string"] else None
    if asked in tuple(Language):
        return Language(asked)
    return language.of_header(request.headers.get("accept-language", ""))


def _check_lang(request: Request) -> None:
    asked = request.query_params.getlist("lang")
    if any(one not in tuple(Language) for one in asked):
        fault = Fault("lang", FaultCode.CHOICE, ", ".join(Language))
        raise ProblemError(ProblemCode.WRONG_FIELDS, (fault,))


def _refuse_query(query: str) -> None:
    """A call that takes no query refuses one, naming nothing that could be a person's data."""
    if any(name != "lang" for name, _ in query_pairs(query)):
        raise ProblemError(ProblemCode.WRONG_FIELDS, (Fault("(query)", FaultCode.UNKNOWN, "lang"),))


async def _body(request: Request) -> bytes:
    """Read a JSON body of bounded size."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON_TYPE:
        raise ProblemError(ProblemCode.UNSUPPORTED_MEDIA_TYPE)
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > BODY_MAX:
        raise ProblemError(ProblemCode.TOO_LARGE)
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > BODY_MAX:
            raise ProblemError(ProblemCode.TOO_LARGE)
    return bytes(parts)


def _overloaded() -> ProblemError:
    return ProblemError(ProblemCode.OVERLOADED, headers=(("Retry-After", RETRY_AFTER_S),))


def _headers(spoken: Language) -> dict[str, str]:
    return {
        "Content-Language": spoken,
        "Vary": "Accept-Language",
        "Cache-Control": "no-store",
    }


def problem(error: ProblemError, spoken: Language) -> Response:
    """Send a problem."""
    return Response(
        _encoder.encode(problem_of(error, spoken)),
        status_code=HTTP_STATUS[error.code],
        headers=_headers(spoken) | dict(error.headers),
        media_type=PROBLEM_TYPE,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for this class"
    wrong_method = error.status_code == HTTP_STATUS[ProblemCode.METHOD_NOT_ALLOWED]
    code = ProblemCode.METHOD_NOT_ALLOWED if wrong_method else ProblemCode.NOT_FOUND
    headers = tuple((error.headers or {}).items())
    return _failure(request, ProblemError(code, headers=headers))


def _failure(request: Request, error: ProblemError) -> Response:
    if pages.is_page(request):
        return pages.failure(request, error)
    return problem(error, _spoken(request))


def _guarded(app: ASGIApp) -> ASGIApp:
    """Add the security headers to every answer, and answer a defect without telling its values."""

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
                message["headers"] = [*message["headers"], *SECURITY_HEADERS]
            await send(message)

        try:
            await app(scope, receive, add)
        except Exception as error:  # noqa: BLE001 - the last stop of every defect
            _report(error)
            if begun:
                raise ConnectionError("an answer broke off") from None
            broken = _failure(Request(scope), ProblemError(ProblemCode.BROKEN))
            await broken(scope, receive, add)

    return guarded


def _report(error: Exception) -> None:
    """Log a defect: its kind and place, never a message, which may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_LOGGED:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    _log.error("%s at %s", type(error).__name__, places)
