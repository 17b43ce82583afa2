"""Text in lines of a fixed width, where a Chinese character takes two columns.

Lines break where Unicode says they may (UAX 14), so none begins with a full stop.
"""

from functools import lru_cache

from qika.terms.names import Language

WIDTH = 70
"""Columns of a line: fits a mail, a terminal, a screen reader's display."""

NARROWEST = 20
"""Columns left beside an indent at least."""


COLUMNS_MAX = 2
"""Columns of one character at most, but for a tab."""

LINES_KEPT = 4_096
"""Texts kept as lines, some hundred bytes each: to find where one may break takes a third of a
millisecond for each character, and plans of one region say the same."""


def wrapped(text: str, language: Language, first: str = "", rest: str | None = None) -> list[str]:
    """Break a text into lines; the first begins with ``first``, each other with ``rest``.

    Without ``rest`` the others are indented to stand below the first. An address is not broken.
    """
    wide = language is Language.ZH
    after = " " * columns(first, language) if rest is None else rest
    room = max(NARROWEST, WIDTH - max(columns(first, language), columns(after, language)))
    lines = [line for part in text.splitlines() for line in _broken(part, room, wide=wide)] or [""]
    return [f"{after if number else first}{line}".rstrip() for number, line in enumerate(lines)]


@lru_cache(maxsize=LINES_KEPT)
def columns(text: str, language: Language) -> int:
    """Count columns (UAX 11); what may be wide or narrow is wide in Chinese."""
    from uniseg.wrap import tt_text_extents  # noqa: PLC0415 - tables that plain text alone needs

    extents = tt_text_extents(text, ambiguous_as_wide=language is Language.ZH)
    return extents[-1] if extents else 0


@lru_cache(maxsize=LINES_KEPT)
def _broken(text: str, room: int, *, wide: bool) -> tuple[str, ...]:
    from uniseg.wrap import tt_wrap  # noqa: PLC0415 - the same

    if "://" in text:
        return (text,)
    if COLUMNS_MAX * len(text) <= room and "\t" not in text:  # it fits, whatever stands in it
        return (text.rstrip(),) if text else ()
    return tuple(str(line).rstrip() for line in tt_wrap(text, room, ambiguous_as_wide=wide))
