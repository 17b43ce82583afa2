"""Made-up cards, points and requests that tests speak of; nobody real."""

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from qika.activation.offer import offer
from qika.activation.request import (
    ActivationRequest,
    Case,
    Identity,
    Letter,
    Presented,
)
from qika.cards.card import ApplicationRecord, Card
from qika.points.point import Capability, ServicePoint
from qika.rulebook.book import Rulebook, Rules
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
    State,
    Who,
)

CHINA = ZoneInfo("Asia/Shanghai")
EXAMPLE = IssuerCode("990000")
ICBC, ABC = BankCode("102"), BankCode("103")
TODAY = date(2026, 11, 20)


def replace(value: Any, **changes: object) -> Any:
    """Give a changed copy of a value of ours, whichever way its type is made."""
    copy = structs.replace if isinstance(value, Struct) else dataclasses.replace
    return copy(value, **changes)


class PlainCalendar:
    """Weekends off, no holidays, announced for ever: enough where holidays are not the point."""

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5

    def is_provisional(self, day: date) -> bool:
        return day.year > 2026

    def day_kind(self, day: date) -> str:
        return "working" if self.is_working_day(day) else "weekend"


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)


def rules_of(book: Rulebook, issuer: IssuerCode = EXAMPLE, day: date = TODAY) -> Rules:
    return book.at((issuer,), day)


def record(state: State) -> ApplicationRecord:
    held = state in {State.TEMPORARY_LOSS, State.FORMAL_LOSS, State.LOCKED}
    return ApplicationRecord(state, before=State.SEALED if held else None)


def card(
    social: State = State.SEALED,
    financial: State = State.SEALED,
    *,
    bank: BankCode | None = ICBC,
    collected_on: date | None = TODAY - timedelta(days=30),
    issuer: IssuerCode = EXAMPLE,
    key: bytes = b"k" * 16,
) -> Card:
    return Card(
        key=key,
        issuer=issuer,
        bank=bank,
        made_on=TODAY - timedelta(days=40),
        applied_on=None,
        collected_on=collected_on,
        social=record(social),
        financial=record(financial),
        version=1,
    )


def point(
    channel: str,
    *,
    bank: BankCode | None = ICBC,
    region: str = "990101",
    kind: PointKind = PointKind.BANK_OUTLET,
    applications: tuple[Application, ...] = tuple(Application),
    regions: tuple[IssuerCode, ...] = (),
) -> ServicePoint:
    serves = Capability(ChannelCode(channel), applications, (), regions, "test", TODAY)
    return ServicePoint(
        id=PointId("test:1"),
        name="Example outlet",
        kind=kind,
        organization="",
        card_bank=bank,
        address="",
        landmark="",
        region=RegionCode(region),
        phone="",
        coordinates=None,
        hours_text="",
        capabilities=(serves,),
        example=True,
    )


def request(
    rules: Rules,
    channel: str = "bank_counter",
    who: Who = Who.HOLDER,
    *,
    day: date = TODAY,
    applications: tuple[Application, ...] = (),
    key: str = "r-1",
    card_key: bytes = b"k" * 16,
) -> ActivationRequest:
    """A request with every paper that the offer lists, and a proved identity."""
    listed = offer(rules, ChannelCode(channel), who).documents
    known = rules.channels.get(ChannelCode(channel))
    letter = Letter("L-1", day) if known is not None and known.letter else None
    return ActivationRequest(
        identity=Identity(card_key, "tester", key, key.encode()),
        channel=ChannelCode(channel),
        who=who,
        applications=applications,
        occurred_at=at(day),
        presented=tuple(Presented(doc.accepted_codes()[0], doc.of) for doc in listed),
        letter=letter,
        identity_proved=True,
    )


def case(rules: Rules, held: Card | None, *, received: datetime | None = None) -> Case:
    return Case(card=held, rules=rules, received_at=received or at(TODAY, 12))


def without_documents(asked: ActivationRequest) -> ActivationRequest:
    return replace(asked, presented=())
