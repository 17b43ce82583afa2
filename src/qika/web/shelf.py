"""Answers kept whole for those who ask the same: bounded, and gone when what they rest on changes.

Only answers to GET are kept, and none to a question that says anything about one person. A kept
answer rests on the rules in force, the points, the day and the minute (points open and close); when
any of these changes, the shelf is empty. A cache may keep such an answer too but has to ask again
each time: then its ETag, the hash of the answer, saves sending it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import cookie_parser

from qika.rulebook.book import Rulebook
from qika.terms.names import Language
from qika.web import language
from qika.web.sent import NO_STORE, NOT_MODIFIED, OK, Header, Sent, head_of
from qika.web.site import Site

KEPT_BYTES_MAX = 32 << 20
"""Bytes of all kept answers together; the oldest go first."""

ANSWER_BYTES_MAX = 1 << 20

ABOUT_ONE_PERSON = frozenset(
    {
        "near", "lat", "lon", "place", "collected_on", "collected", "made_on", "applied_on",
        "year", "month", "day", "r", "size",
    }
)  # fmt: skip
"""Names in a query whose answer is not kept: where somebody is, when a card was collected; and
``size``, which sets a cookie."""

REVALIDATED: Header = (b"cache-control", b"no-cache")
LARGE = "large"

Headers = Mapping[bytes, bytes]
"""Request headers by lower-case name; of one sent twice the last counts."""


class Stamp(NamedTuple):
    """What every kept answer rests on, besides its address and language."""

    book: Rulebook
    points: object
    minute: int


class Place(NamedTuple):
    """Where an answer stands on the shelf."""

    stamp: Stamp
    path: str
    query: bytes
    language: Language
    """By the header; what the path or ``?lang=`` say stands in those."""
    large: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer with its ETag, and the answer to those who have it already."""

    whole: Sent
    etag: bytes
    unchanged: Sent

    def answer_to(self, held: bytes | None) -> Sent:
        """Give the answer to a caller who holds answers of these ETags (``If-None-Match``)."""
        if held is None:
            return self.whole
        tags = {tag.strip().removeprefix(b"W/") for tag in held.split(b",")}
        return self.unchanged if self.etag in tags or b"*" in tags else self.whole


def _kept(sent: Sent) -> _Kept:
    etag = b'"' + hashlib.sha256(sent.body).hexdigest()[:32].encode() + b'"'
    told = [one for one in sent.head.headers if one != NO_STORE]
    told += [REVALIDATED, (b"etag", etag)]
    brief = (one for one in told if one[0] not in {b"content-type", b"content-language"})
    unchanged = Sent(NOT_MODIFIED, head_of(brief), b"")
    return _Kept(Sent(sent.status, head_of(told), sent.body), etag, unchanged)


class Shelf:
    """Keeps the answers of one process."""

    def __init__(self, site: Site, bytes_max: int = KEPT_BYTES_MAX) -> None:
        """Keep for this site; nothing where nobody tells the version of its points."""
        self._site, self._bytes_max = site, bytes_max
        self._stamp: Stamp | None = None
        self._kept: dict[Place, _Kept] = {}
        self._bytes = 0

    def place(self, path: str, query: bytes, headers: Headers) -> Place | None:
        """Give the place of the answer to a GET; None if none is kept here."""
        version = self._site.points_version
        if version is None:
            return None
        office = self._site.office
        stamp = Stamp(office.rulings.book, version(), int(office.clock().timestamp()) // 60)
        if stamp != self._stamp:
            self._stamp, self._bytes = stamp, 0
            self._kept.clear()
        cookie = headers.get(b"cookie")
        large = cookie is not None and cookie_parser(cookie.decode("latin-1")).get("size") == LARGE
        return Place(stamp, path, query, spoken_by(headers), large)

    def find(self, place: Place, headers: Headers) -> Sent | None:
        """Give the kept answer, or that the caller's own is still right; None: make it."""
        kept = self._kept.get(place)
        if kept is None:
            return None
        return kept.answer_to(headers.get(b"if-none-match"))

    def keep(self, place: Place, sent: Sent, names: Iterable[str], headers: Headers) -> Sent:
        """Keep a fresh answer to the query of these names, if it may be; give what to send."""
        if sent.status != OK or not ABOUT_ONE_PERSON.isdisjoint(names):
            return sent
        kept = _kept(sent)
        if place.stamp == self._stamp and len(sent.body) <= ANSWER_BYTES_MAX:
            self._put(place, kept)
        return kept.answer_to(headers.get(b"if-none-match"))

    def _put(self, place: Place, kept: _Kept) -> None:
        """Put an answer on the shelf; the oldest make room for it."""
        self._bytes += len(kept.whole.body)
        while self._kept and self._bytes > self._bytes_max:
            oldest = self._kept.pop(next(iter(self._kept)))
            self._bytes -= len(oldest.whole.body)
        self._kept[place] = kept


def spoken_by(headers: Headers) -> Language:
    """Give the language that the headers ask for."""
    return language.of_header(str(headers.get(b"accept-language", b""), "latin-1"))
