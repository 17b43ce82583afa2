"""Mapping files: how the columns and words of another layout become ours.

A mapping is TOML. ``[columns]`` says where each of our columns comes from: the name of theirs, or
``{column, json}`` (a key of a JSON object in their column), or ``{column, pattern, value}`` (the
value where the pattern is found, else blank). ``[constants]`` fixes a column. ``[values.COLUMN]``
translates words. Columns of theirs that the mapping does not name are left alone.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import cast

import msgspec

from qika.operations.importing.tables import Layout
from qika.partners import tables
from qika.partners.tables.faults import TableError, TableFault


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """Where one column of ours comes from: ``column`` of theirs, or a constant without one."""

    column: str | None
    constant: str = ""
    json_key: str | None = None
    pattern: re.Pattern[str] | None = None
    words: Mapping[str, str] = field(default_factory=dict[str, str])

    def reader(self) -> Callable[[str], str]:
        """Give the function from their cell to ours."""
        words = self.words
        if self.json_key is not None:
            key = self.json_key
            return lambda cell: _translated(_from_json(cell, key), words)
        if self.pattern is not None:
            found, value = self.pattern.search, self.constant
            return lambda cell: value if found(cell) else ""
        return lambda cell: _translated(cell.strip(), words)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A mapping file that was read. ``text`` is part of what names an import job."""

    name: str
    rules: Mapping[str, ColumnRule]
    source: str
    text: str


def packaged_mapping_text(name: str) -> str:
    """Give the text of a mapping that Qika brings along, such as ``points_real``.

    Raises FileNotFoundError for a name it does not have.
    """
    return (files(tables) / "mappings" / f"{name}.toml").read_text("utf-8")


def parse_mapping(text: str, name: str, layout: Layout) -> TableMapping:
    """Read a mapping for ``layout``; raises TableError (``mapping``) naming the key at fault."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(name, "TOML", str(error)) from error
    unknown = sorted(set(document) - {"source", "columns", "constants", "values"})
    if unknown:
        raise _refused(name, unknown[0], "unknown key")
    words = _tables(document, "values", name, layout)
    rules = {
        column: _rule(entry, name, f"columns.{column}", words.get(column))
        for column, entry in _section(document, "columns", name, layout).items()
    }
    for column, value in _section(document, "constants", name, layout).items():
        if column in rules or not isinstance(value, str):
            raise _refused(name, f"constants.{column}", "not a text, or mapped twice")
        rules[column] = ColumnRule(None, value)
    return TableMapping(name, rules, str(document.get("source", "")), text)


def _rule(entry: object, name: str, key: str, words: Mapping[str, str] | None) -> ColumnRule:
    if isinstance(entry, str):
        return ColumnRule(entry, words=words or {})
    parts = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
    texts = {part: value for part, value in parts.items() if isinstance(value, str)}
    match sorted(parts):
        case ["column", "json"] if len(texts) == len(parts):
            return ColumnRule(texts["column"], json_key=texts["json"], words=words or {})
        case ["column", "pattern", "value"] if len(texts) == len(parts):
            try:
                pattern = re.compile(texts["pattern"])
            except re.error as error:
                raise _refused(name, f"{key}.pattern", str(error)) from error
            return ColumnRule(texts["column"], texts["value"], pattern=pattern)
        case _:
            raise _refused(name, key, "a column name, {column, json} or {column, pattern, value}")


def _section(
    document: Mapping[str, object], section: str, name: str, layout: Layout
) -> Mapping[str, object]:
    entries = document.get(section, {})
    if not isinstance(entries, dict):
        raise _refused(name, section, "not a table")
    known = cast("dict[str, object]", entries)
    for column in known:
        if column not in layout.columns:
            raise _refused(name, f"{section}.{column}", "no column of ours")
    return known


def _tables(
    document: Mapping[str, object], section: str, name: str, layout: Layout
) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for column, entries in _section(document, section, name, layout).items():
        words = cast("dict[str, object]", entries) if isinstance(entries, dict) else None
        if words is None or not all(isinstance(word, str) for word in words.values()):
            raise _refused(name, f"{section}.{column}", "not a table of texts")
        found[column] = cast("dict[str, str]", words)
    return found


def _translated(cell: str, words: Mapping[str, str]) -> str:
    return words.get(cell, cell) if words else cell


def _from_json(cell: str, key: str) -> str:
    """Give a text out of a JSON object; a cell that is none has nothing to give."""
    if not cell.lstrip().startswith("{"):
        return ""
    try:
        parts = msgspec.json.decode(cell, type=dict[str, object])
    except msgspec.DecodeError:
        return ""
    value = parts.get(key)
    return value.strip() if isinstance(value, str) else ""


def _refused(name: str, key: str, problem: str) -> TableError:
    return TableError(TableFault.MAPPING, name, key=key, problem=problem)
