"""What a refusal says, in both languages: which line, what is wrong, what to do."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import cast

from qika.partners import exchange
from qika.partners.exchange.faults import ExchangeError, ExchangeFault
from qika.terms.names import Language


@cache
def words() -> dict[str, dict[str, str]]:
    """Give the packaged words; raises KeyError if a fault has none."""
    text = (files(exchange) / "words.toml").read_text("utf-8")
    said = cast("dict[str, dict[str, str]]", tomllib.loads(text))
    return {fault: said[fault] for fault in ExchangeFault}


def explain(error: ExchangeError, language: Language) -> str:
    """Say in one line what is wrong and what to do."""
    said = words()[error.fault]
    parts = (said[language], said[f"do_{language}"])
    return " ".join(part.format(**error.details) for part in parts)


def refusal_text(error: ExchangeError, file: str) -> str:
    """Give the content of a refusal file."""
    line = str(error.line) if error.line else "-"
    told = [f"{language}: {explain(error, language)}" for language in Language]
    return "\n".join((f"file: {file}", f"code: {error.fault}", f"line: {line}", *told, ""))
