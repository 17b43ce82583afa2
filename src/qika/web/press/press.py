"""Makes PDF files with typst: one at a time, off the event loop, within a time limit.

What is printed travels as data in memory, never as a file or as typst's own language, and a name
cannot become a command. Nothing of it is logged.
"""

import asyncio
import json
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

from qika.web.press.fonts import SYSTEM_FOLDERS, Fonts, find_fonts

WAITING_MAX = 16
"""Letters that wait at once; one takes some milliseconds."""
TIME_LIMIT_S = 10.0
STANDARD = "ua-1"
"""PDF/UA-1 (ISO 14289-1): typst refuses to write a file that a screen reader could not follow."""

Printed = Mapping[str, Any]
"""What the template prints: texts, lists and yes or no, as JSON has them."""


class NoPressError(RuntimeError):
    """No PDF can be made here: the library or the font is missing."""


class MissingGlyphsError(ValueError):
    """Some characters are in no font of this machine; holds them."""

    def __init__(self, characters: tuple[str, ...]) -> None:
        """Keep the characters."""
        super().__init__(f"{len(characters)} characters cannot be printed")
        self.characters = characters


class PressBusyError(RuntimeError):
    """Too many wait for the press, or one took too long."""


class Press:
    """Prints letters; looks for its fonts when the first one is asked for."""

    def __init__(
        self,
        fonts: Path | None = None,
        system: tuple[str, ...] = SYSTEM_FOLDERS,
        *,
        waiting_max: int = WAITING_MAX,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        """Take the operator's folder of fonts, and the system's."""
        self._folder, self._system = fonts, system
        self._waiting_max, self._time_limit_s = waiting_max, time_limit_s
        self._thread = ThreadPoolExecutor(1, "press")
        self._waiting = 0
        self._ready: tuple[Fonts, Any] | None = None

    async def make(self, said: Printed) -> bytes:
        """Give the letter as PDF.

        Raises NoPressError, MissingGlyphsError for characters without a glyph, PressBusyError.
        """
        if self._waiting >= self._waiting_max:
            raise PressBusyError
        self._waiting += 1
        job = asyncio.get_running_loop().run_in_executor(self._thread, self._made, said)
        job.add_done_callback(self._gone)
        try:
            return await asyncio.wait_for(asyncio.shield(job), self._time_limit_s)
        except TimeoutError as error:
            raise PressBusyError from error

    def _gone(self, job: "asyncio.Future[bytes]") -> None:
        """Count down when the work has really ended, also where nobody waited so long."""
        self._waiting -= 1
        if not job.cancelled():
            job.exception()  # seen: whoever waited has it, and nobody else wants it

    def _made(self, said: Printed) -> bytes:
        fonts, compiler = self._set_up()
        missing = fonts.lacking("".join(_texts(said)))
        if missing:
            raise MissingGlyphsError(missing)
        data = json.dumps({**said, "families": fonts.families}, ensure_ascii=False)
        made: bytes = compiler.compile(
            _template(), format="pdf", sys_inputs={"data": data}, pdf_standards=[STANDARD]
        )
        return made

    def _set_up(self) -> tuple[Fonts, Any]:
        """Find the fonts and read the template, once; a font installed later is found later."""
        if self._ready is None:
            try:
                import typst  # noqa: PLC0415 - the rest of the site works without it
            except ImportError as error:
                raise NoPressError("engine") from error
            fonts = find_fonts(self._folder, self._system)
            if fonts is None:
                raise NoPressError("font")
            found = typst.Fonts(
                include_system_fonts=False,
                include_embedded_fonts=False,
                font_paths=[self._only(fonts)],
            )
            if not set(fonts.families) <= set(found.families()):
                raise NoPressError("font")  # it would print nothing in their place
            compiler = typst.Compiler(font_paths=found, ignore_system_fonts=True)
            self._ready = (fonts, compiler)
        return self._ready

    def _only(self, fonts: Fonts) -> str:
        """Make a folder of the chosen files alone: typst reads folders, and takes any face there.

        What it prints with must be what was asked for each character.
        """
        folder = mkdtemp(prefix="qika-fonts-")
        finalize(self, shutil.rmtree, folder, ignore_errors=True)
        for number, path in enumerate(fonts.files):
            (Path(folder) / f"{number}{path.suffix}").symlink_to(path.resolve())
        return folder


@cache
def _template() -> bytes:
    return (files("qika.web.press") / "letter.typ").read_bytes()


def _texts(said: object) -> Iterator[str]:
    """Give every text that will be printed."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for one in said.values():  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(one)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(said, list | tuple):
        for one in said:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(one)  # pyright: ignore[reportUnknownArgumentType]
