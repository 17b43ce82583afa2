"""Text in lines of a fixed width, where a Chinese character takes two columns.

Lines break where Unicode says they may (UAX 14), so none begins with a full stop.
"""

from collections.abc import Iterator

from qika.terms.names import Language

WIDTH = 70
"""Columns of a line: fits a mail, a terminal, a screen reader's display."""

NARROWEST = 20
"""Columns left beside an indent at least."""


def wrapped(text: str, language: Language, first: str = "", rest: str | None = None) -> list[str]:
    """Break a text into lines; the first begins with ``first``, each other with ``rest``.

    Without ``rest`` the others are indented to stand below the first. An address is not broken.
    """
    wide = language is Language.ZH
    after = " " * columns(first, language) if rest is None else rest
    room = max(NARROWEST, WIDTH - max(columns(first, language), columns(after, language)))
    lines = [line for part in text.splitlines() for line in _broken(part, room, wide=wide)] or [""]
    return [f"{after if number else first}{line}".rstrip() for number, line in enumerate(lines)]


def columns(text: str, language: Language) -> int:
    """Count columns (UAX 11); what may be wide or narrow is wide in Chinese."""
    from uniseg.wrap import tt_text_extents  # noqa: PLC0415 - tables that plain text alone needs

    extents = tt_text_extents(text, ambiguous_as_wide=language is Language.ZH)
    return extents[-1] if extents else 0


def _broken(text: str, room: int, *, wide: bool) -> Iterator[str]:
    from uniseg.wrap import tt_wrap  # noqa: PLC0415 - the same

    if "://" in text:
        yield text
        return
    yield from (str(line).rstrip() for line in tt_wrap(text, room, ambiguous_as_wide=wide))
