"""The ways by which a card's data comes in: each gives a card or refuses, and says why."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import qika_terminal.driver_library
from qika_terminal.card import CardRead
from qika_terminal.driver_string import parse_bytes
from qika_terminal.faults import Fault, RefusedError
from qika_terminal.readers import PcscReader
from qika_terminal.settings import Driver, Input


class Source(Protocol):
    """Where a card's data comes from."""

    def read(self) -> CardRead:
        """Read the card that is there now; raises RefusedError."""
        ...


def source_of(driver: Driver, clock: Callable[[], datetime]) -> Source:
    """Make the source that is set; raises RefusedError if it cannot be."""
    match driver.input:
        case Input.HTTP:
            return CallsOnly()
        case Input.FILE:
            assert driver.path is not None, "a file is set with its path"
            return StringFile(driver.path, driver.age_max_s, driver.encoding, clock)
        case Input.PIPE:
            return Program(driver.command, driver.timeout_s, driver.encoding)
        case Input.CTYPES:
            call = _library_call(driver)
            return Program(call, driver.timeout_s, driver.encoding, missing_code=2)
        case Input.PCSC:
            return PcscReader(driver.reader)


class CallsOnly:
    """The string comes with each call; there is nothing to read by oneself."""

    def read(self) -> CardRead:
        """Refuse."""
        raise RefusedError(Fault.STRING_MISSING)


@dataclass(frozen=True, slots=True)
class StringFile:
    """A file that another program writes; each string is taken away as it is read, so once."""

    path: Path
    age_max_s: int
    encoding: str
    clock: Callable[[], datetime]

    def read(self) -> CardRead:
        """Take the file; an old one is thrown away, since it is of the person before."""
        taken = self.path.with_name(f"{self.path.name}.taken")
        with contextlib.suppress(OSError):
            taken.unlink()  # of a time when the power failed right after it was taken
        try:
            self.path.replace(taken)
        except FileNotFoundError as error:
            raise RefusedError(Fault.STRING_MISSING) from error
        except OSError as error:
            raise RefusedError(Fault.DRIVER_SILENT, error.strerror or "") from error
        try:
            age_s = self.clock().timestamp() - taken.stat().st_mtime
            said = taken.read_bytes()
        finally:
            with contextlib.suppress(OSError):
                taken.unlink()
        if age_s > self.age_max_s:
            raise RefusedError(Fault.STRING_STALE)
        return parse_bytes(said, self.encoding)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that reads the card and writes the string to its standard output.

    A driver library is called by such a program, too: a crash or a hang of it stays there.
    """

    command: Sequence[str]
    timeout_s: float
    encoding: str
    missing_code: int | None = None
    """The exit code that says that there is no driver; None: there is none such."""

    def read(self) -> CardRead:
        """Run it once."""
        try:
            done = subprocess.run(  # noqa: S603  the operator set the command
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self.timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RefusedError(Fault.DRIVER_SILENT) from error
        except OSError as error:
            raise RefusedError(Fault.DRIVER_MISSING) from error
        if done.returncode == self.missing_code:
            raise RefusedError(Fault.DRIVER_MISSING)
        if done.returncode != 0:
            raise RefusedError(Fault.DRIVER_REFUSED, _code(done.stdout, done.returncode))
        return parse_bytes(done.stdout, self.encoding)


def _code(said: bytes, returned: int) -> str:
    """Give the driver's own code, if it is a number; a crash has the code of the system."""
    text = said.decode("ascii", errors="replace").strip()
    return text if text.lstrip("-").isdigit() and len(text) <= len("-2147483648") else str(returned)


def _library_call(driver: Driver) -> Sequence[str]:
    program = qika_terminal.driver_library.__file__
    return (
        driver.python or sys.executable,
        str(program),
        str(driver.path),
        driver.function,
        str(driver.kind),
        driver.convention,
    )
