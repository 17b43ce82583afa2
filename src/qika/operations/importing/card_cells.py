"""How the cells of a cards file are read: each text is judged by itself."""

import re
from collections.abc import Container, Sequence
from datetime import date
from itertools import compress

import numpy as np

from qika.operations.importing.cells import MASK, Cell, Column, folded
from qika.operations.importing.verdicts import Reason, Remark
from qika.terms.banks import Banks
from qika.terms.divisions import XPCC, Gazetteer, covered
from qika.terms.identity_number import IdentityWarning, check_digits_ok, check_identity_number
from qika.terms.names import BankCode, IssuerCode

USUAL_LENGTH = 9
"""Characters of the card numbers that most issuers print."""
NAME_MAX, GENERATION_MAX = 100, 20
NUMBER_LENGTH = 18
NUMBER_LENGTH_MAX = 20
"""Characters of the longest card number."""

USUAL_NUMBER = re.compile(r"[A-Z0-9]{9}")
USUAL_IDENTIFIER = re.compile(r"(?:[0-9A-F]{32})?")
USUAL_GENERATION = re.compile(r"[0-9A-Za-z.]{0,8}")
_CARD_NUMBER = re.compile(f"[A-Z0-9]{{4,{NUMBER_LENGTH_MAX}}}")
_IDENTIFIER = re.compile(r"[0-9A-F]{32}")
USUAL_NAME = re.compile("[\u4e00-\u67cf\u67d1-\u9fff\u00b7]{2,20}")
"""Common characters and the dot of minority names; without the one that stands for «someone»."""
_MASKED_NAME = re.compile("\u67d0|[#]|[\u3400-\u9fff][xX]{1,3}$")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_DAMAGED = re.compile("[\ufffd?\x00-\x1f\x7f]")

_WARNINGS = {
    IdentityWarning.UNKNOWN_PREFIX: Remark.NUMBER_UNKNOWN_PREFIX,
    IdentityWarning.CHECK_DIGIT: Remark.NUMBER_RESIDENCE_CHECK_DIGIT,
}


def read_issuer(text: str, regions: Gazetteer, named: Container[str]) -> Cell[IssuerCode]:
    """Read an issuer: a code, today's or a former one, or one ``named`` in the rulebook.

    Names of places are not read: an issuer decides which rules a card follows.
    """
    code = IssuerCode(folded(text).lower())
    if not code:
        return Cell(code, (Reason.ISSUER_BLANK,))
    if code == XPCC or code in named:
        return Cell(code)
    current = [one for one in regions.normalise(code) if covered(one)]
    if not current:
        return Cell(code, (Reason.ISSUER_UNKNOWN,))
    if len(current) > 1:
        return Cell(code, (Reason.ISSUER_AMBIGUOUS,))
    remarks = () if current[0] == code else (Remark.ISSUER_RETIRED,)
    return Cell(IssuerCode(current[0]), (), remarks)


def is_card_number(text: str) -> bool:
    """Tell whether a text has the form of a card number: 4 to 20 capital letters and digits."""
    return _CARD_NUMBER.fullmatch(text) is not None


def read_card_number(text: str) -> Cell[str]:
    """Read a card number: 4 to 20 capital letters and digits."""
    number = folded(text).upper()
    if _CARD_NUMBER.fullmatch(number):
        usual = len(number) == USUAL_LENGTH
        return Cell(number, (), () if usual else (Remark.CARD_NUMBER_UNUSUAL,))
    if not number:
        return Cell(number, (Reason.CARD_NUMBER_BLANK,))
    masked = MASK.search(number) is not None
    return Cell(number, (Reason.CARD_NUMBER_MASKED if masked else Reason.CARD_NUMBER_FORM,))


def read_identifier(text: str) -> Cell[str]:
    """Read the identifier of a chip: 32 hexadecimal digits, or blank."""
    identifier = text.upper()
    if not identifier or _IDENTIFIER.fullmatch(identifier):
        return Cell(identifier)
    return Cell(identifier, (Reason.CARD_IDENTIFIER_FORM,))


def read_name(text: str) -> Cell[str]:
    """Read a holder's name as it is written; rare characters are kept."""
    if not text:
        return Cell(text, (Reason.NAME_BLANK,))
    plain = folded(text)
    if MASK.search(plain) or _MASKED_NAME.search(plain):
        return Cell(text, (Reason.NAME_MASKED,))
    if len(text) > NAME_MAX:
        return Cell(text, (Reason.TOO_LONG,))
    if _DAMAGED.search(plain):
        return Cell(text, (Reason.NAME_DAMAGED,))
    remarks = (Remark.NAME_PRIVATE_CHARACTER,) if _PRIVATE.search(text) else ()
    if any(character.isdecimal() for character in plain):
        remarks += (Remark.NAME_HAS_DIGITS,)
    return Cell(text, (), remarks)


def read_bank(text: str, banks: Banks) -> Cell[BankCode | None]:
    """Read a bank by code or name; blank is a card whose bank is not known."""
    if not text:
        return Cell(None, (), (Remark.BANK_BLANK,))
    code = banks.code_of(text)
    return Cell(code) if code is not None else Cell(None, (Reason.BANK_UNKNOWN,))


def read_generation(text: str) -> Cell[str]:
    """Take the generation of a card's chip as it is written."""
    return Cell(text, (Reason.TOO_LONG,) if len(text) > GENERATION_MAX else ())


class IdentityNumbers:
    """Reads the column of social security numbers: whole citizen numbers as one byte matrix."""

    def __init__(self, today: date, known_prefixes: Container[str]) -> None:
        """Take the day of the import and the prefixes of divisions there are or were."""
        self._today = today
        self._prefixes = known_prefixes
        self._births: set[str] = set()
        """Eight digits of real days of birth met so far."""

    def read(self, texts: Sequence[str]) -> Column[str]:
        """Read a column; every answer is that of ``check_identity_number``."""
        whole = [len(text) == NUMBER_LENGTH and text.isascii() for text in texts]
        joined = "".join(compress(texts, whole)).encode()
        matrix = np.frombuffer(joined, np.uint8).reshape(-1, NUMBER_LENGTH)
        fits = iter(check_digits_ok(matrix).tolist())
        values, odd = list(texts), dict[int, Cell[str]]()
        for place, text in enumerate(texts):
            if whole[place] and next(fits) and self._is_plain(text):
                continue
            cell = self._read_one(text)
            values[place] = cell.value
            if cell.reasons or cell.remarks:
                odd[place] = cell
        return Column(values, odd)

    def _is_plain(self, text: str) -> bool:
        """Tell whether the rest of a number whose check digit fits is known to be right."""
        return (
            text[6:14] in self._births
            and text[0] != "9"
            and text[17] != "x"
            and text[:6] in self._prefixes
        )

    def _read_one(self, text: str) -> Cell[str]:
        found = check_identity_number(text, self._today, self._prefixes)
        if found.accepted and not found.warnings and len(found.value) == NUMBER_LENGTH:
            self._births.add(found.value[6:14])
        reasons = tuple(Reason(f"number_{fault}") for fault in found.faults)
        return Cell(found.value, reasons, tuple(_WARNINGS[one] for one in found.warnings))
