"""What is set at one counter: one TOML file, read strictly."""

import re
import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from qika_terminal.card import CardName
from qika_terminal.fields import Json, is_list, is_object
from qika_terminal.first_use import Channel
from qika_terminal.words import Language

Kind = TypeVar("Kind", bound=StrEnum)

LOOPBACK = "127.0.0.1"
PORT = 8770
_ORIGIN = re.compile(
    r"(https://[A-Za-z0-9.-]+(:\d{1,5})?|http://(127\.0\.0\.1|localhost)(:\d{1,5})?)/?"
)
_POINT = re.compile(r"[\x20-\x7e\u0080-\uffff]{1,200}")
_KEY_ID = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")


class Wrong(StrEnum):
    """What is wrong with a setting; each has words."""

    FILE_MISSING = "file_missing"
    NOT_TOML = "not_toml"
    MISSING = "missing"
    UNKNOWN = "unknown"
    TYPE = "type"
    CHOICE = "choice"
    FORMAT = "format"
    RANGE = "range"
    NO_FILE = "no_file"
    OPEN_TO_OTHERS = "open_to_others"
    NOT_A_KEY = "not_a_key"
    EXISTS = "exists"


class SettingError(ValueError):
    """A setting that cannot be used: which, and what is wrong with it."""

    def __init__(self, setting: str, wrong: Wrong, allowed: str = "") -> None:
        """Take what is wrong."""
        super().__init__(f"{setting}: {wrong}")
        self.setting, self.wrong, self.allowed = setting, wrong, allowed


class Input(StrEnum):
    """Where a card's data comes from."""

    HTTP = "http"
    """The shop's own system sends the driver's string with its call."""
    FILE = "file"
    """Another program writes the driver's string into a file."""
    PIPE = "pipe"
    """A program writes the driver's string to its standard output."""
    CTYPES = "ctypes"
    """The vendor's driver library is called."""
    PCSC = "pcsc"
    """The chip is read by PC/SC, without a vendor's driver."""


class Convention(StrEnum):
    """How a driver library is called; on 64 bits and on Linux there is only one way."""

    STDCALL = "stdcall"
    CDECL = "cdecl"


class Encoding(StrEnum):
    """How a driver writes names."""

    GB18030 = "gb18030"
    UTF_8 = "utf-8"


@dataclass(frozen=True, slots=True)
class Driver:
    """How cards are read."""

    input: Input
    path: Path | None = None
    """The file, or the library."""
    command: tuple[str, ...] = ()
    function: str = "iReadCardBas"
    kind: int = 3
    """1 contact, 2 contactless, 3 either with contact first, 4 either with contactless first."""
    convention: Convention = Convention.STDCALL
    python: str = ""
    """A Python as wide as the library (32 or 64 bits); empty: this one."""
    reader: str = ""
    """Part of the name of a PC/SC reader; empty: any."""
    encoding: Encoding = Encoding.GB18030
    timeout_s: int = 20
    age_max_s: int = 30
    """How old a file may be: an older one is of the person before."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is set at one counter."""

    origin: str
    key_id: str
    key_file: Path
    point_id: str
    channel: Channel
    driver: Driver
    folder: Path
    """Where the queue lies."""
    ca_file: Path | None = None
    port: int = PORT
    language: Language = Language.ZH
    cards_by: CardName = CardName.IDENTIFIER
    keep_days: int = 7
    """How long decided events are kept."""
    answer_within_s: int = 8
    """How long a call waits for the service's decision before it says that the event is kept."""


