"""What was read of a card: enough to name it, and the holder's name for the cashier to compare."""

import re
from dataclasses import dataclass
from enum import StrEnum

from qika_terminal.faults import Fault, RefusedError

_DIVISION = re.compile(r"[0-9]{6}")
_NUMBER = re.compile(r"[0-9A-Za-z]{1,32}")
_IDENTIFIER = re.compile(r"[0-9A-Fa-f]{32}")

_PRIVATE_USE = {
    0xE81E: 0x9FB4,
    0xE826: 0x9FB5,
    0xE82B: 0x9FB6,
    0xE82C: 0x9FB7,
    0xE832: 0x9FB8,
    0xE843: 0x9FB9,
    0xE854: 0x9FBA,
    0xE864: 0x9FBB,
}
"""Eight characters that GB 18030-2000 put into the private use area, and where GB 18030-2022 has
them. Python decodes the edition of 2000."""


class CardName(StrEnum):
    """By what the service is told which card it was."""

    IDENTIFIER = "identifier"
    """The identification code of the chip (EF05, record 01: 16 bytes)."""
    NUMBER = "number"
    """The division code of the issuer and the number printed on the card."""


@dataclass(frozen=True, slots=True)
class CardRead:
    """One card; what its region masks is empty, but it can be named in one way at least."""

    division: str
    """Division code of the issuer, six digits."""
    number: str
    identifier: str
    """32 hexadecimal digits in lower case."""
    name: str
    """The holder's name; shown to the cashier, never stored and never sent."""

    def named(self, by: CardName) -> dict[str, str]:
        """Name the card as the service reads it, in the wished way if that can be done."""
        chip = {"card_identifier": self.identifier} if self.identifier else None
        face = {"issuer": self.division, "card_number": self.number} if self.number else None
        first, second = (chip, face) if by is CardName.IDENTIFIER else (face, chip)
        found = first or second
        assert found is not None, "card_of makes no card without a name"
        return found


def card_of(*, division: str = "", number: str = "", identifier: str = "", name: str) -> CardRead:
    """Make a card of what was read; raises RefusedError if it is wrong or contradicts itself.

    The first six digits of the identification code are the division (LD/T 32-2015): a string that
    says two divisions was torn, or put together of two cards.
    """
    if division and not _DIVISION.fullmatch(division):
        raise RefusedError(Fault.DIVISION_WRONG)
    if number and not _NUMBER.fullmatch(number):
        raise RefusedError(Fault.CARD_NUMBER_WRONG)
    code = identifier_of(identifier) if identifier else ""
    if code and division and not code.startswith(division):
        raise RefusedError(Fault.DIVISION_CONTRADICTS)
    division = division or code[:6]
    if not _DIVISION.fullmatch(division or "0" * 6):
        raise RefusedError(Fault.CARD_IDENTIFIER_WRONG)
    if not code and not (number and division):
        raise RefusedError(Fault.CARD_NOT_NAMED)
    return CardRead(division, number, code, name.translate(_PRIVATE_USE))


def identifier_of(text: str) -> str:
    """Read an identification code; raises RefusedError unless it is 32 hexadecimal digits."""
    if not _IDENTIFIER.fullmatch(text):
        raise RefusedError(Fault.CARD_IDENTIFIER_WRONG)
    return text.lower()
