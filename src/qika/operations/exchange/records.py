"""What exchange files say, whatever they look like."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from qika.activation.request import Presented
from qika.terms.names import Application, CardNumber, ChannelCode, IssuerCode, PointId, Who

TOTAL_DIGITS, TOTAL_MODULUS = 9, 10**18
"""The control total adds up the last digits of the card numbers, and keeps so many of the sum."""


class FileKind(StrEnum):
    """What a file is about."""

    ACTIVATIONS = "activations"
    """From a bank: what it activated at its counters."""
    RESULTS = "results"
    """To a bank: what became of each row of such a file."""
    CHANGES = "changes"
    """To a bank: what happened to the social application of its cards on a day."""


class Header(Struct, frozen=True):
    """The first record of a file."""

    kind: FileKind
    bank: str
    region: IssuerCode
    day: date
    sequence: int
    """Counts the files of a kind between a bank and a region, from 1, without a gap."""


class PaperLetter(Struct, frozen=True):
    """A power of attorney."""

    number: str | None
    signed_on: date
    valid_until: date | None


class ActivationRow(Struct, frozen=True):
    """One activation at a bank's counter."""

    line: int
    """Of the file; the header is line 1."""
    issuer: IssuerCode
    card_number: CardNumber
    channel: ChannelCode
    who: Who
    occurred_at: datetime
    applications: tuple[Application, ...]
    """Empty: all that the channel offers."""
    point_id: PointId
    presented: tuple[Presented, ...]
    letter: PaperLetter | None
    agent: tuple[str, str]
    """Social security number and name of who acts for the holder; empty without one."""


class ResultRow(Struct, frozen=True):
    """What became of one row."""

    of_line: int
    issuer: str
    card_number: str
    status: str
    replayed: bool
    social: str
    financial: str
    """States of the applications afterwards; empty where nothing was changed."""


class ChangeRow(Struct, frozen=True):
    """What happened to the social application of a card."""

    issuer: str
    card_number: str
    event: str
    occurred_at: datetime
    social: str
    financial: str
    reason: str


def control(card_number: str) -> int:
    """Give what a card number adds to the control total: its last nine digits."""
    digits = "".join(one for one in card_number if one in "0123456789")
    return int(digits[-TOTAL_DIGITS:] or "0")


def added(total: int, card_number: str) -> int:
    """Add a card number to a control total."""
    return (total + control(card_number)) % TOTAL_MODULUS
