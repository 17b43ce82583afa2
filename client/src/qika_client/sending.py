"""Sending until there is an answer: signed anew each time, under the same keys."""

import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import httpx

from qika_client.answers import WrongField, wrong_fields
from qika_client.signing import Content, SigningKey, signed_headers

AGAIN = frozenset(
    {
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Answers that say nothing about the request itself."""


class RefusedError(Exception):
    """The service refused a call; nothing was done. Sending it again would not help."""

    def __init__(self, status: int, code: str, detail: str, errors: tuple[WrongField, ...]) -> None:
        """Take what the problem says."""
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail, self.errors = status, code, detail, errors


class GaveUpError(Exception):
    """No answer came, however often it was sent: it may have been done, or not.

    Send the same again later, with the same keys.
    """


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often and after which pauses a call is sent again."""

    tries: int = 8
    first_s: float = 0.5
    """The first pause; each one is twice as long as the one before."""
    longest_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def pause_s(self, tried: int, asked_s: float | None) -> float:
        """Give the pause after so many tries; the service may have asked for a longer one.

        A part of it is left to chance, so that many who failed together do not come together.
        """
        grown = min(self.longest_s, self.first_s * 2 ** (tried - 1))
        own = grown * (0.5 + self.chance() / 2)
        return max(own, min(asked_s or 0.0, self.longest_s))


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends signed calls to one service."""

    http: httpx.Client
    origin: str
    key: SigningKey
    retrying: Retrying
    clock: Callable[[], float]
    """Seconds since 1970."""

    def send(
        self,
        method: str,
        path: str,
        content: Content | None = None,
        body: Callable[[], Any] = lambda: None,
    ) -> httpx.Response:
        """Send a call until it is answered; ``body`` gives what it carries, anew for each try.

        Raises RefusedError or GaveUpError.
        """
        return self._until_answered(lambda: self._answer(method, path, content, body()))

    @contextmanager
    def reading(self, path: str) -> Generator[httpx.Response]:
        """Open an answer that is read while it comes; raises as ``send``."""
        answer = self._until_answered(lambda: self._answer("GET", path, None, None, stream=True))
        try:
            yield answer
        finally:
            answer.close()

    def _until_answered(self, call: Callable[[], httpx.Response]) -> httpx.Response:
        last: object = None
        for tried in range(1, self.retrying.tries + 1):
            asked_s = None
            try:
                answer = call()
            except httpx.TransportError as error:
                last = error
            else:
                if answer.status_code not in AGAIN:
                    return _accepted(answer)
                last, asked_s = answer.status_code, _retry_after_s(answer)
                answer.close()
            if tried < self.retrying.tries:
                self.retrying.sleep(self.retrying.pause_s(tried, asked_s))
        raise GaveUpError(f"no answer after {self.retrying.tries} tries: {last}")

    def _answer(
        self,
        method: str,
        path: str,
        content: Content | None,
        body: Any,  # noqa: ANN401 - what httpx takes
        *,
        stream: bool = False,
    ) -> httpx.Response:
        created = int(self.clock())
        headers = signed_headers(self.key, method, self.origin + path, content, created)
        if content is not None:
            headers["content-length"] = str(content.length)
        request = self.http.build_request(method, self.origin + path, headers=headers, content=body)
        return self.http.send(request, stream=stream)


def _accepted(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    answer.read()
    answer.close()
    try:
        said = cast("dict[str, Any]", answer.json())
        code, detail, errors = str(said["code"]), str(said["detail"]), wrong_fields(said)
    except (ValueError, KeyError, TypeError):
        code, detail, errors = "", answer.reason_phrase, ()
    raise RefusedError(answer.status_code, code, detail, errors)


def _retry_after_s(answer: httpx.Response) -> float | None:
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdigit() else None
