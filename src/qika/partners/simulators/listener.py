"""A listener on loopback that checks each message, and answers as the play of its card says."""

import hmac
import json
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from qika.partners.webhooks.signing import signed_headers

TOLERANCE = timedelta(minutes=5)
BODY_MAX = 1 << 16
_HEARD, _NOT_GENUINE = 204, 400


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was genuine, and what was answered."""

    id: str
    type: str
    answered: int


@dataclass(slots=True)
class SimulatedListener:
    """Keeps what it was told, by card identification code; ``clock`` gives aware times."""

    secret: str
    clock: Callable[[], datetime]
    url: str = ""
    answers: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    """What is still to be answered to messages of a card; afterwards all is well."""
    messages: dict[str, list[Message]] = field(default_factory=dict[str, list[Message]])

    def expect(self, identifier: str, answers: Sequence[int]) -> None:
        """Say what the messages of a card are answered, one after the other."""
        self.answers[identifier] = list(answers)

    def of(self, identifier: str) -> tuple[Message, ...]:
        """Give the messages of a card as they came."""
        return tuple(self.messages.get(identifier, ()))

    def receive(self, message_id: str, stamp: str, signature: str, body: bytes) -> int:
        """Keep a message if it is genuine and fresh; gives the status to answer."""
        if not stamp.isdecimal():
            return _NOT_GENUINE
        at = datetime.fromtimestamp(int(stamp), UTC)
        wanted = signed_headers([self.secret], message_id, at, body)["webhook-signature"]
        if not hmac.compare_digest(wanted, signature) or abs(self.clock() - at) > TOLERANCE:
            return _NOT_GENUINE
        said = json.loads(body)
        identifier = said["data"]["card"]["identifier"]
        waiting = self.answers.get(identifier, [])
        status = waiting.pop(0) if waiting else _HEARD
        kept = self.messages.setdefault(identifier, [])
        kept.append(Message(message_id, said["type"], status))
        return status


@contextmanager
def listening(secret: str, clock: Callable[[], datetime]) -> Generator[SimulatedListener]:
    """Listen on a free port of 127.0.0.1 until the block ends."""
    listener = SimulatedListener(secret, clock)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", "0")), BODY_MAX)
            names = ("webhook-id", "webhook-timestamp", "webhook-signature")
            said = [self.headers.get(name, "") for name in names]
            status = listener.receive(said[0], said[1], said[2], self.rfile.read(length))
            self.send_response(status)
            if status != _HEARD:
                self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        listener.url = f"http://127.0.0.1:{http.server_address[1]}/cards"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.1})
        thread.start()
        try:
            yield listener
        finally:
            http.shutdown()
            thread.join()
