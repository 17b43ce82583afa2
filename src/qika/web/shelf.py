"""Answers kept whole for those who ask the same: bounded, and gone when what they rest on changes.

Only answers to GET are kept, and none to a question that says anything about one person. A kept
answer rests on the rules in force, the points and the day; when one of these changes, it is made
anew. What tells whether doors are open rests on the minute too, and says to caches how long that
holds. Everything else may stand in a cache for minutes, and longer while it is being renewed or
while nobody here answers: a rush is then served by whatever stands in front.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import NamedTuple

from qika.activation.decide import CHINA
from qika.rulebook.book import Rulebook
from qika.terms.names import Language
from qika.web import language
from qika.web.packing import Packed
from qika.web.sent import OK, Header, Headers, Sent
from qika.web.site import Site

KEPT_BYTES_MAX = 32 << 20
"""Bytes of all kept answers together, as they are sent unpacked; the oldest go first."""

ANSWER_BYTES_MAX = 4 << 20

ABOUT_ONE_PERSON = frozenset(
    {
        "near", "lat", "lon", "place", "collected_on", "collected", "made_on", "applied_on",
        "year", "month", "day", "made_year", "made_month", "made_day", "applied_year",
        "applied_month", "applied_day", "r",
    }
)  # fmt: skip
"""Names in a query whose answer is not kept: where somebody is, of which days the card is."""

FRESH_S = 5 * 60
"""How long a cache may give an answer without asking whether it still holds, in seconds."""

LASTING: Header = (
    b"cache-control",
    b"public, max-age=%d, stale-while-revalidate=3600, stale-if-error=86400" % FRESH_S,
)
"""Of what does not depend on the minute."""

REVALIDATED: Header = (b"cache-control", b"no-cache")

LARGE = "/large"
"""What stands before the path of a page in larger text: the same pages, each in a place of its
own, so that no cookie is needed and any cache can hold both."""

_LANGUAGES = frozenset[str | None](Language)
_REPLACED = frozenset({b"cache-control", b"vary"})


class Stamp(NamedTuple):
    """What every kept answer rests on, besides its address and language."""

    book: Rulebook
    points: object


class Key(NamedTuple):
    """Whose answer it is."""

    path: str
    query: bytes
    language: Language
    """By the header; what the path or ``?lang=`` say stands in those."""


class Place(NamedTuple):
    """Where an answer stands on the shelf, seen from one moment."""

    key: Key
    stamp: Stamp
    now: datetime

    @property
    def language(self) -> Language:
        """The language that the headers ask for."""
        return self.key.language


@dataclass(slots=True)
class _Kept:
    """An answer as it is sent, and the last minute of it."""

    packed: Packed
    until: datetime


@dataclass(slots=True)
class _Contents:
    kept: dict[Key, _Kept] = field(default_factory=dict[Key, _Kept])
    bytes: int = 0

    def put(self, key: Key, one: _Kept, bytes_max: int) -> None:
        """Put an answer on the shelf; the oldest make room for it."""
        self.drop(key)
        self.bytes += one.packed.length
        while self.kept and self.bytes > bytes_max:
            self.drop(next(iter(self.kept)))
        self.kept[key] = one

    def drop(self, key: Key) -> None:
        """Take an answer away, if it is there."""
        one = self.kept.pop(key, None)
        if one is not None:
            self.bytes -= one.packed.length


class Shelf:
    """Keeps the answers of one process."""

    def __init__(self, site: Site, bytes_max: int = KEPT_BYTES_MAX) -> None:
        """Keep for this site; nothing where nobody tells the version of its points."""
        self._site, self._bytes_max = site, bytes_max
        self._stamp: Stamp | None = None
        self._contents = _Contents()

    def place(self, path: str, query: bytes, headers: Headers) -> Place | None:
        """Give the place of the answer to a GET; None if none is kept here."""
        version = self._site.points_version
        if version is None:
            return None
        office = self._site.office
        stamp = Stamp(office.rulings.book, version())
        if stamp != self._stamp:
            self._stamp, self._contents = stamp, _Contents()
        return Place(Key(path, query, spoken_by(headers)), stamp, office.clock())

    def find(self, place: Place, headers: Headers) -> Sent | None:
        """Give the kept answer, or that the caller's own is still right; None: make it."""
        kept = self._contents.kept.get(place.key)
        if kept is None:
            return None
        if kept.until <= place.now:
            self._contents.drop(place.key)
            return None
        return kept.packed.answer_to(headers)

    def keep(
        self,
        place: Place,
        sent: Sent,
        query: Mapping[str, str],
        headers: Headers,
        live_until: datetime | None = None,
        *,
        packed: bytes | None = None,
    ) -> Sent:
        """Keep a fresh answer to a query, if it may be; give what to send.

        ``live_until``: until when what it says of open doors holds; None if it says nothing.
        ``packed``: its body by gzip, where that was made already.
        """
        if sent.status != OK or not ABOUT_ONE_PERSON.isdisjoint(query):
            return sent
        minute = _end_of_minute(place.now)
        cached = LASTING if live_until is None else _while_doors_hold(live_until - minute)
        told = [one for one in sent.head.headers if one[0] not in _REPLACED]
        told += [cached, (b"vary", _varies(place.key.path, query))]
        one = Packed(tuple(told), sent.status, sent.body, packed)
        if place.stamp == self._stamp and one.length <= ANSWER_BYTES_MAX:
            until = _end_of_day(place.now) if live_until is None else minute
            self._contents.put(place.key, _Kept(one, until), self._bytes_max)
        return one.answer_to(headers)


def _while_doors_hold(left: timedelta) -> Header:
    """Let caches keep an answer until the first of the doors in it opens or closes."""
    seconds = min(int(left.total_seconds()), FRESH_S)
    if seconds <= 0:
        return REVALIDATED
    return (b"cache-control", b"public, max-age=%d, stale-if-error=600" % seconds)


def _varies(path: str, query: Mapping[str, str]) -> bytes:
    """Name the request headers that change an answer: none that the address settles."""
    said = path.removeprefix(LARGE).split("/", 2)[1:2]
    settled = not _LANGUAGES.isdisjoint((*said, query.get("lang")))
    return b"Accept-Encoding" if settled else b"Accept-Language, Accept-Encoding"


def _end_of_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _end_of_day(now: datetime) -> datetime:
    there = now.astimezone(CHINA)
    return datetime.combine(there.date() + timedelta(days=1), time.min, CHINA)


def spoken_by(headers: Headers) -> Language:
    """Give the language that the headers ask for."""
    return language.of_header(str(headers.get(b"accept-language", b""), "latin-1"))
