"""What waits to be told, in memory: for tests and drills."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qika.cards.card import Card
from qika.cards.events import Event
from qika.operations.listeners import Backlog
from qika.operations.ports import Pending
from qika.terms.names import IssuerCode


@dataclass(slots=True)
class _Sending:
    """An outbox row."""

    event: Event
    issuer: IssuerCode
    next_at: datetime
    tries: int = 0
    failing_since: datetime | None = None


class MemoryOutbox:
    """The part of a store in memory that keeps what waits to be told, was told or given up."""

    def __init__(self) -> None:
        """Begin with nothing to tell."""
        super().__init__()
        self._outbox: dict[tuple[bytes, int, str], _Sending] = {}
        self._told_at: dict[tuple[bytes, int, str], datetime] = {}
        self._given_up: dict[tuple[bytes, int, str], datetime] = {}

    def _send(self, card: Card, event: Event, destination: str, at: datetime) -> bool:
        place = (card.key, event.sequence, destination)
        self._given_up.pop(place, None)
        if place in self._outbox:
            return False
        self._outbox[place] = _Sending(event, card.issuer, at)
        return True

    def _told(self, key: bytes, destination: str) -> Mapping[int, datetime | None]:
        places = (*self._outbox, *self._told_at, *self._given_up)
        return {
            place[1]: self._told_at.get(place)
            for place in sorted(set(places))
            if place[0] == key and place[2] == destination
        }

    async def pending(self, destination: str, limit: int, now: datetime) -> Sequence[Pending]:
        """Give outbox rows due for sending, the earliest of each card."""
        first: dict[bytes, int] = {}
        for key, sequence, to in self._outbox:
            if to == destination:
                first[key] = min(sequence, first.get(key, sequence))
        rows = sorted(
            (sending.next_at, key, sequence)
            for key, sequence in first.items()
            if (sending := self._outbox[key, sequence, destination]).next_at <= now
        )
        return [self._pending(key, sequence, destination) for _, key, sequence in rows[:limit]]

    def _pending(self, key: bytes, sequence: int, destination: str) -> Pending:
        one = self._outbox[key, sequence, destination]
        return Pending(
            key,
            sequence,
            destination,
            one.event,
            one.issuer,
            one.tries,
            one.next_at,
            one.failing_since,
        )

    def _waiting(self, rows: Iterable[Pending]) -> list[tuple[bytes, int, str]]:
        places = ((row.card_key, row.sequence, row.destination) for row in rows)
        return [place for place in places if place in self._outbox]

    async def acknowledge(self, rows: Sequence[Pending], at: datetime) -> None:
        """Mark outbox rows as acknowledged."""
        for place in self._waiting(rows):
            del self._outbox[place]
            self._told_at.setdefault(place, at)

    async def postpone(
        self, rows: Sequence[Pending], until: Sequence[datetime], at: datetime
    ) -> None:
        """Count a failed try and set the next one of each row."""
        for row, moment in zip(rows, until, strict=True):
            for place in self._waiting([row]):
                sending = self._outbox[place]
                sending.next_at, sending.tries = moment, sending.tries + 1
                sending.failing_since = sending.failing_since or at

    async def give_up(self, rows: Sequence[Pending], at: datetime) -> None:
        """Take rows off the outbox that nobody took."""
        for place in self._waiting(rows):
            del self._outbox[place]
            self._given_up[place] = at

    async def forget_waiting(self, destination: str, limit: int) -> int:
        """Delete rows of a destination."""
        total = 0
        for kept in (self._outbox, self._given_up):
            for place in [place for place in kept if place[2] == destination][:limit]:
                del kept[place]
                total += 1
        return total

    async def backlog(self, destination: str) -> Backlog:
        """Count what waits and what was given up."""
        received = [
            sending.event.received_at
            for place, sending in self._outbox.items()
            if place[2] == destination
        ]
        lost = [at for place, at in self._given_up.items() if place[2] == destination]
        return Backlog(
            len(received), min(received, default=None), len(lost), max(lost, default=None)
        )
