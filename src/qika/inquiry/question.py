"""A question as a person asks it; it needs no name and no number of anyone."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from qika.cards.deadlines import CardDates
from qika.terms.names import Application, BankCode, IssuerCode, Who


class Collected(StrEnum):
    """Whether the card was handed to its holder."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """Where, how, by when? ``on`` is the day for which the answer is wanted.

    ``card_bank`` None: not known. ``applications`` are those the person wants to activate.
    """

    issuer: IssuerCode
    on: date
    applications: tuple[Application, ...] = tuple(Application)
    who: Who = Who.HOLDER
    collected: Collected = Collected.UNKNOWN
    dates: CardDates = field(default_factory=CardDates)
    card_bank: BankCode | None = None
