"""Tiles kept on disk: bounded by age and by size, shared by all processes of one data folder."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from qika.partners.tiles.pictures import ENDS, Picture

BYTES_MAX = 500 << 20
"""Bytes that a provider's tiles may take; several processes may exceed it by a tenth each."""
ROOM_AFTER = 0.9
"""Part of the bound that is left after the oldest are gone."""
COUNTED_EVERY = 0.05
"""Part of the bound that may be written before the folder is counted again."""


class Found(NamedTuple):
    """A kept tile, and whether it is young enough to be given without asking."""

    picture: Picture
    fresh: bool


@dataclass(slots=True)
class TileFolder:
    """The tiles of one provider. All of it blocks: call it from a thread."""

    folder: Path
    age_max_s: float
    now_s: Callable[[], float]
    """Seconds since 1970, as files are dated."""
    bytes_max: int = BYTES_MAX
    _written: int | None = None
    """Bytes written since the folder was counted; None before the first count."""
    _tidying: threading.Lock = field(default_factory=threading.Lock)

    def find(self, place: str) -> Found | None:
        """Give the tile kept at ``layer/z/x/y``; a file that cannot be read is no tile."""
        for kind, end in ENDS.items():
            path = self.folder / f"{place}.{end}"
            with suppress(OSError):
                age = self.now_s() - path.stat().st_mtime
                return Found(Picture(kind, path.read_bytes()), 0 <= age < self.age_max_s)
        return None

    def keep(self, place: str, picture: Picture) -> None:
        """Keep a tile; where the disk refuses it, it is not kept and nobody suffers."""
        if self.age_max_s <= 0:
            return
        path = self.folder / f"{place}.{ENDS[picture.kind]}"
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, picture.body)
            now = self.now_s()
            os.utime(path, (now, now))
            self._count(len(picture.body))

    def _count(self, more: int) -> None:
        if self._written is not None:
            self._written += more
        if self._written is not None and self._written < self.bytes_max * COUNTED_EVERY:
            return
        if self._tidying.acquire(blocking=False):
            try:
                self._tidy()
                self._written = 0
            finally:
                self._tidying.release()

    def _tidy(self) -> None:
        """Take away what is too old, and the oldest if there is too much."""
        files = sorted(_files(self.folder), reverse=True)
        limit, total = self.bytes_max, sum(size for _, size, _ in files)
        if total > limit:
            limit = int(limit * ROOM_AFTER)
        oldest = self.now_s() - 2 * self.age_max_s
        while files and (total > limit or files[-1][0] < oldest):
            _, size, path = files.pop()
            total -= size
            path.unlink(missing_ok=True)


def _write_whole(path: Path, body: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Give time, size and path of every file, of those too that were cut off while written."""
    for path in folder.rglob("*"):
        with suppress(OSError):
            told = path.stat()
            if path.is_file():
                yield told.st_mtime, told.st_size, path
