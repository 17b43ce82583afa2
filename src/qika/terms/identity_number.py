"""The social security number: a citizen's 18-character number (GB 11643), or another document's.

Foreigners and holders from Hong Kong, Macao and Taiwan have numbers of other forms, so only what
claims to be a citizen number is held against the standard; the rest is taken as it is written.
"""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class IdentityFault(StrEnum):
    """Why a number cannot be right."""

    BLANK = "blank"
    MASKED = "masked"
    OLD_FORM = "old_form"
    CHARACTERS = "characters"
    LENGTH = "length"
    BIRTH_DATE = "birth_date"
    BORN_IN_FUTURE = "born_in_future"
    BORN_BEFORE_1900 = "born_before_1900"
    CHECK_DIGIT = "check_digit"


class IdentityWarning(StrEnum):
    """What looks odd about a number that may still be right."""

    UNKNOWN_PREFIX = "unknown_prefix"
    """No division, present or past, is known under the first six digits."""
    CHECK_DIGIT = "check_digit"
    """A foreigner's 18-digit residence number whose check digit does not fit."""


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number as it is stored (no spaces, upper case) with what was found about it."""

    value: str
    faults: tuple[IdentityFault, ...] = ()
    warnings: tuple[IdentityWarning, ...] = ()

    @property
    def accepted(self) -> bool:
        """Say whether nothing speaks against the number."""
        return not self.faults


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_CITIZEN_LENGTH = 18
_EARLIEST_YEAR = 1900

_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FORM = re.compile(r"[0-9]{15}")
_DAMAGED_CITIZEN = re.compile(r"[0-9]{16,17}|[0-9]{16,18}[0-9X]|[0-9]{19,20}|[0-9][0-9A-Z]{17}")
"""One digit too few or too many, or letters in a number of 18 that starts with a digit."""
_RESIDENCE_OF_FOREIGNER = re.compile(r"9[0-8]\d{16}|9[0-8]\d{15}X")
"""Permanent residence card of 2023: 9, province, country, birth date, sequence, check digit."""
_OTHER_DOCUMENT = re.compile(r"[A-Z0-9]{5,20}")
_MASK = re.compile(r"[*\u00d7\u25cf\u25a0\u25a1#]|X{3,}")


def check_identity_number(text: str, today: date, known_prefixes: Container[str]) -> IdentityNumber:
    """Read a social security number as people and files write it.

    ``known_prefixes`` holds the six-digit codes of every division there is or was
    (``Gazetteer.known_prefixes``). An unknown one is a warning only: lists lag behind.
    """
    value = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not value:
        return IdentityNumber(value, (IdentityFault.BLANK,))
    if _MASK.search(value):
        return IdentityNumber(value, (IdentityFault.MASKED,))
    if _RESIDENCE_OF_FOREIGNER.fullmatch(value):
        doubt = () if check_digit_fits(value) else (IdentityWarning.CHECK_DIGIT,)
        return IdentityNumber(value, (), doubt)
    if _CITIZEN.fullmatch(value):
        known = value[:6] in known_prefixes
        doubt = () if known else (IdentityWarning.UNKNOWN_PREFIX,)
        return IdentityNumber(value, _citizen_faults(value, today), doubt)
    return IdentityNumber(value, _other_faults(value))


def check_digit(first_17: str) -> str:
    """Give the last character that belongs to 17 digits (ISO 7064 MOD 11-2, ``X`` is ten)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def check_digit_fits(number: str) -> bool:
    """Say whether 18 characters are 17 digits and their check character."""
    number = number.upper()
    return bool(_CITIZEN.fullmatch(number)) and check_digit(number[:17]) == number[17]


def check_digits_ok(matrix: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Check many numbers at once: ``matrix`` is (n, 18) ASCII bytes, the answer (n,).

    The same as ``check_digit_fits`` of each row; made for imports of whole cities.
    """
    if matrix.ndim != 2 or matrix.shape[1] != _CITIZEN_LENGTH:  # noqa: PLR2004 - a matrix
        raise ValueError(f"identity numbers come as (n, 18) bytes, not {matrix.shape}")
    total = np.zeros(len(matrix), dtype=np.uint16)
    digits_only = np.ones(len(matrix), dtype=np.bool_)
    for column, weight in enumerate(_WEIGHTS):
        digit = matrix[:, column] - np.uint8(ord("0"))  # wraps above 9 for anything below "0"
        digits_only &= digit <= np.uint8(9)
        total += digit * np.uint16(weight)
    expected = np.frombuffer(_CHECK_CHARACTERS.encode(), dtype=np.uint8)[total % 11]
    last = matrix[:, _CITIZEN_LENGTH - 1]
    last = np.where(last == np.uint8(ord("x")), np.uint8(ord("X")), last)
    return digits_only & (last == expected)


def _citizen_faults(value: str, today: date) -> tuple[IdentityFault, ...]:
    """Hold 17 digits and a check character against the standard."""
    faults: list[IdentityFault] = []
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        faults.append(IdentityFault.BIRTH_DATE)
    else:
        if born > today:
            faults.append(IdentityFault.BORN_IN_FUTURE)
        if born.year < _EARLIEST_YEAR:
            faults.append(IdentityFault.BORN_BEFORE_1900)
    if not check_digit_fits(value):
        faults.append(IdentityFault.CHECK_DIGIT)
    return tuple(faults)


def _other_faults(value: str) -> tuple[IdentityFault, ...]:
    """Judge what is no citizen number: only its characters and length can be checked."""
    if _OLD_FORM.fullmatch(value):
        return (IdentityFault.OLD_FORM,)
    if _DAMAGED_CITIZEN.fullmatch(value):
        wrong_length = len(value) != _CITIZEN_LENGTH
        return (IdentityFault.LENGTH if wrong_length else IdentityFault.CHARACTERS,)
    if _OTHER_DOCUMENT.fullmatch(value):
        return ()
    return (
        IdentityFault.LENGTH if value.isalnum() and value.isascii() else IdentityFault.CHARACTERS,
    )
