"""What goes out over HTTP: status, headers and body of every answer of the API."""

from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Send

from qika.terms.names import Language
from qika.web.frames import encode
from qika.web.problems import HTTP_STATUS, ProblemError, problem_of

Header = tuple[bytes, bytes]

JSON_TYPE = "application/json"
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
class Sent:
    """One answer, whole."""

    status: int
    headers: tuple[Header, ...]
    body: bytes


def _common(kind: str, language: Language) -> tuple[Header, ...]:
    return (
        (b"content-type", kind.encode()),
        (b"content-language", language.encode()),
        (b"vary", b"Accept-Language"),
        *SECURITY_HEADERS,
    )


_JSON = {language: _common(JSON_TYPE, language) for language in Language}
_PROBLEM = {language: (*_common(PROBLEM_TYPE, language), NO_STORE) for language in Language}


def json_sent(body: bytes, language: Language, caching: tuple[Header, ...] = (NO_STORE,)) -> Sent:
    """Give an answer in JSON; ``caching`` says who may keep it."""
    return Sent(200, (*_JSON[language], *caching, _length(body)), body)


def problem_sent(error: ProblemError, language: Language) -> Sent:
    """Give a problem."""
    body = encode(problem_of(error, language))
    more = tuple((name.lower().encode(), value.encode()) for name, value in error.headers)
    return Sent(HTTP_STATUS[error.code], (*_PROBLEM[language], *more, _length(body)), body)


def _length(body: bytes) -> Header:
    return b"content-length", b"%d" % len(body)


def response_of(sent: Sent) -> Response:
    """Give an answer to the pages' side, where the guard adds the security headers."""
    response = Response(sent.body, sent.status)
    response.raw_headers = [one for one in sent.headers if one not in SECURITY_HEADERS]
    return response


def sent_of(response: Response) -> Sent:
    """Take an answer of the pages' side as it will be once the guard has seen it."""
    headers = (*response.raw_headers, *SECURITY_HEADERS)
    return Sent(response.status_code, headers, bytes(response.body))


async def send_whole(sent: Sent, send: Send) -> None:
    """Send an answer by the messages of ASGI."""
    await send({"type": "http.response.start", "status": sent.status, "headers": sent.headers})
    await send({"type": "http.response.body", "body": sent.body})
