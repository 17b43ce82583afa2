"""The service at the other end of the line: one POST, its answer read without trusting its form."""

import http.client
import json
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeGuard
from urllib.parse import urlsplit

from qika_terminal.fields import Json, is_list, is_object

ANSWER_MAX = 8 << 20
"""Bytes of an answer; a thousand outcomes take less than one million."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAMED_ROW = re.compile(r"requests\[(\d{1,4})\]")


class LineError(Exception):
    """The service was not reached, or did not answer in time; what was sent may have arrived."""


class UntrustedError(LineError):
    """Whoever answers cannot prove to be the service (its certificate)."""


class UnreadableAnswerError(ValueError):
    """An answer is not one of the service."""


class Answer(NamedTuple):
    """An answer as it came."""

    status: int
    body: bytes
    retry_after_s: float = 0.0


Post = Callable[[str, Mapping[str, str], bytes], Answer]
"""Sends a body to a path with headers; raises LineError."""


class Outcome(NamedTuple):
    """What the service decided on one request."""

    request_key: str
    status: str
    missing: Sequence[str]


class Problem(NamedTuple):
    """Why the service refused a call."""

    code: str
    errors: Sequence[tuple[str, str]]
    """Field and code."""

    @property
    def reason(self) -> str:
        """The code of the first wrong field, or of the problem."""
        return next((code for _, code in self.errors if code), self.code)

    def rows(self) -> Mapping[int, str]:
        """Give the places in the batch that are named as wrong, each with its code."""
        named = [(_NAMED_ROW.match(field), code) for field, code in self.errors]
        return {int(found[1]): code for found, code in reversed(named) if found}


@dataclass(frozen=True, slots=True)
class HttpService:
    """The service by HTTP; a connection for each call, since calls are minutes apart."""

    origin: str
    """Scheme and host, as partners write it."""
    ca_file: Path | None = None
    """Certificates of an authority of one's own; None: those of the system."""
    timeout_s: float = 20

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a body; raises LineError. Redirects are not followed: the address is signed."""
        try:
            connection = self._connection()
            try:
                connection.request("POST", path, body, dict(headers))
                answer = connection.getresponse()
                said = answer.read(ANSWER_MAX)
                return Answer(answer.status, said, _seconds(answer.getheader("Retry-After")))
            finally:
                connection.close()
        except ssl.SSLCertVerificationError as error:
            raise UntrustedError(error.verify_message) from error
        except (OSError, http.client.HTTPException) as error:
            raise LineError(type(error).__name__) from error

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.origin)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port, timeout=self.timeout_s)
        context = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        return http.client.HTTPSConnection(
            host, parts.port, timeout=self.timeout_s, context=context
        )


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isascii() and text.isdigit() else 0.0


def outcomes_of(body: bytes) -> Sequence[Outcome]:
    """Read decisions; raises UnreadableAnswerError."""
    said = _json(body)
    listed = said.get("outcomes") if is_object(said) else None
    if not is_list(listed):
        raise UnreadableAnswerError
    return [_outcome(one) for one in listed]


def _outcome(said: Json) -> Outcome:
    if not is_object(said):
        raise UnreadableAnswerError
    key, status = said.get("request_key"), said.get("status")
    if not isinstance(key, str) or not isinstance(status, str) or not _CODE.fullmatch(status):
        raise UnreadableAnswerError
    missing = said.get("missing")
    papers = [one.get("code") for one in missing if is_object(one)] if is_list(missing) else []
    return Outcome(key, status, [paper for paper in papers if _is_code(paper)])


def problem_of(body: bytes) -> Problem:
    """Read why a call was refused; raises UnreadableAnswerError if the service does not say."""
    said = _json(body)
    code = said.get("code") if is_object(said) else None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise UnreadableAnswerError
    listed = said.get("errors")
    errors = [one for one in listed if is_object(one)] if is_list(listed) else []
    pairs = [(str(one.get("field", "")), one.get("code")) for one in errors]
    return Problem(code, [(field, why) for field, why in pairs if _is_code(why)])


def checked_signature(answer: Answer) -> str:
    """Read what the service says of a signature: empty if it is accepted, else why not."""
    try:
        told = _json(answer.body)
    except UnreadableAnswerError:
        told = None
    if is_object(told) and told.get("accepted") is True:
        return ""
    code = told.get("code") if is_object(told) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else str(answer.status)


def _is_code(value: Json) -> TypeGuard[str]:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _json(body: bytes) -> Json:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswerError from error
