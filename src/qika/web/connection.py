"""A connection that answers the API by itself, and leaves the rest to ASGI.

uvicorn spends more on bringing a call to an application and its answer back (a task, an event, a
scope, two messages) than the endpoint layer on answering it. So a call of the API is answered where
its last byte is read: at once, or by a task of its own if it waits for the store. The table of
endpoints and every check are the same; connections, keep-alive, pipelining, limits and shutdown
remain uvicorn's: while a call waits, a ``_Turn`` stands where uvicorn looks for the call under way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol, cast

from httptools import HttpRequestParser
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from qika.web.lane import Begun, Lane
from qika.web.promise import Promise
from qika.web.sent import Sent

_HANDED_ON = frozenset({b"upgrade", b"expect", b"transfer-encoding"})
"""Headers that ask for more than one plain answer."""


class HasLane(Protocol):
    """An application whose calls may be answered at once."""

    lane: Lane


class _Turn:
    """A call that waits for the store, as far as uvicorn asks for the call under way."""

    __slots__ = ("disconnected", "keep_alive", "response_complete")

    def __init__(self) -> None:
        self.response_complete = self.disconnected = False
        self.keep_alive = True
        """False once the server is closing."""

    @property
    def message_event(self) -> "_Turn":
        """Nobody waits for further messages of the client."""
        return self

    def set(self) -> None:
        """Nobody is to be woken."""


class Connection(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - uvicorn's own
        """Take what uvicorn gives every connection; its application must have a ``lane``."""
        super().__init__(*args, **more)
        self._lane = cast("HasLane", self.config.app).lane
        self._plain = not (self.access_log or self.root_path or self.limit_concurrency)
        self._answering: Begun | Sent | None = None
        self._body: list[bytes] = []
        self._without_body = False
        """The answer to HEAD."""
        self._last = False
        """The server is closing."""

    def on_message_begin(self) -> None:
        """Begin a call; the scope of ASGI is only made for who needs it."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Check a call; hand on what cannot be answered by itself."""
        self._answering = self._begun() if self._plain and self._idle() else None
        if self._answering is None:
            url, headers, expects = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()
            self.url, self.expect_100_continue = url, expects
            self.headers.extend(headers)
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Collect the body; its length was told and checked."""
        if self._answering is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer."""
        answering = self._answering
        if answering is None:
            super().on_message_complete()
            return
        self._answering = None
        if isinstance(answering, Begun):
            sent = self._lane.answer(answering, self._read())
            if not isinstance(sent, Sent):
                self._wait(sent)
                return
            answering = sent
        self._write(answering)
        self.on_response_complete()

    def shutdown(self) -> None:
        """Close; a call that is being read is answered first."""
        if self._answering is None:
            super().shutdown()
        else:
            self._last = True

    def _read(self) -> bytes:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        return body

    def _wait(self, sent: Promise[Sent] | Awaitable[Sent]) -> None:
        """Answer later; calls that come meanwhile wait in uvicorn's pipeline."""
        turn = _Turn()
        turn.keep_alive = not self._last
        self.cycle = cast("RequestResponseCycle", turn)
        if isinstance(sent, Promise):
            sent.future.add_done_callback(partial(self._keep, turn, sent.make))
            return
        task = self.loop.create_task(self._answer(turn, sent))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answer(self, turn: _Turn, sent: Awaitable[Sent]) -> None:
        self._end(turn, await sent)

    def _keep(
        self,
        turn: _Turn,
        make: "Callable[[asyncio.Future[Any]], Sent]",
        future: "asyncio.Future[Any]",
    ) -> None:
        self._end(turn, make(future))

    def _end(self, turn: _Turn, answer: Sent) -> None:
        turn.response_complete = True
        self._last = not turn.keep_alive
        if not turn.disconnected:
            self._write(answer)
        self.on_response_complete()

    def _idle(self) -> bool:
        """Tell whether nothing is under way here and the client reads what it is sent."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first
        under_way = cycle is not None and not cycle.response_complete
        return not (
            under_way or self.pipeline or self.flow.write_paused or self.transport.is_closing()
        )

    def _begun(self) -> Begun | Sent | None:
        """Begin a call in the usual form; None for any other form, and for a refused body."""
        path, _, query = self.url.partition(b"?")
        headers = dict(self.headers)
        parser = cast("HttpRequestParser", self.parser)
        method = parser.get_method().decode("ascii")
        posted = method == "POST"
        if (
            b"%" in path
            or b"#" in self.url
            or (b"content-length" in headers) is not posted
            or headers.get(b"connection", b"keep-alive").lower() != b"keep-alive"
            or not _HANDED_ON.isdisjoint(headers)
            or parser.get_http_version() != "1.1"
        ):
            return None
        peer = self.client[0] if self.client else ""
        begun = self._lane.at_once(path.decode("ascii"), method, query, headers, peer)
        self._without_body = method == "HEAD"
        return None if posted and isinstance(begun, Sent) else begun

    def _write(self, sent: Sent) -> None:
        parts = [STATUS_LINE[sent.status]]
        parts += [b"%b: %b\r\n" % one for one in self.server_state.default_headers]
        parts.append(sent.head.raw)
        if self._last:
            parts.append(b"connection: close\r\n")
        if sent.has_body:
            parts.append(b"content-length: %d\r\n\r\n" % len(sent.body))
            if not self._without_body:
                parts.append(sent.body)
        else:
            parts.append(b"\r\n")
        self.transport.write(b"".join(parts))
        if self._last:
            self.transport.close()
