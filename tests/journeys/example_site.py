"""A small whole Qika in memory for journeys: real rules and decisions, doubles of the edges."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import ClassVar
from zlib import crc32

import httpx
import msgspec

from qika.cards.card import Card
from qika.cards.events import Event
from qika.operations.activate import Answered, Request, perform
from qika.operations.office import Office
from qika.operations.ports import (
    Ask,
    Attempt,
    CardFile,
    Change,
    Loaded,
    PointHit,
    PointSearch,
    StoredAnswer,
)
from qika.operations.rulings import Rulings
from qika.points.hours import Schedule, Span, is_open
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.rulebook.book import Rulebook
from qika.storage.memory_reports import MemoryReports
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    Language,
    PointId,
    PointKind,
    RegionCode,
    State,
)
from qika.web.site import Crs, Resolution, Site

from tests.doubles import PlainKeys
from tests.people import EXAMPLE, ICBC, PlainCalendar, at, card

NOW = datetime.fromisoformat("2026-11-20T12:00:00+08:00")
TODAY = NOW.date()
GOOD_PROOF = {"assertion": "genuine"}


@dataclass
class MemoryStore:
    """Keeps cards, histories, answers and letters; refuses a change of a stale version."""

    cards: dict[bytes, Card] = field(default_factory=dict)
    history: dict[bytes, list[Event]] = field(default_factory=dict)
    answers: dict[tuple[bytes, str, str], StoredAnswer] = field(default_factory=dict)
    letters: set[tuple[bytes, str]] = field(default_factory=set)
    holders: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    identifiers: dict[str, bytes] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)

    async def load(self, asks: Sequence[Ask]) -> Loaded:
        asked = {ask.identity.card_key for ask in asks}
        cards = {key: held for key, held in self.cards.items() if key in asked}
        return Loaded(cards, dict(self.answers), frozenset(self.letters))

    async def commit(
        self, changes: Sequence[Change], attempts: Sequence[Attempt] = ()
    ) -> frozenset[int]:
        lost = set()
        for position, change in enumerate(changes):
            key = change.card.key
            if self.cards[key].version != change.card.version - 1:
                lost.add(position)
                continue
            self.cards[key] = change.card
            self.history.setdefault(key, []).append(change.event)
            if change.identity is not None:
                place = (key, change.identity.sender, change.identity.request_key)
                self.answers[place] = StoredAnswer(change.identity.body_hash, change.answer)
            if change.letter_id:
                self.letters.add((key, change.letter_id))
        self.attempts.extend(attempts)
        return frozenset(lost)

    async def card_file(self, key: bytes) -> CardFile | None:
        if key not in self.cards:
            return None
        return CardFile(self.cards[key], tuple(self.history.get(key, ())), {})

    async def holder_matches(self, key: bytes, *, name: str = "", number: str = "") -> bool:
        held = self.holders.get(key)
        return held is not None and ((name and name == held[0]) or (number and number == held[1]))

    async def key_of_identifier(self, card_identifier: str) -> bytes | None:
        return self.identifiers.get(card_identifier)


@dataclass(frozen=True)
class PointsInMemory:
    """A directory that looks at every point; exact, since there are few."""

    points: tuple[ServicePoint, ...]
    schedules: Mapping[str, Schedule]

    def __len__(self) -> int:
        return len(self.points)

    def stretch(self, start: int, limit: int) -> Sequence[ServicePoint]:
        found = sorted(self.points, key=lambda one: (one.region, one.name, one.id))
        return found[start : start + limit]

    def with_sum(self, total: int) -> Sequence[ServicePoint]:
        return [one for one in self.points if crc32(one.id.encode()) == total]

    def point(self, point_id: PointId) -> ServicePoint | None:
        return next((one for one in self.points if one.id == point_id), None)

    def schedule(self, point_id: PointId) -> Schedule | None:
        return self.schedules.get(point_id)

    def nearest(
        self,
        lat: float,
        lon: float,
        search: PointSearch,
        *,
        open_at: datetime | None,
        after: str | None,
        limit: int,
    ) -> Sequence[PointHit]:
        found = sorted(
            (_metres(lat, lon, one.coordinates), number, one)
            for number, one in enumerate(self.points)
            if one.coordinates and self._fits(one, search, open_at)
        )
        hits = [PointHit(one, far, f"{far.hex()}_{n}", (far, n)) for far, n, one in found]
        return _after(hits, after)[:limit]

    def listed(
        self, search: PointSearch, *, open_at: datetime | None, after: str | None, limit: int
    ) -> Sequence[PointHit]:
        ordered = sorted(self.points, key=lambda one: (one.region, one.name, one.id))
        found = [(n, one) for n, one in enumerate(ordered) if self._fits(one, search, open_at)]
        hits = [PointHit(one, None, f"0x0p0_{n}", (0.0, n)) for n, one in found]
        return _after(hits, after)[:limit]

    def _fits(self, one: ServicePoint, search: PointSearch, open_at: datetime | None) -> bool:
        area = (search.region or "").rstrip("0") or (search.region or "")
        return (
            one.region.startswith(area)
            and (search.kind is None or one.kind is search.kind)
            and (search.card_bank is None or one.card_bank in {None, search.card_bank})
            and any(
                search.channel in {None, able.channel}
                and (search.application is None or search.application in able.applications)
                for able in one.capabilities
            )
            and (open_at is None or is_open(self.schedules.get(one.id), open_at, PlainCalendar()))
        )


def _after(hits: list[PointHit], after: str | None) -> list[PointHit]:
    if after is None:
        return hits
    far, _, number = after.partition("_")
    return [hit for hit in hits if hit.rank > (float.fromhex(far), int(number))]


def _metres(lat: float, lon: float, to: Coordinates) -> float:
    north = math.radians(to.lat - lat)
    east = math.radians(to.lon - lon) * math.cos(math.radians(lat))
    return math.hypot(north, east) * 6_371_008.8


class ProvedByWord:
    """An identity provider that knows one genuine assertion."""

    def verify(
        self, proof: Mapping[str, object], channel: ChannelCode, card_key: bytes, at: datetime
    ) -> bool:
        return proof == GOOD_PROOF and bool(channel and card_key and at.tzinfo)


_NAMES = {
    "990000": ("示例市", "Example City"),
    "990101": ("东湖区", "Donghu"),
    "110000": ("北京市", "Beijing"),
    "110105": ("朝阳区", "Chaoyang"),
    "210000": ("辽宁省", "Liaoning"),
    "211300": ("朝阳市", "Chaoyang"),
    "310000": ("上海市", "Shanghai"),
    "340700": ("铜陵市", "Tongling"),
    "440000": ("广东省", "Guangdong"),
    "440300": ("深圳市", "Shenzhen"),
    "440305": ("南山区", "Nanshan"),
    "610100": ("西安市", "Xi'an"),
    "610000": ("陕西省", "Shaanxi"),
    "710000": ("台湾省", "Taiwan"),
    "810000": ("香港特别行政区", "Hong Kong"),
}
_FORMER = {"宝安县": "440300"}


class FewRegions:
    """A gazetteer of a few divisions."""

    def resolve(self, text: str) -> Resolution:
        text = text.strip()
        if text in _NAMES:
            return Resolution(IssuerCode(text))
        if text in _FORMER:
            return Resolution(IssuerCode(_FORMER[text]), renamed_from=text)
        fits = [IssuerCode(code) for code, names in _NAMES.items() if self._fits(text, names)]
        return Resolution(fits[0]) if len(fits) == 1 else Resolution(candidates=tuple(fits))

    def _fits(self, text: str, names: tuple[str, str]) -> bool:
        return text in names or text == names[0][:-1]

    def name(self, code: IssuerCode, language: Language) -> str:
        return _NAMES[code][language is Language.EN]

    def path(self, code: IssuerCode, language: Language) -> tuple[tuple[IssuerCode, str], ...]:
        above = [code[:2] + "0000", code[:4] + "00", code]
        known = [IssuerCode(one) for one in dict.fromkeys(above) if one in _NAMES]
        return tuple((one, self.name(one, language)) for one in known)

    def every(self) -> tuple[IssuerCode, ...]:
        return tuple(IssuerCode(code) for code in sorted(_NAMES))

    def below(
        self, code: IssuerCode | None, language: Language
    ) -> tuple[tuple[IssuerCode, str], ...]:
        paths = [self.path(IssuerCode(one), language) for one in _NAMES]
        above = [path[-2][0] if len(path) > 1 else None for path in paths]
        return tuple(path[-1] for path, parent in zip(paths, above, strict=True) if parent == code)

    def covered(self, code: IssuerCode) -> bool:
        return code[:2] not in {"71", "81", "82"}

    def chain(self, code: IssuerCode) -> tuple[IssuerCode, ...]:
        return tuple(one for one, _ in reversed(self.path(code, Language.ZH)))


class FewBanks:
    """Six banks by code, Chinese and English name."""

    names: ClassVar = {
        "102": ("中国工商银行", "ICBC"),
        "103": ("中国农业银行", "Agricultural Bank of China"),
        "104": ("中国银行", "Bank of China"),
        "105": ("中国建设银行", "China Construction Bank"),
        "301": ("交通银行", "Bank of Communications"),
        "403": ("中国邮政储蓄银行", "Postal Savings Bank of China"),
    }

    def code_of(self, name_or_code: str) -> BankCode | None:
        for code, names in self.names.items():
            if name_or_code in (code, *names):
                return BankCode(code)
        return None

    def name(self, code: BankCode, language: Language) -> str:
        return self.names.get(code, (code, code))[language is Language.EN]


WEEK = (*[(Span(9 * 60, 17 * 60),)] * 5, (), ())


def example_points() -> tuple[ServicePoint, ...]:
    """Thirteen outlets in a row eastward, a hospital and a pharmacy; every second outlet ICBC."""
    both, social = tuple(Application), (Application.SOCIAL,)
    outlets = [
        _point(
            f"bank-{number:02d}",
            f"示例银行第{number:02d}支行",
            PointKind.BANK_OUTLET,
            ("bank_counter", "bank_entrusted", "home_visit"),
            both,
            bank="102" if number % 2 else "103",
            lon=120.0 + number / 100,
        )
        for number in range(1, 14)
    ]
    hospital = _point(
        "hospital", "示例医院", PointKind.HOSPITAL, ("hospital_first_use",), social, lon=120.015
    )
    pharmacy = _point(
        "pharmacy", "示例药店", PointKind.PHARMACY, ("pharmacy_first_use",), social, lon=120.025
    )
    return (*outlets, hospital, pharmacy)


def _point(
    name: str,
    title: str,
    kind: PointKind,
    channels: tuple[str, ...],
    applications: tuple[Application, ...],
    *,
    bank: str | None = None,
    lon: float,
) -> ServicePoint:
    return ServicePoint(
        id=PointId(f"example:{name}"),
        name=title,
        kind=kind,
        organization="示例机构",
        card_bank=BankCode(bank) if bank else None,
        address="示例路 1 号",
        landmark="示例公园南门",
        region=RegionCode("990101"),
        phone="0999-5550101",
        coordinates=Coordinates(30.0, lon, "GCJ02"),
        hours_text="周一至周五 9:00-17:00",
        capabilities=tuple(
            Capability(ChannelCode(one), applications, (), (), "example", date(2026, 11, 1))
            for one in channels
        ),
        example=True,
    )


def example_store() -> MemoryStore:
    """One card in each state that journeys speak of; numbers tell the state."""
    store, keys = MemoryStore(), PlainKeys()
    held = {
        "A1": card(),
        "A2": card(),
        "A3": card(State.NORMAL, State.NORMAL),
        "A4": card(State.NOT_COLLECTED, State.NOT_COLLECTED, collected_on=None),
    }
    for number, one in held.items():
        key = keys.card_key(EXAMPLE, number)
        store.cards[key] = msgspec.structs.replace(one, key=key, bank=ICBC)
        store.holders[key] = (f"张{number}", f"99000019900101{number}")
        store.identifiers[number.lower().rjust(32, "0")] = key
    return store


def example_site(book: Rulebook, **changes: object) -> Site:
    """Build the site; ``changes`` replace parts of it."""
    regions = FewRegions()
    points = example_points()
    office = Office(
        store=example_store(),
        rulings=Rulings(book, regions.chain),
        directory=PointsInMemory(points, {one.id: Schedule(WEEK) for one in points[:-1]}),
        keys=PlainKeys(),
        identity=ProvedByWord(),
        calendar=PlainCalendar(),
        clock=lambda: NOW,
    )

    async def submit(requests: Sequence[Request]) -> list[Answered]:
        return await perform(office, requests)

    async def ready() -> bool:
        return True

    site = Site(
        office=office,
        submit=submit,
        regions=regions,
        banks=FewBanks(),
        to_wgs84=lambda lat, lon, crs: (lat, lon) if crs is Crs.WGS84 else (lat + 0.002, lon),
        ready=ready,
        unsigned_writes=True,
        doors=frozenset({"public", "partner", "console"}),
        version="0.0.0",
        reports=MemoryReports(),
        edition_since=lambda: NOW,
    )
    return replace(site, **changes)


def activation(number: str = "A1", **changes: object) -> dict[str, object]:
    """A request at the bank counter with every paper; ``changes`` replace parts of it."""
    said = {
        "request_key": f"key-{number}",
        "card": {"issuer": "990000", "card_number": number},
        "channel": "bank_counter",
        "occurred_at": at(TODAY, 10).isoformat(),
        "point_id": "example:bank-01",
        "presented": [
            {"document": "card", "of": "holder"},
            {"document": "id_card", "of": "holder", "valid_until": "2030-01-01"},
        ],
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


class Visitor:
    """Calls an application in memory, one call after the other."""

    def __init__(self, app: object) -> None:
        self.app = app
        self.cookies = httpx.Cookies()

    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(self.app)

    def call(self, method: str, path: str, **said: object) -> httpx.Response:
        async def run() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self.transport(), base_url="http://qika.test", cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **said)
                self.cookies = client.cookies
                return answer

        return asyncio.run(run())

    def get(self, path: str, **said: object) -> httpx.Response:
        return self.call("GET", path, **said)

    def post(self, path: str, said: object, **more: object) -> httpx.Response:
        return self.call("POST", path, json=said, **more)