def read_settings(path: Path) -> Settings:
    """Read a settings file; raises SettingError. Paths in it are relative to its folder."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingError(str(path), Wrong.FILE_MISSING) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(str(path), Wrong.NOT_TOML, str(error)) from error
    top = _Table(said, "", path.parent)
    service, point, queue = (top.table(name) for name in ("service", "point", "queue"))
    door = top.table("door")
    settings = Settings(
        origin=service.text("origin", _ORIGIN).rstrip("/"),
        key_id=service.text("key_id", _KEY_ID),
        key_file=service.private("key_file"),
        ca_file=service.file("ca_file", optional=True),
        point_id=point.text("id", _POINT),
        channel=point.choice("channel", Channel),
        cards_by=point.choice("cards_by", CardName, CardName.IDENTIFIER),
        driver=_driver(top.table("driver")),
        folder=queue.folder("folder"),
        keep_days=queue.number("keep_days", range(1, 91), 7),
        port=door.number("port", range(1, 65_536), PORT),
        language=door.choice("language", Language, Language.ZH),
        answer_within_s=door.number("answer_within_s", range(31), 8),
    )
    for table in (service, point, queue, door, top):
        table.finish()
    return settings


def _driver(table: "_Table") -> Driver:
    kind = table.choice("input", Input)
    driver = Driver(
        input=kind,
        path=table.path("path", wanted=kind in {Input.FILE, Input.CTYPES}),
        command=table.words("command", wanted=kind is Input.PIPE),
        function=table.text("function", re.compile(r"[A-Za-z_]\w{0,63}"), "iReadCardBas"),
        kind=table.number("type", range(1, 5), 3),
        convention=table.choice("convention", Convention, Convention.STDCALL),
        python=table.text("python", re.compile(r".{1,500}"), ""),
        reader=table.text("reader", re.compile(r".{1,200}"), ""),
        encoding=table.choice("encoding", Encoding, Encoding.GB18030),
        timeout_s=table.number("timeout_s", range(1, 121), 20),
        age_max_s=table.number("age_max_s", range(1, 601), 30),
    )
    table.finish()
    return driver


class _Table:
    """One table of the file: each setting is taken once, and what is left is unknown."""

    def __init__(self, said: dict[str, Json], path: str, folder: Path) -> None:
        self._said, self._path, self._folder = dict(said), path, folder

    def wrong(self, name: str, wrong: Wrong, allowed: str = "") -> SettingError:
        return SettingError(f"{self._path}{name}", wrong, allowed)

    def table(self, name: str) -> "_Table":
        value = self._said.pop(name, {})
        if not is_object(value):
            raise self.wrong(name, Wrong.TYPE, "[...]")
        return _Table(value, f"{self._path}{name}.", self._folder)

    def finish(self) -> None:
        for name in self._said:
            raise self.wrong(name, Wrong.UNKNOWN)

    def text(self, name: str, form: "re.Pattern[str]", default: str | None = None) -> str:
        value = self._said.pop(name, None)
        if value is None or value == "":
            if default is None:
                raise self.wrong(name, Wrong.MISSING)
            return default
        if not isinstance(value, str):
            raise self.wrong(name, Wrong.TYPE, '"..."')
        if not form.fullmatch(value):
            raise self.wrong(name, Wrong.FORMAT, form.pattern)
        return value

    def choice(self, name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
        value = self._said.pop(name, default)
        if value is None:
            raise self.wrong(name, Wrong.MISSING)
        if value not in list(kind):
            raise self.wrong(name, Wrong.CHOICE, ", ".join(kind))
        return kind(value)

    def number(self, name: str, allowed: range, default: int) -> int:
        value = self._said.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, Wrong.TYPE, "1")
        if value not in allowed:
            raise self.wrong(name, Wrong.RANGE, f"{allowed.start} - {allowed.stop - 1}")
        return value

    def words(self, name: str, *, wanted: bool) -> tuple[str, ...]:
        value = self._said.pop(name, [])
        if not is_list(value) or not all(isinstance(one, str) for one in value):
            raise self.wrong(name, Wrong.TYPE, '["...", "..."]')
        if wanted and not value:
            raise self.wrong(name, Wrong.MISSING)
        return tuple(value)

    def path(self, name: str, *, wanted: bool = True) -> Path | None:
        value = self.text(name, re.compile(r".{1,500}"), None if wanted else "")
        return self._folder / value if value else None

    def folder(self, name: str) -> Path:
        found = self.path(name)
        assert found is not None, "it is wanted"
        return found

    def file(self, name: str, *, optional: bool = False) -> Path | None:
        found = self.path(name, wanted=not optional)
        if found is not None and not found.is_file():
            raise self.wrong(name, Wrong.NO_FILE)
        return found

    def private(self, name: str) -> Path:
        """Take a file that nobody else may read; on Windows its folder has to see to that."""
        found = self.file(name)
        assert found is not None, "it is wanted"
        if sys.platform != "win32" and found.stat().st_mode & 0o077:
            raise self.wrong(name, Wrong.OPEN_TO_OTHERS)
        return found
