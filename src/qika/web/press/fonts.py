"""The fonts of printed matter: found on this machine, and asked for every character.

A name printed without one of its characters is another name. So each character is looked up in the
very faces that will print it; fontTools reads what they have.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FAMILIES = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN")
"""Families with the character shapes of the mainland, best first."""

SYSTEM_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
"""Where fontconfig looks by default."""

REGULAR, BOLD = 400, 700
"""Weights printed with; of OS/2 ``usWeightClass``."""

_KINDS = {".ttc", ".otc", ".otf", ".ttf"}
_OF_SYSTEM = re.compile(r"(?:noto.?sans.?(?:cjk|sc)|source.?han.?sans)", re.IGNORECASE)
_SELECTOR = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Chooses one of several shapes of the character before it."""
_UNSEEN = frozenset("\n")

_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16
"""Name identifiers of a font's ``name`` table."""


@dataclass(frozen=True)
class Face:
    """One face of a font file; of a collection by its number."""

    path: Path
    number: int
    family: str
    weight: int

    def has(self, character: str, selector: str = "") -> bool:
        """Tell whether the face can print a character, in the shape that ``selector`` chooses."""
        plain, chosen = self._characters
        if not selector:
            return ord(character) in plain
        return ord(character) in chosen.get(ord(selector), frozenset())

    @cached_property
    def _characters(self) -> tuple[frozenset[int], Mapping[int, frozenset[int]]]:
        """Read which characters there are, and which of them in chosen shapes (cmap format 14)."""
        with _opened(self.path) as fonts:
            table = fonts[self.number]["cmap"]
            chosen = {
                selector: frozenset(base for base, _ in pairs)
                for one in table.tables
                if one.format == 14  # noqa: PLR2004 - the format of variation sequences
                for selector, pairs in one.uvsDict.items()
            }
            return frozenset(table.getBestCmap()), chosen


@dataclass(frozen=True)
class Fonts:
    """The faces to print with, first choice first."""

    faces: tuple[Face, ...]

    @property
    def families(self) -> tuple[str, ...]:
        """Give the families in order of choice."""
        return tuple(dict.fromkeys(face.family for face in self.faces))

    @property
    def files(self) -> tuple[Path, ...]:
        """Give the files of the faces."""
        return tuple(dict.fromkeys(face.path for face in self.faces))

    def lacking(self, text: str) -> tuple[str, ...]:
        """Give the characters of a text that no face has, each once, in order."""
        regular = [face for face in self.faces if face.weight == REGULAR]
        missing = (
            character + selector
            for character, selector in _shapes(text)
            if not any(face.has(character, selector) for face in regular)
        )
        return tuple(dict.fromkeys(missing))


def _shapes(text: str) -> Iterator[tuple[str, str]]:
    """Give each character with the selector that follows it, if any."""
    for place, character in enumerate(text):
        if character in _UNSEEN or (place and _SELECTOR.match(character)):
            continue
        follows = text[place + 1 : place + 2]
        yield character, follows if _SELECTOR.match(follows) else ""


def find_fonts(own: Path | None, system: Sequence[str] = SYSTEM_FOLDERS) -> Fonts | None:
    """Look for fonts in the operator's folder, then on the system; None if there are none.

    Every font of the operator's folder is taken, so that it can add what the first choice lacks;
    of the system those of ``FAMILIES`` alone.
    """
    mine = list(_faces(_files(own))) if own else []
    known = [path for folder in system for path in _files(Path(folder).expanduser())]
    others = list(_faces(path for path in known if _OF_SYSTEM.search(path.name)))
    ours = [face for face in (*mine, *others) if face.family in FAMILIES]
    chosen = sorted(ours, key=lambda face: FAMILIES.index(face.family))
    first = [face for face in chosen if face.family == chosen[0].family]
    added = [face for face in mine if face not in first]
    faces = (*first, *added)
    return Fonts(faces) if any(face.weight == REGULAR for face in faces) else None


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.suffix.lower() in _KINDS)


def _faces(paths: Iterable[Path]) -> Iterator[Face]:
    """Read the regular and bold upright faces of files; what is no font is left out."""
    from fontTools.ttLib import TTLibError  # noqa: PLC0415 - for PDF alone

    for path in paths:
        try:
            with _opened(path) as fonts:
                yield from _faces_of(path, fonts)
        except (TTLibError, OSError, KeyError):
            continue


def _faces_of(path: Path, fonts: Sequence[Any]) -> Iterator[Face]:
    for number, font in enumerate(fonts):
        weight = int(font["OS/2"].usWeightClass)
        upright = not font["head"].macStyle & 0b10
        if "fvar" in font or weight not in {REGULAR, BOLD} or not upright:
            continue  # the press takes a variable font's default, often the thinnest
        names = font["name"]
        family = names.getDebugName(_TYPOGRAPHIC_FAMILY) or names.getDebugName(_FAMILY)
        if family:
            yield Face(path, number, str(family), weight)


class _opened:  # noqa: N801 - read as a function
    """The fonts of a file, one or those of a collection, closed at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Sequence[Any]:
        from fontTools.ttLib import TTCollection, TTFont  # noqa: PLC0415 - for PDF alone

        self._file = self._path.open("rb")
        try:
            if self._path.suffix.lower() in {".ttc", ".otc"}:
                collection: Any = TTCollection(self._file, lazy=True)
                return list(collection.fonts)
            return [TTFont(self._file, lazy=True)]
        except BaseException:
            self._file.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._file.close()
