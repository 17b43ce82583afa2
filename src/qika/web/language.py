"""Which language to answer in: ``?lang=`` first, then ``Accept-Language``, then Chinese."""

from functools import lru_cache

from qika.terms.names import Language

HEADER_MAX = 512
"""Characters of the header that are looked at."""


@lru_cache(maxsize=1_024)
def of_header(header: str) -> Language:
    """Choose a language by the weights of an ``Accept-Language`` header (RFC 9110, 12.5.4)."""
    best, weight = Language.ZH, 0.0
    for part in header[:HEADER_MAX].split(","):
        name, _, parameters = part.partition(";")
        language = _known(name.strip().lower())
        found = _weight(parameters)
        if language is not None and found > weight:
            best, weight = language, found
    return best


def _known(name: str) -> Language | None:
    primary = name.partition("-")[0]
    if primary == "*":
        return Language.ZH
    return Language(primary) if primary in tuple(Language) else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip() == "q" and 0.0 <= weight <= 1.0 else 0.0
