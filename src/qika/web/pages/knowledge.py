"""What pages explain beyond the rulebook: cited texts, read once from the package and checked."""

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TypeVar

import msgspec
from msgspec import Struct

from qika.terms.names import Language
from qika.web.api.answers import SourceAnswer

Text = TypeVar("Text", bound=Struct)


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """Give the text in a language."""
        return self.en if language is Language.EN else self.zh


class Cited(Struct, frozen=True, forbid_unknown_fields=True):
    """A source of a text."""

    id: str
    title: str
    url: str
    dated: str
    grade: str


class Word(Struct, frozen=True, forbid_unknown_fields=True):
    """A word for the state of a card: what it means, what to do, how it is misread."""

    id: str
    term: Said
    means: Said
    do: Said
    cite: tuple[str, ...]
    misread: Said | None = None


class StatusWords(Struct, frozen=True, forbid_unknown_fields=True):
    """``status_words.toml``."""

    source: tuple[Cited, ...]
    word: tuple[Word, ...]


class Article(Struct, frozen=True, forbid_unknown_fields=True):
    """An article of the Measures that was read, and what it means for a holder."""

    number: str
    says: Said
    bears: Said
    cite: tuple[str, ...]


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence."""

    text: Said


class Paper(Struct, frozen=True, forbid_unknown_fields=True):
    """Another document: its number and date where they are known."""

    title: Said
    number: str
    dated: str
    says: Said
    cite: tuple[str, ...]


class Law(Struct, frozen=True, forbid_unknown_fields=True):
    """``law.toml``."""

    source: tuple[Cited, ...]
    article: tuple[Article, ...]
    absent: tuple[Line, ...]
    document: tuple[Paper, ...]


class DataSet(Struct, frozen=True, forbid_unknown_fields=True):
    """A table, whose it is, under which licence, and of which day."""

    name: Said
    of: str
    licence: str
    dated: str
    note: Said


class DataSets(Struct, frozen=True, forbid_unknown_fields=True):
    """``data_sets.toml``."""

    set: tuple[DataSet, ...]


class Accessibility(Struct, frozen=True, forbid_unknown_fields=True):
    """``accessibility.toml``."""

    tested: tuple[Line, ...]
    limit: tuple[Line, ...]


@lru_cache(maxsize=1)
def status_words() -> StatusWords:
    """Give the words for card states."""
    return _read("status_words", StatusWords)


@lru_cache(maxsize=1)
def law() -> Law:
    """Give the national law on cards, as far as it was read."""
    return _read("law", Law)


@lru_cache(maxsize=1)
def data_sets() -> DataSets:
    """Give the tables Qika is made of."""
    return _read("data_sets", DataSets)


@lru_cache(maxsize=1)
def accessibility() -> Accessibility:
    """Give what was tested and what is not good enough yet."""
    return _read("accessibility", Accessibility)


def _read(name: str, kind: type[Text]) -> Text:
    text = (files("qika.web") / "knowledge" / f"{name}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), kind)


def sources_of(cited: Sequence[Cited]) -> list[SourceAnswer]:
    """Give sources as pages show them."""
    return [SourceAnswer(one.id, one.title, "", one.url, one.dated, one.grade) for one in cited]
