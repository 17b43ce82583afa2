"""The drop folder: ``in`` is from the bank, ``out`` for it, ``done`` and ``refused`` put away.

A file is looked at once its signature lies beside it; before that, or under the name ``.part``, it
is still on its way. What is written for the bank is named when it is whole, its signature last.
"""

import fcntl
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from qika.partners.exchange.signature import SUFFIX

PART = ".part"
REFUSAL = ".refused.txt"
RESULT = ".result"
_LOCK = ".lock"


class BusyFolderError(RuntimeError):
    """Another process looks at this folder at the moment; holds the folder."""


class Arrived(NamedTuple):
    """A file that is whole, as far as its sender is concerned."""

    name: str
    path: Path
    signature: Path


class DropFolder:
    """One bank's folder, or that of several."""

    def __init__(self, root: Path) -> None:
        """Take the folder; what is missing in it is made."""
        self._root = root
        self.out, self._in = root / "out", root / "in"
        self._done, self._refused = root / "done", root / "refused"
        for folder in (self._in, self.out, self._done, self._refused):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Generator[None]:
        """Keep other processes out; raises BusyFolderError."""
        with (self._root / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BusyFolderError(str(self._root)) from error
            yield

    def arrived(self) -> Sequence[Arrived]:
        """Give the files that wait, in order of their names."""
        found: list[Arrived] = []
        for path in sorted(self._in.iterdir()):
            signature = path.with_name(path.name + SUFFIX)
            on_its_way = path.suffix in {SUFFIX, PART} or path.name.startswith(".")
            if not on_its_way and _plain(path) and _plain(signature):
                found.append(Arrived(path.name, path, signature))
        return found

    def was_done(self, one: Arrived) -> bool:
        """Tell whether a file of this name was taken before."""
        return (self._done / one.name).exists()

    def has_result(self, one: Arrived) -> bool:
        """Tell whether the result of a file lies there already."""
        return (self.out / f"{one.name}{RESULT}{SUFFIX}").exists()

    def put(self, name: str, content: bytes, signature: bytes) -> None:
        """Write a file for the bank."""
        _write(self.out / name, content)
        _write(self.out / f"{name}{SUFFIX}", signature)

    def finish(self, one: Arrived) -> None:
        """Put a file away that was taken."""
        _move(one, self._done)

    def refuse(self, one: Arrived, why: str) -> None:
        """Say why a file is refused, and put it away."""
        _write(self.out / f"{one.name}{REFUSAL}", why.encode())
        _move(one, self._refused)


def _plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _move(one: Arrived, to: Path) -> None:
    """Move a file with its signature, the signature last: till then it counts as waiting."""
    one.path.replace(to / one.path.name)
    one.signature.replace(to / one.signature.name)


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + PART)
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
