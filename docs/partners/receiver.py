"""Receives events from Qika: copy this into your program. Needs Python 3.11, nothing else.

    QIKA_SECRET="whsec_..." python receiver.py --port 9000 --kept events.sqlite

Checks signature and time of every message (Standard Webhooks, v1), keeps each event once, and
answers 204 only after it is on the disk. Put a server with TLS in front of it.
"""

import argparse
import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

TOLERANCE_S = 300
"""A message older than this, or as far in the future, is refused."""

BODY_BYTES_MAX = 1 << 20


class RefusedError(ValueError):
    """The message is not genuine, or not fresh."""


def verified(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> str:
    """Give the id of a message; raises RefusedError.

    Give every secret that is in force: while one follows another, messages bear two signatures.
    """
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit()):
        raise RefusedError("there is no id or no time")
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE_S:
        raise RefusedError("the message is too old, or of the future")
    text = f"{message_id}.{stamp}.".encode() + body
    wanted = [hmac.digest(_key(secret), text, hashlib.sha256) for secret in secrets]
    for signature in headers.get("webhook-signature", "").split():
        version, _, given = signature.partition(",")
        if version == "v1" and any(hmac.compare_digest(_decoded(given), one) for one in wanted):
            return message_id
    raise RefusedError("no signature fits")


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


class Kept:
    """The events that were received, each once, in a file."""

    def __init__(self, path: Path) -> None:
        """Open the file, made if need be."""
        self._lock = Lock()
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.execute("pragma synchronous = full")
        self._file.execute(
            "create table if not exists event"
            " (number integer primary key, id text not null unique, body text not null)"
        )

    def keep(self, message_id: str, body: str) -> bool:
        """Keep an event; false if it was kept before. It is on the disk when this returns."""
        with self._lock:
            added = self._file.execute(
                "insert into event (id, body) values (?, ?) on conflict do nothing",
                (message_id, body),
            )
            return added.rowcount == 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def handler_of(secrets: Sequence[str], kept: Kept) -> type[BaseHTTPRequestHandler]:
    """Give the handler of messages."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            """Receive one message."""
            length = self.headers.get("content-length", "")
            if not length.isdigit() or int(length) > BODY_BYTES_MAX:
                self.close_connection = True
                self._answer(413)
                return
            body = self.rfile.read(int(length))
            try:
                message_id = verified(secrets, self.headers, body)
                json.loads(body)
            except ValueError:
                self._answer(400)
                return
            # Here the event is known to be genuine. Of two events of one card the one with the
            # higher data.sequence is the later; a repeat may come after it, and is dropped.
            kept.keep(message_id, body.decode())
            self._answer(204)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            if status != 204:  # noqa: PLR2004  no content
                self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing: who writes events to a log keeps them there."""

    return Handler


def main() -> None:
    """Receive until stopped."""
    parser = argparse.ArgumentParser(description="Receives events from Qika.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--kept", type=Path, default=Path("events.sqlite"))
    chosen = parser.parse_args()
    secrets = os.environ["QIKA_SECRET"].split()
    with contextlib.closing(Kept(chosen.kept)) as kept:
        server = ThreadingHTTPServer(("127.0.0.1", chosen.port), handler_of(secrets, kept))
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
