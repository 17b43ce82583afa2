"""The API: bytes in, bytes out, by the one table of endpoints."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import CoroutineType
from typing import Any

from starlette.types import Receive, Scope, Send

from qika.operations.activate import StoreBusyError, StoreUnavailableError
from qika.operations.batch import OverloadedError
from qika.terms.names import Language
from qika.web.api.card_status import Tries
from qika.web.api.endpoints import AT_EVERY_DOOR, Call, Endpoint, Reply
from qika.web.api.fields import Pairs, query_pairs
from qika.web.api.streams import accept, describe
from qika.web.api.table import Table
from qika.web.defects import report
from qika.web.frames import encode
from qika.web.porter import Porter, peer_of
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError
from qika.web.promise import Promise
from qika.web.sent import (
    JSON_TYPE,
    LINES_TYPE,
    Headers,
    Lines,
    Live,
    Sent,
    accepted_sent,
    json_sent,
    lines_sent,
    problem_sent,
    send_whole,
)
from qika.web.shelf import Place, Shelf, spoken_by
from qika.web.signing.door import KeyInUseError, Sender
from qika.web.signing.profile import SignatureError, Signed
from qika.web.site import Site

BODY_MAX = 1 << 20
"""Bytes of a request body: a full batch of a thousand requests fits."""

_RETRY = (("Retry-After", "1"),)
LANGUAGES = {str(one): one for one in Language}

_READING = frozenset({"GET", "HEAD"})
_SAYS_WHERE = re.compile(rb"(?:^|&)(?:near|lat|lon)=").search
"""Spares looking for what is never kept."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A call of which everything but the body has been checked."""

    endpoint: Endpoint
    language: Language
    query: Pairs
    headers: Headers
    place: Place | None
    """Where its answer is kept."""
    peer: str
    """Who is connected, by address; a proxy perhaps."""
    target: str = ""
    """Path and query, as they were sent."""
    signed: Signed | None = None
    """What it says of its signature."""
    named: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the names in the path of the endpoint stand for."""

    @property
    def streamed(self) -> bool:
        """Tell whether the body is one of many lines, read as it arrives."""
        return self.endpoint.streamed is not None and kind_of(self.headers) == LINES_TYPE

    @property
    def takes_body(self) -> bool:
        """Tell whether the body is still to be read."""
        return self.endpoint.method == "POST"


class Lane:
    """Answers the calls of the API, whoever brings the bytes."""

    def __init__(
        self,
        site: Site,
        endpoints: tuple[Endpoint, ...],
        tries: Tries,
        shelf: Shelf,
        porter: Porter,
    ) -> None:
        """Take the endpoints of this process, where it keeps answers, and who lets work in."""
        self._site, self._tries, self._shelf, self._porter = site, tries, shelf, porter
        self._table = Table(endpoints)

    def has(self, path: str) -> bool:
        """Tell whether an endpoint stands at a path."""
        return self._table.find(path) is not None

    def at_once(
        self, path: str, method: str, query: bytes, headers: Headers, peer: str
    ) -> Begun | Sent | None:
        """Begin a call of the API, or give a kept page; None: it is neither, or goes by ASGI."""
        if not self._table.fixed(path):
            return self.kept_page(path, method, query, headers)
        begun = self.begin(path, method, query, headers, peer)
        return None if isinstance(begun, Begun) and begun.streamed else begun

    def kept_page(self, path: str, method: str, query: bytes, headers: Headers) -> Sent | None:
        """Give a kept page."""
        if method not in _READING:
            return None
        place = self._shelf.place(path, query, headers)
        return self._shelf.find(place, headers) if place else None

    def begin(
        self, path: str, method: str, query: bytes, headers: Headers, peer: str
    ) -> Begun | Sent:
        """Check everything but the body; a kept answer is given at once."""
        spoken, place = spoken_by(headers), None
        try:
            endpoint, named = self._endpoint(path, method)
            if endpoint.kept and not _SAYS_WHERE(query):
                place = self._shelf.place(path, query, headers)
                kept = self._shelf.find(place, headers) if place else None
                if kept is not None:
                    return kept
            pairs = _pairs(endpoint, query) if query else ()
            asked = [value for name, value in pairs if name == "lang"] if pairs else None
            if asked:
                spoken = LANGUAGES.get(asked[-1], spoken)
            self._check(endpoint, pairs, asked, headers)
            target = path + (f"?{query.decode('latin-1')}" if query else "")
            signed = self._signed(endpoint, target, headers) if endpoint.writes else None
        except Exception as error:  # noqa: BLE001 - the last stop of every defect
            return failed(error, spoken)
        return Begun(endpoint, spoken, pairs, headers, place, peer, target, signed, named)

    def answer(self, begun: Begun, body: bytes) -> Sent | Promise[Sent] | Awaitable[Sent]:
        """Answer a call whose body has been read; at once, unless it waits for the store."""
        spoken = begun.language
        try:
            call = self._call(begun, body)
            if call.sender is not None:
                return self._admitted(begun, call, call.sender)
            with self._porter.letting_in(begun.peer, begun.headers, begun.endpoint.cost):
                reply = begun.endpoint.serve(call)
            if isinstance(reply, Promise):
                return Promise(reply.future, partial(_made, reply.make, spoken))
            if isinstance(reply, CoroutineType):  # by abc, asking for a struct takes longer
                return _awaited(reply, spoken)
            sent = _replied(reply, spoken)
            if begun.place is None:
                return sent
            until = reply.until if isinstance(reply, Live) else None
            return self._shelf.keep(begun.place, sent, dict(begun.query), begun.headers, until)
        except Exception as error:  # noqa: BLE001 - the last stop of every defect
            return failed(error, spoken)

    def _call(self, begun: Begun, body: bytes) -> Call:
        """Make the call; raises SignatureError."""
        sender = None
        if begun.signed is not None and self._site.partners is not None:
            door, signed = self._site.partners, begun.signed
            posted = begun.takes_body
            sender = door.check(signed, begun.headers, body) if posted else door.check_head(signed)
        return Call(
            self._site, begun.language, begun.query, body, self._tries,
            begun.target, begun.headers, sender, begun.named,
        )  # fmt: skip

    async def _admitted(self, begun: Begun, call: Call, sender: Sender) -> Sent:
        """Answer a signed call, unless it came before or its key is still being worked on."""
        assert self._site.partners is not None, "it has found the sender"
        try:
            with self._site.partners.working(sender):
                await self._site.partners.admit(sender)
                reply = begun.endpoint.serve(call)
                if isinstance(reply, Promise):
                    await asyncio.wait((reply.future,))
                    return _made(reply.make, begun.language, reply.future)
                return _replied(
                    await reply if isinstance(reply, CoroutineType) else reply, begun.language
                )
        except Exception as error:  # noqa: BLE001 - the last stop of every defect
            return failed(error, begun.language)

    def _signed(self, endpoint: Endpoint, target: str, headers: Headers) -> Signed | None:
        """Read the signature of a write; only the demo takes one without."""
        partners = self._site.partners
        if partners is not None and (b"signature" in headers or b"signature-input" in headers):
            return partners.read(endpoint.method, target, headers)
        if not self._site.unsigned_writes:
            raise ProblemError(ProblemCode.UNSIGNED)
        return None

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call that comes by ASGI."""
        headers = dict(scope["headers"])
        peer = peer_of(scope)
        sent = self.begin(scope["path"], scope["method"], scope["query_string"], headers, peer)
        if isinstance(sent, Begun):
            try:
                if sent.streamed:
                    await send_whole(await self._accepted(sent, receive), send)
                    return
                body = await _body(receive) if sent.takes_body else b""
            except ConnectionError:
                return  # nobody is there any more
            except ProblemError as error:
                await send_whole(problem_sent(error, sent.language), send)
                return
            answer = self.answer(sent, body)
            sent = answer if isinstance(answer, Sent) else await answer
        await send_whole(sent, send)

    async def _accepted(self, begun: Begun, receive: Receive) -> Sent:
        """Accept a body of many lines; raises ConnectionError if it breaks off."""
        spoken = begun.language
        try:
            stream = await accept(self._site, begun.signed, begun.headers, spoken, _pieces(receive))
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - the last stop of every defect
            return failed(error, spoken)
        answer = describe(self._site, stream, spoken)
        return accepted_sent(encode(answer), spoken, answer.location)

    def _endpoint(self, path: str, method: str) -> tuple[Endpoint, Mapping[str, str]]:
        found = self._table.find(path)
        assert found is not None, "asked for by ``has`` or ``fixed``"
        here, named = found
        endpoint = here.get(method)
        if endpoint is None:
            allow = (("Allow", ", ".join(here)),)
            raise ProblemError(ProblemCode.METHOD_NOT_ALLOWED, headers=allow)
        return endpoint, named

    def _check(
        self, endpoint: Endpoint, query: Pairs, asked: list[str] | None, headers: Headers
    ) -> None:
        """Check what every endpoint wants alike; probes may carry any query."""
        if query and endpoint.name not in AT_EVERY_DOOR:
            _check_query(endpoint, query, asked or ())
        if endpoint.method == "POST" and not (endpoint.streamed and kind_of(headers) == LINES_TYPE):
            _check_body(headers)


