"""A double of a tile provider on loopback: draws tiles, fails when told to, remembers who asked."""

import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIDE = 256
HUGE_BYTES = 8 << 20
WAITS_S = 30


def tile(shade: int) -> bytes:
    """Draw a PNG: one shade of grey with a darker frame, so that tiles can be told apart."""
    inside = bytes([0, 120, *[shade] * (SIDE - 2), 120])
    edge = bytes([0, *[120] * SIDE])
    rows = edge + inside * (SIDE - 2) + edge
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


class TileServer:
    """The provider: set ``mode`` to ok, slow, error, html, huge, redirect, missing or cookie."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent_bytes = 0
        self.begun, self.let_go = threading.Event(), threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                server.begun.set()
                server.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        match self.mode:
            case "slow":
                self.let_go.wait(WAITS_S)
                self._send(call, 200, tile(230))
            case "error":
                self._send(call, 500, tile(230))
            case "html":
                self._send(call, 200, b"<html>please log in</html>")
            case "huge":
                self._send_much(call)
            case "redirect":
                self._send(call, 302, b"", location=f"{self.url}/elsewhere")
            case "missing":
                self._send(call, 404, b"no")
            case "cookie":
                self._send(call, 200, tile(230), set_cookie="visitor=1; Path=/")
            case _:
                self._send(call, 200, tile(225 + sum(map(ord, call.path)) % 30))

    def _send(self, call: BaseHTTPRequestHandler, status: int, body: bytes, **more: str) -> None:
        call.send_response(status)
        call.send_header("Content-Type", "image/png")
        call.send_header("Content-Length", str(len(body)))
        for name, value in more.items():
            call.send_header(name.replace("_", "-"), value)
        call.end_headers()
        call.wfile.write(body)

    def _send_much(self, call: BaseHTTPRequestHandler) -> None:
        call.send_response(200)
        call.send_header("Content-Type", "image/png")
        call.end_headers()
        part = b"\x89PNG\r\n\x1a\n" + bytes(65_528)
        try:
            while self.sent_bytes < HUGE_BYTES:
                call.wfile.write(part)
                self.sent_bytes += len(part)
        except ConnectionError:
            pass


@contextmanager
def tile_server() -> Iterator[TileServer]:
    """Run the double until the block ends."""
    double = TileServer()
    thread = threading.Thread(target=double.http.serve_forever, name="tile server")
    thread.start()
    try:
        yield double
    finally:
        double.let_go.set()
        double.http.shutdown()
        double.http.server_close()
        thread.join()
