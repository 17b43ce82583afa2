"""What goes out over HTTP: status, headers and body of every answer of the API."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response
from starlette.types import Send

from qika.terms.names import Language
from qika.web.frames import encode
from qika.web.problems import HTTP_STATUS, ProblemError, problem_of

Header = tuple[bytes, bytes]
Headers = Mapping[bytes, bytes]
"""Request headers by lower-case name; of one sent twice the last counts."""

OK, ACCEPTED, NOT_MODIFIED = 200, 202, 304
JSON_TYPE = "application/json"
LINES_TYPE = "application/x-ndjson"
"""One JSON text a line."""
PROBLEM_TYPE = "application/problem+json"
NO_STORE: Header = (b"cache-control", b"no-store")

SECURITY_HEADERS: tuple[Header, ...] = (
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


@dataclass(frozen=True, slots=True)
class Head:
    """Headers of an answer, as ASGI and as a connection take them; without the body's length."""

    headers: tuple[Header, ...]
    raw: bytes


def head_of(headers: Iterable[Header]) -> Head:
    """Make headers ready to be sent."""
    kept = tuple(headers)
    return Head(kept, b"".join(b"%b: %b\r\n" % one for one in kept))


@dataclass(frozen=True, slots=True)
class Live:
    """JSON that may tell whether doors are open, and until when what it tells of them holds."""

    body: bytes
    until: datetime | None
    """None: it tells of no doors, or of a time that was asked for."""


@dataclass(frozen=True, slots=True)
class Lines:
    """An answer of many lines, given part by part while it is read."""

    parts: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer, whole; or its head, and parts that follow."""

    status: int
    head: Head
    body: bytes
    parts: AsyncIterator[bytes] | None = None

    @property
    def has_body(self) -> bool:
        """Tell whether the body's length is told: 304 has none, and of parts it is not known."""
        return self.status != NOT_MODIFIED and self.parts is None


def _common(kind: str, language: Language) -> tuple[Header, ...]:
    return (
        (b"content-type", kind.encode()),
        (b"content-language", language.encode()),
        (b"vary", b"Accept-Language"),
        NO_STORE,
        *SECURITY_HEADERS,
    )


_JSON = {language: head_of(_common(JSON_TYPE, language)) for language in Language}
_LINES = {language: head_of(_common(LINES_TYPE, language)) for language in Language}
_PROBLEM = {language: head_of(_common(PROBLEM_TYPE, language)) for language in Language}


def json_sent(body: bytes, language: Language) -> Sent:
    """Give an answer in JSON, to be kept by nobody."""
    return Sent(OK, _JSON[language], body)


def accepted_sent(body: bytes, language: Language, location: str) -> Sent:
    """Give an answer to what will be carried out later; ``location`` tells of it."""
    head = head_of((*_JSON[language].headers, (b"location", location.encode())))
    return Sent(ACCEPTED, head, body)


def lines_sent(lines: Lines, language: Language) -> Sent:
    """Give an answer of many lines."""
    return Sent(OK, _LINES[language], b"", lines.parts)


def problem_sent(error: ProblemError, language: Language) -> Sent:
    """Give a problem."""
    head = _PROBLEM[language]
    if error.headers:
        more = [(name.lower().encode(), value.encode()) for name, value in error.headers]
        head = head_of((*head.headers, *more))
    return Sent(HTTP_STATUS[error.code], head, encode(problem_of(error, language)))


def response_of(sent: Sent) -> Response:
    """Give an answer to the pages' side, where the guard adds the security headers."""
    response = Response(sent.body, sent.status)
    response.raw_headers = [one for one in _headers(sent) if one not in SECURITY_HEADERS]
    return response


def secured(headers: Iterable[Header]) -> list[Header]:
    """Add the security headers; a page that says itself who may frame it keeps its word."""
    told = list(headers)
    names = {name for name, _ in told}
    if b"content-security-policy" in names:
        names.add(b"x-frame-options")  # it knows no list of hosts and would contradict it
    return [*told, *(one for one in SECURITY_HEADERS if one[0] not in names)]


def sent_of(response: Response) -> Sent:
    """Take an answer of the pages' side as it will be once the guard has seen it."""
    headers = [one for one in response.raw_headers if one[0] != b"content-length"]
    return Sent(response.status_code, head_of(secured(headers)), bytes(response.body))


async def send_whole(sent: Sent, send: Send) -> None:
    """Send an answer by the messages of ASGI."""
    await send({"type": "http.response.start", "status": sent.status, "headers": _headers(sent)})
    if sent.parts is not None:
        async for part in sent.parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": sent.body})


def _headers(sent: Sent) -> list[Header]:
    length = [(b"content-length", b"%d" % len(sent.body))] if sent.has_body else []
    return [*sent.head.headers, *length]
