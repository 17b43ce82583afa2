"""The client: one method for each thing that a partner does."""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from qika_client.answers import Line, Outcome, Stream, line_of, outcome_of, stream_of
from qika_client.sending import GaveUpError, Retrying, Sender
from qika_client.signing import Content, SigningKey

BATCH_MAX = 1_000
"""Requests in one call; the service takes no more."""

PIECE_BYTES = 1 << 16
TIMEOUT_S = 30.0
JSON_TYPE, LINES_TYPE = "application/json", "application/x-ndjson"
ACTIVATIONS, STREAMS = "/v1/activations", "/v1/activation-streams"

Request = Mapping[str, Any]
"""A request to activate, by the names of the API."""


class Client:
    """Sends signed activations to one service; may be used by one thread at a time."""

    def __init__(
        self,
        origin: str,
        key: SigningKey,
        *,
        retrying: Retrying | None = None,
        timeout_s: float = TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the address of the service (scheme and host, as the authority told it) and a key.

        ``transport`` replaces the network, ``clock`` gives seconds since 1970.
        """
        self._http = httpx.Client(timeout=timeout_s, transport=transport, trust_env=False)
        self._sender = Sender(self._http, origin.rstrip("/"), key, retrying or Retrying(), clock)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def activate(self, request: Request) -> Outcome:
        """Send one request; gives the decision, also where it is a refusal.

        Raises RefusedError if the call was refused, GaveUpError if no answer came.
        """
        [outcome] = self._decided([request])
        return outcome

    def activate_many(self, requests: Iterable[Request]) -> Iterator[Outcome]:
        """Send requests, a thousand in a call; gives the decisions in their order, as they come.

        Raises as ``activate``; what was given by then stands.
        """
        waiting = iter(requests)
        while batch := list(islice(waiting, BATCH_MAX)):
            yield from self._decided(batch)

    def stream(self, body: Path | bytes, *, idempotency_key: str = "") -> Stream:
        """Send lines of JSON, each one request with its ``request_key``, in one body.

        Without a key the content is the key: the same file again is the same stream. Raises as
        ``activate``.
        """
        digest, length = hashlib.sha256(), 0
        for piece in _pieces(body):
            digest.update(piece)
            length += len(piece)
        key = idempotency_key or f"sha256-{digest.hexdigest()}"
        content = Content(LINES_TYPE, digest.digest(), key, length)
        answer = self._sender.send("POST", ACTIVATIONS, content, lambda: _pieces(body))
        return stream_of(answer.json())

    def status(self, stream: Stream | str) -> Stream:
        """Ask how a stream stands, by itself or by its id."""
        stream_id = stream if isinstance(stream, str) else stream.id
        return stream_of(self._sender.send("GET", f"{STREAMS}/{stream_id}").json())

    def wait(self, stream: Stream | str, *, every_s: float = 2.0, at_most: int = 43_200) -> Stream:
        """Ask until a stream has ended; raises GaveUpError after so many times."""
        for _ in range(at_most):
            now = self.status(stream)
            if now.ended:
                return now
            self._sender.retrying.sleep(every_s)
        raise GaveUpError(f"the stream had not ended after it was asked for {at_most} times")

    def results(self, stream: Stream | str) -> Iterator[Line]:
        """Give what became of each line of a stream that is done, in order, as it is read.

        An answer that breaks off raises GaveUpError; ask again from the beginning.
        """
        stream_id = stream if isinstance(stream, str) else stream.id
        with self._sender.reading(f"{STREAMS}/{stream_id}/results") as answer:
            try:
                for line in answer.iter_lines():
                    yield line_of(json.loads(line))
            except httpx.TransportError as error:
                raise GaveUpError(f"the results broke off: {error}") from error

    def _decided(self, requests: list[Request]) -> list[Outcome]:
        keyed = [{"request_key": uuid4().hex, **one} for one in requests]
        said = keyed[0] if len(keyed) == 1 else {"requests": keyed}
        body = json.dumps(said, ensure_ascii=False).encode()
        content = Content(JSON_TYPE, hashlib.sha256(body).digest(), uuid4().hex, len(body))
        answer = self._sender.send("POST", ACTIVATIONS, content, lambda: body)
        return [outcome_of(one) for one in answer.json()["outcomes"]]


def _pieces(body: Path | bytes) -> Iterator[bytes]:
    if isinstance(body, bytes):
        for start in range(0, len(body), PIECE_BYTES):
            yield body[start : start + PIECE_BYTES]
        return
    with body.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