def _pairs(endpoint: Endpoint, query: bytes) -> Pairs:
    try:
        return query_pairs(str(query, "latin-1"))
    except ProblemError:
        if endpoint.name in AT_EVERY_DOOR:
            return ()
        raise


def _check_query(endpoint: Endpoint, query: Pairs, asked: list[str] | tuple[()]) -> None:
    """Check the language; a call that takes no query refuses one, without repeating its names."""
    if any(one not in LANGUAGES for one in asked):
        fault = Fault("lang", FaultCode.CHOICE, ", ".join(Language))
        raise ProblemError(ProblemCode.WRONG_FIELDS, (fault,))
    if endpoint.method == "POST" and any(name != "lang" for name, _ in query):
        raise ProblemError(ProblemCode.WRONG_FIELDS, (Fault("(query)", FaultCode.UNKNOWN, "lang"),))


def kind_of(headers: Headers) -> str:
    """Give the type of a body, without its parameters."""
    said = headers.get(b"content-type", b"").partition(b";")[0]
    return said.strip().lower().decode("latin-1")


def _check_body(headers: Headers) -> None:
    """Check that the body will be JSON of bounded size, as far as is told."""
    if kind_of(headers) != JSON_TYPE:
        raise ProblemError(ProblemCode.UNSUPPORTED_MEDIA_TYPE)
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > BODY_MAX:
        raise ProblemError(ProblemCode.TOO_LARGE)


