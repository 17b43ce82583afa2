"""What an operator sets, and the clock."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from qika.activation.decide import CHINA

SQLITE = "sqlite:///"


class SettingError(ValueError):
    """A setting that cannot be used: what it is, and what to write instead."""


class UnknownDatabaseError(SettingError):
    """A database address of a kind that this installation cannot open; holds the address."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator sets. ``on`` fixes the day of receipt in drills: its last second."""

    data: Path
    database: str = ""
    on: date | None = None
    demo: bool = False

    @property
    def file(self) -> Path:
        """The SQLite file of this installation."""
        if not self.database:
            return self.data / "qika.sqlite"
        if not self.database.startswith(SQLITE):
            raise UnknownDatabaseError(self.database)
        return Path(self.database.removeprefix(SQLITE))

    @property
    def beside(self) -> Path:
        """The folder of keys and index that belongs to the file."""
        return self.file.with_name(f"{self.file.name}.d")


def default_data() -> Path:
    """Give the data folder: ``QIKA_DATA``, else ``data`` where the command runs."""
    return Path(os.environ.get("QIKA_DATA", "data"))


def now() -> datetime:
    """Read the clock."""
    return datetime.now(CHINA)  # noqa: TID251  the only place that may


def clock_of(on: date | None) -> Callable[[], datetime]:
    """Give the clock, or the last second of a fixed day in China."""
    if on is None:
        return now
    fixed = datetime.combine(on, time(23, 59, 59), CHINA)
    return lambda: fixed
