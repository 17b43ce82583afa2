"""Folds a line to the width of a terminal as Chinese and English are set."""

import re
import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

_MARKER = re.compile(r"(?:\u00b7|\d+[.)]|\[\d+\])\s+")
_PIECE = re.compile(r"[!-~]+|\s+|.")
_OPENS = {"Ps", "Pi"}
_CLOSES = {"Pe", "Pf", "Po"}


def folded(text: str, width: int, indent: int) -> list[str]:
    """Fold ``text`` into lines of at most ``width`` cells, each indented.

    Lines after a list marker hang below the text, not below the marker. No line begins with
    closing punctuation or ends with opening punctuation; what is longer than a line sticks out.
    """
    marker = _MARKER.match(text)
    lead = " " * indent + (marker.group() if marker else "")
    hanging = " " * cell_len(lead)
    lines, line = list[str](), lead
    for piece in _pieces(text[marker.end() :] if marker else text):
        if cell_len(line + piece.rstrip()) > width and line.strip() and line != lead:
            lines.append(line.rstrip())
            lead, line = hanging, hanging + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """Give what must stay together: a word, or a character with the punctuation that holds it."""
    held = ""
    for piece in _PIECE.findall(text):
        kind = unicodedata.category(piece[0])
        if held and kind not in _CLOSES and unicodedata.category(held[-1]) not in _OPENS:
            yield held
            held = ""
        held += piece
    if held:
        yield held
