"""The words of this agent in two languages, from the TOML files beside this module."""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Language(StrEnum):
    """Languages of pages and messages."""

    ZH = "zh"
    EN = "en"


class Said(NamedTuple):
    """What happened, and what to do next."""

    message: str
    next_step: str


@cache
def words(language: Language) -> dict[str, Any]:
    """Give every word in a language."""
    text = files("qika_terminal").joinpath("words", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)


def word(language: Language, group: str, name: str, **values: str) -> str:
    """Give one word or sentence, its places filled."""
    return words(language)[group][name].format(**values)


def said(language: Language, group: str, name: str, **values: str) -> Said:
    """Give what happened and what to do next; a code that is not known here has words, too."""
    known = words(language)[group]
    message, next_step = known.get(name) or known["unknown"]
    return Said(message.format(code=name, **values), next_step.format(code=name, **values))


def document_name(language: Language, code: str) -> str:
    """Name a document; one that this agent does not know keeps its code."""
    return words(language)["document"].get(code, code)


def language_of(accepted: str, default: Language) -> Language:
    """Choose the language of a call by its ``Accept-Language``."""
    first = accepted.partition(",")[0].partition(";")[0].partition("-")[0].strip().lower()
    return Language(first) if first in set(Language) else default
