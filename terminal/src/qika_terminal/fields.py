"""Reads the fields of a JSON object strictly: each by its kind, none unknown, all faults told."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeGuard, TypeVar

from qika_terminal.faults import Fault, RefusedError

Json = Any
"""What JSON can say."""

Kind = TypeVar("Kind", bound=StrEnum)

_PLAIN_NAME = re.compile(r"[A-Za-z_]{1,40}")
_YEARS = range(2000, 2100)


class FieldCode(StrEnum):
    """What is wrong with one field."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    TYPE = "type"
    CHOICE = "choice"
    FORMAT = "format"
    DATE = "date"
    TIME = "time"
    RANGE = "range"
    CONFLICT = "conflict"


class WrongField(NamedTuple):
    """One wrong field; never what stood in it."""

    field: str
    code: FieldCode


class WrongFieldsError(RefusedError):
    """A call has wrong fields; holds all of them."""

    def __init__(self, fields: Sequence[WrongField]) -> None:
        """Take what is wrong."""
        said = ", ".join(f"{one.field}: {one.code}" for one in fields)
        super().__init__(Fault.WRONG_FIELDS, said)
        self.fields = tuple(fields)


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Tell a JSON object; its names are texts."""
    return isinstance(value, dict)


def is_list(value: Json) -> TypeGuard[list[Json]]:
    """Tell a JSON array."""
    return isinstance(value, list)


class Fields:
    """The fields of one object: each is taken once, and what is left at the end is unknown."""

    def __init__(self, said: Json, path: str = "", wrong: list[WrongField] | None = None) -> None:
        """Take an object; ``path`` stands before the names of its fields."""
        self.wrong = list[WrongField]() if wrong is None else wrong
        self._path = path
        self._said: dict[str, Json] = dict(said) if is_object(said) else {}
        if not is_object(said):
            self.refuse("" if path else "(body)", FieldCode.TYPE)

    def refuse(self, name: str, code: FieldCode) -> None:
        """Note a wrong field."""
        self.wrong.append(WrongField(f"{self._path}{name}".rstrip("."), code))

    def finish(self) -> None:
        """Note what nobody took; an unknown name is repeated only if it is a plain one."""
        for name in self._said:
            self.refuse(name if _PLAIN_NAME.fullmatch(name) else "(unknown)", FieldCode.UNKNOWN)
        self._said = {}

    def text(self, name: str, form: "re.Pattern[str]") -> str:
        """Take a text; empty if it is not given."""
        value = self._said.pop(name, None)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(name, FieldCode.TYPE)
        elif not form.fullmatch(value):
            self.refuse(name, FieldCode.FORMAT)
        else:
            return value
        return ""

    def choice(self, name: str, allowed: Sequence[Kind], default: Kind | None = None) -> Kind:
        """Take one of several; without a default it must be given."""
        value = self._said.pop(name, None)
        if value is None and default is not None:
            return default
        found = next((one for one in allowed if one.value == value), None)
        if found is None:
            self.refuse(name, FieldCode.MISSING if value is None else FieldCode.CHOICE)
        return found or allowed[0]

    def moment(self, name: str) -> datetime | None:
        """Take a time with its offset."""
        value = self._said.pop(name, None)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            moment = None
        if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
            self.refuse(name, FieldCode.TIME)
            return None
        return moment

    def day(self, name: str) -> date | None:
        """Take a day."""
        value = self._said.pop(name, None)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError):
            day = None
        if day is None or day.year not in _YEARS:
            self.refuse(name, FieldCode.DATE)
            return None
        return day

    def seconds(self, name: str, longest: float) -> float | None:
        """Take a number of seconds, 0 to ``longest``."""
        value = self._said.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(name, FieldCode.TYPE)
        elif not 0 <= value <= longest:
            self.refuse(name, FieldCode.RANGE)
        else:
            return float(value)
        return None

    def objects(self, name: str, most: int) -> "list[Fields]":
        """Take a list of objects."""
        values = self._said.pop(name, None)
        if values is None:
            return []
        if not is_list(values):
            self.refuse(name, FieldCode.TYPE)
            return []
        if len(values) > most:
            self.refuse(name, FieldCode.RANGE)
            return []
        return [
            Fields(value, f"{self._path}{name}[{number}].", self.wrong)
            for number, value in enumerate(values)
        ]
