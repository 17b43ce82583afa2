"""The context of every operation: who to ask for rules, cards, points, time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from qika.cards import deadlines
from qika.cards.deadlines import CardDates, Due
from qika.cards.events import Event
from qika.operations.listeners import Audience
from qika.operations.ports import Directory, IdentityProvider, Keys, Store
from qika.operations.rulings import Rulings
from qika.points import hours
from qika.rulebook.model import Clock
from qika.terms.names import IssuerCode


class Calendar(deadlines.Calendar, hours.Calendar, Protocol):
    """The working calendar, as deadlines and as opening hours ask it."""


@dataclass(frozen=True, slots=True)
class Office:
    """Everything an operation may use; wiring builds one."""

    store: Store
    rulings: Rulings
    directory: Directory
    keys: Keys
    identity: IdentityProvider
    calendar: Calendar
    clock: Callable[[], datetime]
    audience: Audience = field(default_factory=Audience)

    def due(self, clock: Clock, issuer: IssuerCode, dates: CardDates, today: date) -> Due | None:
        """Apply the deadline of an issuer's rules to a card's dates."""
        return self.dues(issuer, dates, today)[clock]

    def dues(self, issuer: IssuerCode, dates: CardDates, today: date) -> Mapping[Clock, Due | None]:
        """Apply every deadline of an issuer's rules to a card's dates."""
        return self.rulings.dues(issuer, dates, today, self.calendar)

    def told(self, issuer: IssuerCode, event: Event) -> tuple[str, ...]:
        """Name the destinations that an event of an issuer's card is told to."""
        return self.audience.of(issuer, event, self.rulings.chain_of)
