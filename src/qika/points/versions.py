"""Versions of the index on disk: built once, seen only whole, removed when no process maps them.

One lock file makes builders wait for each other; it falls with its process, however that ends. A
version is written and flushed under a passing name, renamed, and then the pointer file, which also
says what the version was built from, is replaced in one step. A reader holds a shared lock on its
version; whoever can lock a version alone knows that nobody reads it.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

FORMAT: Final = 3
"""Part of all names, so that two releases keep apart in one folder; raise it with the arrays or
with what the mark of a version means. 3: the mark names a write, where it was a count."""

POINTER: Final = f"current-{FORMAT}"
_BUILDERS = f"building-{FORMAT}"
_VERSION = f"points-{FORMAT}-"
_PASSING = f".passing-{FORMAT}-"
_READERS = "readers"
_ATTEMPTS = 10
"""How often a version may go between its name being read and the reader's lock."""


class Current(NamedTuple):
    """The version that the pointer names, and the mark of what it was built from."""

    name: str
    built_from: str


class Held:
    """A version that this process reads; others leave it alone as long as this lives."""

    def __init__(self, path: Path, current: Current) -> None:
        """Lock the version; FileNotFoundError if it is gone."""
        self.path, self.current = path, current
        self._handle = os.open(path / _READERS, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._handle, fcntl.LOCK_SH)
        if not os.path.samestat(os.fstat(self._handle), (path / _READERS).stat()):
            raise FileNotFoundError(f"{path.name} was replaced.")

    def __del__(self) -> None:
        """Let go, when the last reader of this process is gone."""
        if hasattr(self, "_handle"):
            os.close(self._handle)


def current_version(folder: Path) -> Current | None:
    """Read the pointer; None when there is no index yet."""
    try:
        name, _, built_from = (folder / POINTER).read_text("utf-8").strip().partition(" ")
    except FileNotFoundError:
        return None
    return Current(name, built_from)


def hold_current(folder: Path) -> Held:
    """Hold the current version, or its successor if it goes meanwhile.

    Raises FileNotFoundError when there is none.
    """
    for _ in range(_ATTEMPTS):
        current = current_version(folder)
        if current is None:
            break
        with suppress(FileNotFoundError):
            return Held(folder / current.name, current)
    raise FileNotFoundError(f"There is no index of points in {folder.name}; build it first.")


@contextmanager
def building(folder: Path, *, wait: bool = True) -> Generator[None]:
    """Be the only process that builds here; wait for the one that does, or BlockingIOError."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / _BUILDERS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def put_version(folder: Path, mark: Current, write: Callable[[Path], None]) -> Path:
    """Write a version whole and make it current; inside ``building``. Give its folder.

    ``mark.name`` names the content: what is there already is not written again.
    """
    for broken_off in folder.glob(f"{_PASSING}*"):
        _remove(broken_off)
    path = folder / f"{_VERSION}{mark.name}"
    if not path.is_dir():
        passing = folder / f"{_PASSING}{os.getpid()}"
        passing.mkdir()
        (passing / _READERS).touch()
        write(passing)
        for file in passing.iterdir():
            _sync(file)
        passing.rename(path)
    _point_to(folder, Current(path.name, mark.built_from))
    _remove_unread(folder)
    return path


def tidy(folder: Path) -> None:
    """Remove the versions that nobody reads any more, unless a builder is about to."""
    with suppress(BlockingIOError), building(folder, wait=False):
        _remove_unread(folder)


def _remove_unread(folder: Path) -> None:
    """Remove versions that are neither current nor read by any process; inside ``building``."""
    current = current_version(folder)
    for path in folder.glob(f"{_VERSION}*"):
        if current is None or path.name != current.name:
            _remove_if_unread(path)


def _remove_if_unread(path: Path) -> None:
    try:
        handle = os.open(path / _READERS, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:  # another process has just removed it
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # renamed first: a version that is only half there must not be found by its name
        passing = path.with_name(f"{_PASSING}{os.getpid()}-{path.name}")
        path.rename(passing)
        _remove(passing)
    except (BlockingIOError, FileNotFoundError):
        pass
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _point_to(folder: Path, current: Current) -> None:
    passing = folder / f"{_PASSING}{os.getpid()}-{POINTER}"
    passing.write_text(f"{current.name} {current.built_from}\n", "utf-8")
    _sync(passing)
    passing.replace(folder / POINTER)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
