"""The fictitious city of the demo: seeded cards, points around a made-up centre, first acts."""

import math
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from qika.activation.request import ActivationRequest, Identity, Presented
from qika.cards.card import ApplicationRecord, Card
from qika.operations.ports import ClockRow, NewCard
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.terms.identity_number import check_digit
from qika.terms.names import (
    Application,
    BankCode,
    CardNumber,
    ChannelCode,
    DocumentCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
    State,
    Who,
)

ISSUER = IssuerCode("990000")
CARDS = 2_000
SENDER = "demo"
_CHINA = ZoneInfo("Asia/Shanghai")
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class ExampleCity:
    """What the TOML beside this file says of the city."""

    facts: dict[str, Any]

    def name_of(self, number: int) -> str:
        """Give the made-up name of the holder of card ``number``."""
        surnames, given = self.facts["surnames"], self.facts["given"]
        return f"{surnames[number % len(surnames)]}{given[number // 14 % len(given)]}"

    def points(self, bank_name: Callable[[BankCode], str], today: date) -> Iterator[ServicePoint]:
        """Give the example points, on a spiral around the centre."""
        place = count()

        def called(bank: BankCode | None) -> str:
            return bank_name(bank) if bank else ""

        for row in self.facts["point"]:
            banks: Sequence[str | None] = row.get("banks", [None])
            for bank in banks:
                for number in range(1, row["each"] + 1):
                    code = BankCode(bank) if bank else None
                    words = {"bank": called(code), "number": number}
                    yield self._point(row, code, words, next(place), today)

    def _point(
        self,
        row: dict[str, Any],
        bank: BankCode | None,
        words: dict[str, Any],
        place: int,
        today: date,
    ) -> ServicePoint:
        applications = tuple(Application(a) for a in row["applications"])
        banks = (bank,) if bank else ()
        return ServicePoint(
            id=PointId(f"example:{row['kind']}-{bank or 'city'}-{words['number']}"),
            name=row["name"].format(**words),
            kind=PointKind(row["kind"]),
            organization=words["bank"],
            card_bank=bank,
            address=row["address"].format(street=10 + place),
            landmark=row["landmark"],
            region=RegionCode("990101" if place % 2 else "990102"),
            phone="",
            coordinates=self._coordinates(place),
            hours_text=row["hours"],
            capabilities=tuple(
                Capability(ChannelCode(c), applications, banks, (ISSUER,), "example", today)
                for c in row["channels"]
            ),
            example=True,
        )

    def _coordinates(self, place: int) -> Coordinates:
        centre = self.facts["centre"]
        radius_m = 300 * math.sqrt(place + 1)
        north = radius_m * math.cos(place * _GOLDEN_ANGLE) / _METRES_PER_DEGREE
        east = radius_m * math.sin(place * _GOLDEN_ANGLE) / _METRES_PER_DEGREE
        lon = centre["lon"] + east / math.cos(math.radians(centre["lat"]))
        return Coordinates(round(centre["lat"] + north, 6), round(lon, 6), "WGS84")


def parse_example_city(text: str) -> ExampleCity:
    """Read the TOML of the city."""
    return ExampleCity(tomllib.loads(text))


def card_number(number: int) -> CardNumber:
    """Give the card number of example card ``number``: D00000001 and so on."""
    return CardNumber(f"D{number:08d}")


def card_identifier(number: int) -> str:
    """Give the card identification code of example card ``number``."""
    return f"990000{number:026X}"


def example_cards(
    city: ExampleCity,
    key_of: Callable[[CardNumber], bytes],
    clocks: Callable[[Card], tuple[ClockRow, ...]],
    today: date,
) -> Iterator[NewCard]:
    """Give the seeded cards: some in a drawer, some due soon, some overdue."""
    banks = ("102", "103", "104", "105", "301", "403")
    for number in range(1, CARDS + 1):
        made_on = today - timedelta(days=20 + number * 7 % 420)
        handed_over = made_on + timedelta(days=5 + number % 12)
        collected_on = None if number % 10 == 0 else handed_over
        state = State.NOT_COLLECTED if collected_on is None else State.SEALED
        card = Card(
            key=key_of(card_number(number)),
            issuer=ISSUER,
            bank=BankCode(banks[number % len(banks)]),
            made_on=made_on,
            applied_on=None,
            collected_on=collected_on,
            social=ApplicationRecord(state),
            financial=ApplicationRecord(state),
        )
        yield NewCard(
            card=card,
            card_number=card_number(number),
            card_identifier=card_identifier(number),
            social_security_number=_identity_number(number),
            name=city.name_of(number),
            generation="3",
            clocks=clocks(card),
        )


def holder_of(city: ExampleCity, number: int) -> tuple[CardNumber, str, str]:
    """Give card number, name and identity number of the made-up holder of card ``number``."""
    return card_number(number), city.name_of(number), _identity_number(number)


def _identity_number(number: int) -> str:
    born = date(1946, 1, 1) + timedelta(days=number * 11 % 22_000)
    first = f"990000{born:%Y%m%d}{number % 1000:03d}"
    return first + check_digit(first)


def first_acts(
    cards: Sequence[NewCard], listed: Callable[[ChannelCode], Sequence[tuple[DocumentCode, Who]]]
) -> Iterator[ActivationRequest]:
    """Give the activations that have happened already: at banks for a third, at hospitals some."""
    for number, new in enumerate(cards, 1):
        collected_on = new.card.collected_on
        if collected_on is None or number % 3 == 0:
            continue
        channel = ChannelCode("bank_counter" if number % 3 == 1 else "hospital_first_use")
        if number % 9 in {5, 8}:
            continue
        happened = datetime.combine(collected_on + timedelta(days=1), time(10), _CHINA)
        yield ActivationRequest(
            identity=Identity(new.card.key, SENDER, f"seed-{number}", b"seed"),
            channel=channel,
            who=Who.HOLDER,
            applications=(),
            occurred_at=happened,
            presented=tuple(Presented(code, of) for code, of in listed(channel)),
        )
