"""Reads the value of one rule after its parameter's kind; every refusal says what to do."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, cast

from qika.rulebook.model import (
    Clock,
    ClockStart,
    Consequence,
    Deadline,
    Dimensions,
    Duty,
    Parameter,
    RequiredDocument,
    Value,
    Vocabulary,
    WayBack,
)
from qika.terms.names import Application, BankCode, DocumentCode, Who
from qika.terms.words import Words

Member = TypeVar("Member", bound=StrEnum)

_DATED = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class ValueFaultError(ValueError):
    """One key of one table is wrong: what happened and what to do."""

    def __init__(self, key: str, problem: str, remedy: str) -> None:
        """Keep the three parts apart for the report."""
        super().__init__(f"{key}: {problem}  Do: {remedy}")
        self.key, self.problem, self.remedy = key, problem, remedy


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads keys of one TOML table, each as the type it must have."""

    row: Mapping[str, Any]

    def text(self, key: str) -> str:
        """Read a non-empty text."""
        value = self.row.get(key)
        if isinstance(value, date):
            value = value.isoformat()
        if not isinstance(value, str) or not value.strip():
            raise ValueFaultError(key, "is missing or empty", f'write {key} = "..."')
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a non-empty list of texts."""
        value = self.row.get(key)
        entries = cast("list[Any]", value) if isinstance(value, list) else []
        if not entries or not all(isinstance(entry, str) and entry.strip() for entry in entries):
            raise ValueFaultError(key, "is missing or empty", f'write {key} = ["..."]')
        if len(set(entries)) != len(entries):
            raise ValueFaultError(key, "names something twice", "keep each entry once")
        return tuple(entries)

    def yes_no(self, key: str) -> bool:
        """Read true or false."""
        value = self.row.get(key)
        if not isinstance(value, bool):
            raise ValueFaultError(key, "is not true or false", f"write {key} = true or false")
        return value

    def number(self, key: str) -> int:
        """Read a whole number above zero."""
        value = self.row.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueFaultError(key, "is no whole number above zero", f"write {key} = 1 or more")
        return value

    def table(self, key: str) -> dict[str, Any]:
        """Read a table; anything else is an empty one."""
        value = self.row.get(key)
        return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

    def words(self, key: str) -> Words:
        """Read a ``{ zh = "...", en = "..." }`` table; Chinese is required."""
        value = self.table(key)
        if not isinstance(value.get("zh"), str) or not value["zh"].strip():
            raise ValueFaultError(
                key, "needs its Chinese text", f'write {key} = {{ zh = "...", en = "..." }}'
            )
        return Words(value["zh"].strip(), str(value.get("en", "")).strip())

    def choice(self, key: str, values: tuple[str, ...]) -> str:
        """Read one of a closed list."""
        value = self.text(key)
        if value not in values:
            raise ValueFaultError(key, f"{value!r} is unknown", f"use one of {', '.join(values)}")
        return value

    def member(self, key: str, kind: type[Member]) -> Member:
        """Read one member of an enumeration."""
        return kind(self.choice(key, tuple(kind)))

    def members(self, key: str, kind: type[Member]) -> tuple[Member, ...]:
        """Read a list of members of an enumeration; the list may be empty."""
        value = self.row.get(key)
        if value == []:
            return ()
        for entry in self.texts(key):
            if entry not in tuple(kind):
                known = ", ".join(kind)
                raise ValueFaultError(key, f"{entry!r} is unknown", f"use some of {known}")
        return tuple(kind(entry) for entry in self.texts(key))

    def dated(self, key: str) -> str:
        """Read a date as a page shows it: year, month, day, or ``undated``."""
        value = self.text(key)
        if value != "undated" and not _DATED.fullmatch(value):
            remedy = 'write "2024-10-30", "2024-10", "2024" or "undated"'
            raise ValueFaultError(key, f"{value!r} is no date", remedy)
        return value

    def since(self) -> date | None:
        """Read the day from which a value is attested; ``undated`` is said, never left out."""
        value = self.dated("since")
        if value == "undated":
            return None
        year, month, day = ([int(part) for part in value.split("-")] + [1, 1])[:3]
        try:
            return date(year, month, day)
        except ValueError as error:
            raise ValueFaultError("since", f"{value!r} is no date", "mend the date") from error

    def nothing_else(self, known: set[str]) -> None:
        """Refuse keys nobody reads."""
        for key in sorted(self.row.keys() - known):
            raise ValueFaultError(key, "is unknown here", f"use {', '.join(sorted(known))}")


def read_value(
    parameter: Parameter, dims: Dimensions, reader: Reader, vocabulary: Vocabulary
) -> Value:
    """Read ``value`` after the kind of ``parameter``."""
    if "value" not in reader.row:
        raise ValueFaultError("value", "is missing", f"write value = a {parameter.kind}")
    if parameter.kind == "deadline":
        return _deadline(reader, dims)
    if parameter.kind == "required_documents":
        return read_required_documents(reader, vocabulary)
    return _SIMPLE[parameter.kind](parameter, reader, vocabulary)


def _choices(parameter: Parameter, reader: Reader, _: Vocabulary) -> Value:
    for entry in reader.texts("value"):
        if entry not in parameter.values:
            known = ", ".join(parameter.values)
            raise ValueFaultError("value", f"{entry!r} is unknown", f"use some of {known}")
    return reader.texts("value")


def _documents(_: Parameter, reader: Reader, vocabulary: Vocabulary) -> Value:
    for code in reader.texts("value"):
        _known_document(code, vocabulary)
    return reader.texts("value")


def _known_document(code: str, vocabulary: Vocabulary) -> DocumentCode:
    if code not in vocabulary.documents:
        known = ", ".join(vocabulary.documents)
        raise ValueFaultError("value", f"document {code!r} is unknown", f"use one of {known}")
    return DocumentCode(code)


def _banks(_: Parameter, reader: Reader, vocabulary: Vocabulary) -> Value:
    codes: list[BankCode] = []
    for name in reader.texts("value"):
        code = vocabulary.bank_code(name)
        if code is None:
            raise ValueFaultError(
                "value", f"bank {name!r} is unknown", "use a name or code of terms/banks.toml"
            )
        codes.append(code)
    return tuple(codes)


_SIMPLE: Mapping[str, Callable[[Parameter, Reader, Vocabulary], Value]] = {
    "yes_no": lambda _, reader, __: reader.yes_no("value"),
    "number": lambda _, reader, __: reader.number("value"),
    "choice": lambda parameter, reader, _: reader.choice("value", parameter.values),
    "choices": _choices,
    "words": lambda _, reader, __: reader.words("value"),
    "who": lambda _, reader, __: reader.members("value", Who),
    "documents": _documents,
    "banks": _banks,
    "phones": lambda _, reader, __: reader.texts("value"),
}


def read_required_documents(reader: Reader, vocabulary: Vocabulary) -> tuple[RequiredDocument, ...]:
    """Read a list of things to bring from the key ``value``."""
    given = reader.row["value"]
    rows = cast("list[Any]", given) if isinstance(given, list) else [given]
    if not all(isinstance(row, dict) for row in rows):
        remedy = 'write [{ code = "card", of = "holder" }]'
        raise ValueFaultError("value", "is no list of documents", remedy)
    return tuple(_required_document(Reader(row), vocabulary) for row in rows)


def _required_document(reader: Reader, vocabulary: Vocabulary) -> RequiredDocument:
    reader.nothing_else({"code", "of", "any_of", "only_if", "original", "copies"})
    row = reader.row
    return RequiredDocument(
        code=_known_document(reader.text("code"), vocabulary),
        of=reader.member("of", Who),
        any_of=tuple(_known_document(c, vocabulary) for c in reader.texts("any_of"))
        if "any_of" in row
        else (),
        only_if=reader.choice("only_if", ("first_replacement", "pin_used"))
        if "only_if" in row
        else None,
        original=reader.yes_no("original") if "original" in row else True,
        copies=reader.number("copies") if "copies" in row else 0,
    )


_DEADLINE_KEYS = {
    "start", "duty", "affects", "consequence", "days", "months", "working_days",
    "moves_to_working_day", "way_back", "retroactive",
}  # fmt: skip

_LONGEST = {"days": 36_500, "months": 1_200, "working_days": 25_000}
"""About a century each: a longer term is a slip, and no day could be counted from it."""


def _deadline(reader: Reader, dims: Dimensions) -> Deadline:
    if dims.clock is None:
        raise ValueFaultError("clock", "is missing", 'write clock = "activation" or "clearance"')
    clock = dims.clock
    if reader.row["value"] == "none":
        duty = Duty.COLLECTION if clock is Clock.CLEARANCE else Duty.FINANCIAL
        return Deadline(clock, ClockStart.COLLECTED, duty, None, Consequence.NONE)
    if not isinstance(reader.row["value"], dict):
        problem, remedy = 'is neither "none" nor a table', "write value = { days = ..., ... }"
        raise ValueFaultError("value", problem, remedy)
    inner = Reader(reader.table("value"))
    inner.nothing_else(_DEADLINE_KEYS)
    lengths = [key for key in ("days", "months", "working_days") if key in inner.row]
    if len(lengths) != 1:
        raise ValueFaultError(
            "value", "needs exactly one of days, months, working_days", "keep one length"
        )
    length = {key: inner.number(key) for key in lengths}
    if length[lengths[0]] > _LONGEST[lengths[0]]:
        raise ValueFaultError(lengths[0], "is longer than a century", "mend the number")
    return Deadline(
        clock=clock,
        start=inner.member("start", ClockStart),
        duty=inner.member("duty", Duty),
        affects=inner.member("affects", Application) if "affects" in inner.row else None,
        consequence=inner.member("consequence", Consequence),
        moves_to_working_day="moves_to_working_day" in inner.row
        and inner.yes_no("moves_to_working_day"),
        way_back=inner.members("way_back", WayBack) if "way_back" in inner.row else (),
        retroactive="retroactive" in inner.row and inner.yes_no("retroactive"),
        **length,
    )
