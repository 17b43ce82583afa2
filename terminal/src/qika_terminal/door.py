"""The door on 127.0.0.1: HTTP for the shop's own system, and a page for the cashier."""

import logging
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from qika_terminal import calls, pages
from qika_terminal.agent import Agent
from qika_terminal.calls import JSON, Call, Reply, Serve
from qika_terminal.faults import Fault, RefusedError
from qika_terminal.guard import Guard
from qika_terminal.settings import LOOPBACK
from qika_terminal.words import Language, language_of

BODY_MAX = 64 << 10
CALLS_MAX = 32
"""Calls at a time; a counter makes one or two."""

SILENCE_S = 10
"""How long a caller may take to say what it wants."""

FORM = "application/x-www-form-urlencoded"
_log = logging.getLogger(__name__)

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


class Row(NamedTuple):
    """One kind of call."""

    method: str
    path: "re.Pattern[str]"
    serve: Serve
    who: str
    """``anybody``, ``program`` or ``page``."""


def _row(method: str, path: str, serve: Serve, who: str) -> Row:
    return Row(method, re.compile(path), serve, who)


ROWS: Sequence[Row] = (
    _row("GET", "/healthz", calls.health, "anybody"),
    _row("POST", "/read", calls.read, "program"),
    _row("POST", "/first-use", calls.first_use, "program"),
    _row("GET", "/first-use/[^/]{1,400}", calls.first_use_again, "program"),
    _row("GET", "/queue", calls.queue, "program"),
    _row("POST", "/queue/send-now", calls.send_now, "program"),
    _row("GET", "/style.css", pages.style, "anybody"),
    _row("GET", "/", pages.start, "page"),
    _row("POST", "/page/read", pages.read, "page"),
    _row("POST", "/page/first-use", pages.first_use, "page"),
    _row("GET", "/page/first-use/[0-9]{1,18}", pages.result, "page"),
    _row("GET", "/page/list", pages.listed, "page"),
    _row("POST", "/page/send-now", pages.send_now, "page"),
)


class Door(ThreadingHTTPServer):
    """Listens on loopback alone, for as many callers as a counter has."""

    daemon_threads = True
    request_queue_size = CALLS_MAX
    allow_reuse_address = sys.platform != "win32"  # there it would let two listen on one port

    def __init__(self, agent: Agent, token: str, port: int) -> None:
        """Bind the port (0: any that is free); raises OSError if it is taken."""
        super().__init__((LOOPBACK, port), Handler)
        self.agent = agent
        self.guard = Guard(token, int(self.server_address[1]))
        self._places = threading.BoundedSemaphore(CALLS_MAX)

    def process_request(self, request: socket | Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer a caller by a thread of its own; one too many is hung up on."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket | Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: socket | Any, client_address: Any) -> None:  # noqa: ANN401
        """Note what broke off, without what was said."""
        del request, client_address
        _log.info("a call broke off: %s", type(sys.exception()).__name__)


class Handler(BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"
    timeout = SILENCE_S

    def do_GET(self) -> None:
        """Answer a call that asks."""
        self._answer("GET", b"")

    def do_POST(self) -> None:
        """Answer a call that does something."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > BODY_MAX:
            self._send(calls.refusal_reply(RefusedError(Fault.TOO_LARGE), self._language()))
            return
        self._answer("POST", self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  named by http.server
        """Say nothing: addresses may hold the token."""

    def version_string(self) -> str:
        """Name the program, not the Python."""
        return "qika-terminal"

    @property
    def _door(self) -> Door:
        assert isinstance(self.server, Door), "calls come by the door alone"
        return self.server

    def _answer(self, method: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, max_num_fields=20))
        asked = query.get("lang", "")
        language = Language(asked) if asked in set(Language) else self._language()
        call = Call(self._door.agent, parts.path, query, body, language)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            self._door.guard.check_host(headers)
            if (method, call.path) == ("GET", "/enter"):
                self._send(self._enter(call))
                return
            row = _row_of(method, call.path)
            self._let_in(row, headers)
            self._send(row.serve(call))
        except RefusedError as error:
            self._refuse(error, call)
        except Exception as error:  # noqa: BLE001 - the last stop of every defect
            _log.error("a defect in a call: %s", type(error).__name__)
            self._refuse(RefusedError(Fault.BROKEN), call)

    def _refuse(self, error: RefusedError, call: Call) -> None:
        """Say why not: as a page to people, as JSON to programs."""
        page = call.path in {"/", "/enter"} or call.path.startswith("/page/")
        to_people = page or "text/html" in self.headers.get("Accept", "")
        answer = pages.refusal(error, call) if to_people else None
        self._send(answer or calls.refusal_reply(error, call.language))

    def _let_in(self, row: Row, headers: Mapping[str, str]) -> None:
        guard, writes = self._door.guard, row.method == "POST"
        if row.who == "program":
            guard.check_program(headers)
        elif row.who == "page":
            guard.check_page(headers, writes=writes)
        wanted = FORM if row.who == "page" else JSON
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if writes and kind != wanted and int(headers["content-length"]):
            raise RefusedError(Fault.WRONG_TYPE)

    def _enter(self, call: Call) -> Reply:
        """Give the page its cookie, for the token in the link of ``qika-terminal open``."""
        if not self._door.guard.is_token(call.query.get("token", "")):
            raise RefusedError(Fault.NO_TOKEN)
        return pages.elsewhere(f"/?lang={call.language}", {"Set-Cookie": self._door.guard.cookie()})

    def _language(self) -> Language:
        default = self._door.agent.settings.language
        return language_of(self.headers.get("Accept-Language", ""), default)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in {**_HEADERS, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)


def _row_of(method: str, path: str) -> Row:
    here = [row for row in ROWS if row.path.fullmatch(path)]
    if not here:
        raise RefusedError(Fault.NOT_FOUND)
    found = next((row for row in here if row.method == method), None)
    if found is None:
        raise RefusedError(Fault.METHOD_NOT_ALLOWED)
    return found
