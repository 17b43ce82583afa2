"""Doubles of the ports that are ours: they keep the contract and can be looked into."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qika.cards.card import Card
from qika.operations.office import Office
from qika.operations.online import Proof
from qika.operations.ports import (
    Ask,
    Attempt,
    Change,
    Loaded,
    PointHit,
    PointSearch,
    StoredAnswer,
)
from qika.operations.rulings import Rulings
from qika.points.hours import Schedule
from qika.points.point import ServicePoint
from qika.terms.names import CardNumber, ChannelCode, IssuerCode, PointId

from tests.people import PlainCalendar


@dataclass
class OneCardStore:
    """A store with one card, reset at will."""

    card: Card
    changes: list[Change] = field(default_factory=list)
    answers: dict[tuple[bytes, str, str], StoredAnswer] = field(default_factory=dict)

    def reset(self) -> None:
        self.changes.clear()
        self.answers.clear()

    async def load(self, asks: Sequence[Ask]) -> Loaded:
        return Loaded({self.card.key: self.card}, dict(self.answers))

    async def commit(
        self, changes: Sequence[Change], attempts: Sequence[Attempt] = ()
    ) -> frozenset[int]:
        self.changes.extend(changes)
        return frozenset()


@dataclass(frozen=True)
class PointList:
    """A directory that gives its points in the order it has them, none filtered by scope."""

    points: tuple[ServicePoint, ...]

    def point(self, point_id: PointId) -> ServicePoint | None:
        return next((one for one in self.points if one.id == point_id), None)

    def schedule(self, point_id: PointId) -> Schedule | None:
        return None

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
        return [
            PointHit(one, float(number), one.id, (float(number), 0))
            for number, one in enumerate(self.points)
            if any(capability.channel == search.channel for capability in one.capabilities)
        ][:limit]

    def listed(
        self, search: PointSearch, *, open_at: datetime | None, after: str | None, limit: int
    ) -> Sequence[PointHit]:
        return []


class PlainKeys:
    """Card keys that can be read in a failing test."""

    def card_key(self, issuer: IssuerCode, number: CardNumber) -> bytes:
        return f"{issuer}{number}".encode().ljust(16, b".")[:16]

    def pseudonym(self, purpose: str, text: bytes) -> bytes:
        return hashlib.sha256(purpose.encode() + text).digest()[:16]


class NobodyProved:
    """An identity provider that verifies nothing."""

    def verify(
        self, proof: Mapping[str, object], channel: ChannelCode, card_key: bytes, at: datetime
    ) -> bool:
        return False


class UnusedCheck:
    """A provider of identity checks that nobody is ever sent to."""

    async def begin(self, order_no: str, name: str, number: str, return_url: str) -> str:
        raise AssertionError("nobody begins a check here")

    def page(self, check_id: str) -> str:
        raise AssertionError("nobody goes to a check here")

    async def outcome(self, check_id: str) -> Proof:
        raise AssertionError("nobody has been checked here")


class NothingCarried:
    """A seal of browsers that have begun nothing."""

    def close(self, plain: bytes) -> str:
        raise AssertionError("nothing is sealed here")

    def open(self, sealed: str) -> bytes | None:
        return None


def office_of(
    store: object,
    rulings: Rulings,
    directory: object | None = None,
    *,
    clock: Callable[[], datetime],
) -> Office:
    return Office(
        store=store,
        rulings=rulings,
        directory=directory or PointList(()),
        keys=PlainKeys(),
        identity=NobodyProved(),
        calendar=PlainCalendar(),
        clock=clock,
    )
