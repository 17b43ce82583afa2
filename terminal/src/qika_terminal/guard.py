"""Who may call this agent: programs of this computer that know its token, and the page it opened.

A page of somebody else's can make a browser call 127.0.0.1, and a name of somebody else's can point
there. So the host must be this one, a page's origin must be this one, and nothing is done without
the token, or without the cookie that the token buys, which no other site's page can send.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from qika_terminal.faults import Fault, RefusedError

TOKEN_FILE = "token"  # noqa: S105  a name, not a secret
TOKEN_MIN = 32
"""Characters; what is shorter was torn, and is made anew."""

_BEARER = "Bearer "


def token_of(folder: Path) -> str:
    """Read the token of this agent, made on the first start and readable by its owner alone."""
    path = folder / TOKEN_FILE
    with contextlib.suppress(FileNotFoundError):
        kept = path.read_text("ascii").strip()
        if len(kept) >= TOKEN_MIN:
            return kept
    token, new = secrets.token_urlsafe(32), folder / f"{TOKEN_FILE}.new"
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(f"{token}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)  # whole or not at all: an empty token would let everybody in
    return token


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets calls in; ``port`` is that of the door."""

    token: str
    port: int

    def check_host(self, headers: Mapping[str, str]) -> None:
        """Refuse a call that came under another name, as after DNS rebinding."""
        if headers.get("host", "") not in self._hosts():
            raise RefusedError(Fault.FOREIGN_PAGE)

    def check_program(self, headers: Mapping[str, str]) -> None:
        """Let in a program by the token; raises RefusedError."""
        self._check_origin(headers, wanted=False)
        given = headers.get("authorization", "")
        if not given.startswith(_BEARER) or not self.is_token(given.removeprefix(_BEARER)):
            raise RefusedError(Fault.NO_TOKEN)

    def check_page(self, headers: Mapping[str, str], *, writes: bool) -> None:
        """Let in the page by its cookie; a form must say that it is this door's own."""
        if writes:
            self._check_origin(headers, wanted=True)
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie_name)
        except CookieError:
            cookie = None
        if cookie is None or not hmac.compare_digest(cookie.value.encode(), self._ticket.encode()):
            raise RefusedError(Fault.NO_TOKEN)

    def is_token(self, given: str) -> bool:
        """Tell whether a text is the token."""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def cookie(self) -> str:
        """Give the cookie that lets the page in."""
        return f"{self._cookie_name}={self._ticket}; Path=/; HttpOnly; SameSite=Strict"

    @property
    def _cookie_name(self) -> str:
        return f"qika_terminal_{self.port}"

    @property
    def _ticket(self) -> str:
        return hmac.new(self.token.encode(), b"page", hashlib.sha256).hexdigest()

    def _hosts(self) -> tuple[str, ...]:
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    def _check_origin(self, headers: Mapping[str, str], *, wanted: bool) -> None:
        origin = headers.get("origin")
        ours = {f"http://{host}" for host in self._hosts()}
        if origin not in ours and (wanted or origin is not None):
            raise RefusedError(Fault.FOREIGN_PAGE)