async def _body(receive: Receive) -> bytes:
    """Read a body; raises ProblemError once it is too large, ConnectionError if it breaks off."""
    parts, length = list[bytes](), 0
    async for piece in _pieces(receive):
        parts.append(piece)
        length += len(piece)
        if length > BODY_MAX:
            raise ProblemError(ProblemCode.TOO_LARGE)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    """Give a body piece by piece; raises ConnectionError if it breaks off."""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _made(
    make: "Callable[[asyncio.Future[Any]], bytes]", spoken: Language, future: "asyncio.Future[Any]"
) -> Sent:
    try:
        return json_sent(make(future), spoken)
    except asyncio.CancelledError:
        return failed(OverloadedError("the service is closing"), spoken)
    except Exception as error:  # noqa: BLE001 - the last stop of every defect
        return failed(error, spoken)


async def _awaited(reply: "CoroutineType[Any, Any, Reply]", spoken: Language) -> Sent:
    try:
        return _replied(await reply, spoken)
    except Exception as error:  # noqa: BLE001 - the last stop of every defect
        return failed(error, spoken)


def _replied(reply: Reply, spoken: Language) -> Sent:
    if isinstance(reply, Live):
        reply = reply.body
    elif isinstance(reply, Lines):
        return lines_sent(reply, spoken)
    return json_sent(reply if isinstance(reply, bytes) else encode(reply), spoken)


def failed(error: Exception, spoken: Language) -> Sent:
    """Say what ended a call; a defect is logged without the values in play."""
    match error:
        case ProblemError():
            return problem_sent(error, spoken)
        case SignatureError():
            fault = Fault("signature", FaultCode(error.fault.value))
            return problem_sent(ProblemError(ProblemCode.SIGNATURE_REFUSED, (fault,)), spoken)
        case KeyInUseError():
            return problem_sent(ProblemError(ProblemCode.IN_PROGRESS, headers=_RETRY), spoken)
        case StoreUnavailableError():
            report(error)
            return problem_sent(ProblemError(ProblemCode.UNAVAILABLE, headers=_RETRY), spoken)
        case StoreBusyError() | OverloadedError():
            return problem_sent(ProblemError(ProblemCode.OVERLOADED, headers=_RETRY), spoken)
        case _:
            report(error)
            return problem_sent(ProblemError(ProblemCode.BROKEN), spoken)
