"""A listener on loopback that can fail in every way, and what tells it; with TLS if it is to."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WAITS_S = 30
HUGE_BYTES = 8 << 20


@dataclass(frozen=True)
class Heard:
    """A message as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ListenerServer:
    """A listener: set ``mode``, look at ``heard``; ``let_go`` ends what hangs."""

    mode: str = "ok"
    refused: str = ""
    """Messages with this text are answered with 500, whatever the mode."""
    heard: list[Heard] = field(default_factory=list)
    sent_bytes: int = 0
    arrived: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.heard]

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        refused = self.refused and self.refused.encode() in self.heard[-1].body
        match "500" if refused else self.mode:
            case "ok":
                _head(call, 204)
            case "silent":
                self.let_go.wait(WAITS_S)
            case "slow_body":
                _head(call, 200, 1_000)
                self.let_go.wait(WAITS_S)
            case "endless":
                self._endless(call)
            case "redirect":
                _head(call, 307, 0, location=f"{self.url}/elsewhere")
            case "drop":
                call.close_connection = True
            case "garbage":
                call.wfile.write(b"I am no server of HTTP\r\n\r\n")
                call.close_connection = True
            case status:
                _head(call, int(status), 0)

    def _endless(self, call: BaseHTTPRequestHandler) -> None:
        _head(call, 200, HUGE_BYTES)
        try:
            while self.sent_bytes < HUGE_BYTES:
                call.wfile.write(bytes(65_536))
                self.sent_bytes += 65_536
        except OSError:
            call.close_connection = True


def _head(
    call: BaseHTTPRequestHandler, status: int, length: int | None = None, location: str = ""
) -> None:
    call.send_response(status)
    if length is not None:
        call.send_header("Content-Length", str(length))
    if location:
        call.send_header("Location", location)
    call.end_headers()
    call.wfile.flush()


class _Server(ThreadingHTTPServer):
    """Takes as many callers at once as servers do; the library's own turns away all after five."""

    request_queue_size = 128
    daemon_threads = True


@contextmanager
def listening(tls: Path | None = None) -> Iterator[ListenerServer]:
    """Run a listener until the block ends; with TLS by the certificate and key in a file."""
    double = ListenerServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            double.heard.append(Heard(self.path, headers, body))
            double.arrived.set()
            double.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    http = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        http.socket = context.wrap_socket(http.socket, server_side=True)
    http.handle_error = lambda *_: None  # type: ignore[method-assign]
    double.url = f"{'https' if tls else 'http'}://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(
        target=http.serve_forever, name="listener", kwargs={"poll_interval": 0.05}
    )
    thread.start()
    try:
        yield double
    finally:
        double.let_go.set()
        http.shutdown()
        http.server_close()
        thread.join()
