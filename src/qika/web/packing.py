"""An answer as it goes out again and again: its ETag, packed for who takes it, or "unchanged"."""

import gzip
import hashlib
import re
from functools import lru_cache

from starlette.responses import Response

from qika.web.sent import NOT_MODIFIED, Header, Headers, Sent, head_of

PACKED_FROM = 1_024
"""Bytes below which packing gains nothing: the answer fits into one segment anyway."""

LEVEL, QUICK_LEVEL = 6, 2
"""For an answer that is packed once for many, and for one that is made for a single reader."""

_LOOKED_AT = 256
_TAKES = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q\s*=\s*([\d.]+)\s*)?(?=,|$)", re.IGNORECASE)
_OF_THE_BODY = frozenset({b"content-type", b"content-language", b"content-encoding"})
GZIP: Header = (b"content-encoding", b"gzip")


@lru_cache(maxsize=1_024)
def takes_gzip(accepted: bytes) -> bool:
    """Tell whether an ``Accept-Encoding`` header lets an answer be packed (RFC 9110, 12.5.3)."""
    found = _TAKES.search(str(accepted[:_LOOKED_AT], "latin-1"))
    if found is None:
        return False
    try:
        return found[1] is None or float(found[1]) > 0
    except ValueError:
        return False


def packed_body(body: bytes) -> bytes:
    """Pack a body; the same body gives the same bytes at any time."""
    return gzip.compress(body, LEVEL, mtime=0)


def pack_once(response: Response, headers: Headers) -> Response:
    """Pack a page that nobody keeps, for a caller who takes it so; others get it as it is."""
    accepted, told = headers.get(b"accept-encoding"), response.headers
    page = told.get("content-type", "").startswith("text/html")
    if accepted is None or not page or "etag" in told or not takes_gzip(accepted):
        return response
    body = bytes(response.body)
    if len(body) < PACKED_FROM:
        return response
    response.body = gzip.compress(body, QUICK_LEVEL, mtime=0)
    told["content-length"] = str(len(response.body))
    told["content-encoding"] = "gzip"
    told.add_vary_header("Accept-Encoding")
    return response


class _Form:
    """One form of an answer, and the answer to those who have it already."""

    __slots__ = ("etag", "unchanged", "whole")

    def __init__(self, headers: tuple[Header, ...], status: int, body: bytes, etag: bytes) -> None:
        self.etag = etag
        told = (*headers, (b"etag", etag))
        self.whole = Sent(status, head_of(told), body)
        brief = (one for one in told if one[0] not in _OF_THE_BODY)
        self.unchanged = Sent(NOT_MODIFIED, head_of(brief), b"")


class Packed:
    """An answer in its plain form and, once somebody takes it so, in its packed form."""

    __slots__ = ("_headers", "_packed", "_plain")

    def __init__(
        self, headers: tuple[Header, ...], status: int, body: bytes, packed: bytes | None = None
    ) -> None:
        """Take an answer's headers, without ETag, and its body, packed already if it is large."""
        self._headers = headers
        digest = hashlib.sha256(body).hexdigest()[:32].encode()
        self._plain = _Form(headers, status, body, b'"%b"' % digest)
        self._packed: _Form | None = None if packed is None else self._pack(packed)

    @property
    def length(self) -> int:
        """Bytes of the plain body."""
        return len(self._plain.whole.body)

    def answer_to(self, headers: Headers) -> Sent:
        """Give the answer to a caller by his headers: in the form he takes, unless he has it."""
        accepted = headers.get(b"accept-encoding")
        packs = accepted is not None and self.length >= PACKED_FROM and takes_gzip(accepted)
        form = self._gzip() if packs else self._plain
        held = headers.get(b"if-none-match")
        if held is None:
            return form.whole
        tags = {tag.strip().removeprefix(b"W/") for tag in held.split(b",")}
        return form.unchanged if form.etag in tags or b"*" in tags else form.whole

    def _gzip(self) -> _Form:
        if self._packed is None:
            self._packed = self._pack(packed_body(self._plain.whole.body))
        return self._packed

    def _pack(self, body: bytes) -> _Form:
        plain = self._plain
        etag = b'%b-gzip"' % plain.etag[:-1]
        return _Form((*self._headers, GZIP), plain.whole.status, body, etag)
