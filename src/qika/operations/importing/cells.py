"""What a cell of an imported row gives: a value, and what speaks against it."""

import re
import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from qika.operations.importing.verdicts import Reason, Remark

Value = TypeVar("Value")
Key = TypeVar("Key", bound=Hashable)

KEPT_MAX = 131_072
"""Answers remembered per column; then the memory is emptied, so that no file can fill it."""


class Cell(NamedTuple, Generic[Value]):
    """One cell that was read. With a reason, the value is what could be made of the text."""

    value: Value
    reasons: tuple[Reason, ...] = ()
    remarks: tuple[Remark, ...] = ()


class Remembered(dict[Key, Value]):
    """Answers of a function that a column asks again and again, such as for an issuer or a day."""

    def __init__(self, answer: Callable[[Key], Value]) -> None:
        """Take the function."""
        super().__init__()
        self._answer = answer

    def __missing__(self, key: Key) -> Value:
        """Ask the function once and remember."""
        if len(self) >= KEPT_MAX:
            self.clear()
        value = self[key] = self._answer(key)
        return value


class Column(NamedTuple, Generic[Value]):
    """A column that was read: all values, and the cells of which there is something to say."""

    values: Sequence[Value]
    odd: Mapping[int, Cell[Value]]


def read_column(
    texts: Sequence[str], plain: re.Pattern[str], read: Callable[[str], Cell[str]]
) -> Column[str]:
    """Read a column of which nearly every text is ``plain``: such a text is its own value."""
    values, odd = list(texts), dict[int, Cell[str]]()
    matches = plain.fullmatch
    for place, text in enumerate(texts):
        if matches(text) is None:
            cell = read(text)
            values[place] = cell.value
            if cell.reasons or cell.remarks:
                odd[place] = cell
    return Column(values, odd)


def gathered(cells: Sequence[Cell[Value]]) -> Column[Value]:
    """Make a column of cells that were read one by one."""
    odd = {place: cell for place, cell in enumerate(cells) if cell[1] or cell[2]}
    return Column([cell[0] for cell in cells], odd)


MASK = re.compile(r"[*\u00d7\u25cf\u25cb\u25a0\u25a1\u2588]")
"""Signs with which offices blot out parts of a value (after width folding)."""

_DAY = re.compile(r"([0-9]{4})([-/.年]?)([0-9]{1,2})([-/.月]?)([0-9]{1,2})日?(?: 00:00(?::00)?)?")


def folded(text: str) -> str:
    """Even out full-width and half-width forms."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def read_day(text: str, today: date) -> Cell[date | None]:
    """Read a day: ISO, ``20260131``, ``2026/1/31`` or with Chinese signs; blank is None."""
    if not text:
        return Cell(None)
    found = _DAY.fullmatch(folded(text))
    if found is None or (not (found[2] and found[4]) and len(found[3] + found[5]) != 4):  # noqa: PLR2004 - MMDD
        return Cell(None, (Reason.DATE_UNREAL,))
    try:
        day = date(int(found[1]), int(found[3]), int(found[5]))
    except ValueError:
        return Cell(None, (Reason.DATE_UNREAL,))
    return Cell(day, (Reason.DATE_IN_FUTURE,) if day > today else ())
