"""What an operator sets, and the clock."""

import os
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from qika.activation.decide import CHINA
from qika.web.callers import Network, networks_of

STREAM_MAX_MB, STREAM_DAYS = 4_096, 7
SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
_HOST = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?")
_USER = re.compile(r"//[^/@]*@")


class SettingError(ValueError):
    """A setting that cannot be used: what it is, and what to write instead."""


class UnknownDatabaseError(SettingError):
    """A database address of a kind that this installation cannot open; holds the address."""


@dataclass(frozen=True, slots=True)
class AlipaySetting:
    """How the online channel reaches Alipay: who we are there, both sides' keys, its gateway."""

    app_id: str
    key_file: Path
    public_key_file: Path
    gateway: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator sets. ``on`` fixes the day of receipt in drills: its last second.

    ``origin`` is where people reach the site, scheme and host, e.g. ``https://card.example``;
    ``embed_hosts`` are the sites that may show the box of ``/embed``; ``trusted_proxies`` are
    believed on who is calling; ``fonts`` is a folder of fonts besides those of the system.
    """

    data: Path
    database: str = ""
    on: date | None = None
    demo: bool = False
    origin: str = ""
    embed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    tiles: str = ""
    """A provider of street maps, by its id; empty: sketch maps only."""
    listener_networks: tuple[Network, ...] = ()
    """Networks that are not public, where listeners may be."""
    listener_authorities: Path | None = None
    """A file of authorities, PEM, that are believed for listeners besides the system's."""
    fonts: Path | None = None
    stream_max_mb: int = STREAM_MAX_MB
    """Megabytes of one stream of activations."""
    stream_days: int = STREAM_DAYS
    """How long the results of a stream are kept."""
    alipay: AlipaySetting | None = None
    """None: no online channel, except in the demo, which has Alipay's double."""

    @property
    def on_server(self) -> bool:
        """True if the cards are kept on a PostgreSQL server."""
        return self.database.startswith(POSTGRES)

    @property
    def file(self) -> Path:
        """The SQLite file of this installation."""
        if not self.database:
            return self.data / "qika.sqlite"
        if not self.database.startswith(SQLITE):
            raise UnknownDatabaseError(_USER.sub("//", self.database))
        return Path(self.database.removeprefix(SQLITE))

    @property
    def beside(self) -> Path:
        """The folder of keys and index that belongs to the database."""
        if self.on_server:
            return self.data / "postgresql.d"
        return self.file.with_name(f"{self.file.name}.d")

    @property
    def place(self) -> str:
        """Name the database, without a user and a password."""
        return _USER.sub("//", self.database) if self.on_server else str(self.file)


def default_data() -> Path:
    """Give the data folder: ``QIKA_DATA``, else ``data`` where the command runs."""
    return Path(os.environ.get("QIKA_DATA", "data"))


def default_database() -> str:
    """Give the database: ``QIKA_DATABASE``, which no list of processes shows; else empty."""
    return os.environ.get("QIKA_DATABASE", "")


def default_tiles() -> str:
    """Give the provider of street maps: ``QIKA_TILES``, else none."""
    return os.environ.get("QIKA_TILES", "")


def checked_origin(text: str) -> str:
    """Read where people reach the site, ``QIKA_ORIGIN`` if nothing is given; may be empty.

    Raises SettingError unless it is scheme and host alone, as in ``https://card.example``.
    """
    origin = (text or os.environ.get("QIKA_ORIGIN", "")).rstrip("/")
    if origin and not _ORIGIN.fullmatch(origin):
        raise SettingError(origin)
    return origin


def checked_hosts(text: str) -> tuple[str, ...]:
    """Read the sites that may show the box, ``QIKA_EMBED_HOSTS`` if nothing is given.

    Raises SettingError unless each is scheme and host, as in ``https://*.jobs.example``.
    """
    hosts = (text or os.environ.get("QIKA_EMBED_HOSTS", "")).replace(",", " ").split()
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SettingError(host)
    return tuple(hosts)


def checked_proxies(text: str) -> tuple[Network, ...]:
    """Read whose ``X-Forwarded-For`` is believed, ``QIKA_TRUSTED_PROXY`` if nothing is given.

    Raises SettingError unless each is an address or a network, as in ``10.0.0.0/8``.
    """
    return _networks(text or os.environ.get("QIKA_TRUSTED_PROXY", ""))


def checked_networks(text: str) -> tuple[Network, ...]:
    """Read where listeners may be beside public addresses, ``QIKA_LISTENER_NETWORKS`` if not given.

    Raises SettingError as ``checked_proxies``.
    """
    return _networks(text or os.environ.get("QIKA_LISTENER_NETWORKS", ""))


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return networks_of(text)
    except ValueError as error:
        raise SettingError(str(error)) from error


def checked_authorities(file: Path | None) -> Path | None:
    """Give the file of authorities for listeners, ``QIKA_LISTENER_CA`` if nothing is given.

    Raises SettingError if there is no such file, or no certificate in it.
    """
    named = os.environ.get("QIKA_LISTENER_CA", "")
    chosen = file or (Path(named) if named else None)
    if chosen is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(chosen)
        except OSError as error:  # what OpenSSL cannot read is one, too
            raise SettingError(str(chosen)) from error
    return chosen


def checked_fonts(folder: Path | None) -> Path | None:
    """Give the operator's folder of fonts, ``QIKA_FONTS`` if nothing is given; None: none.

    Raises SettingError if there is no such folder.
    """
    named = os.environ.get("QIKA_FONTS", "")
    chosen = folder or (Path(named) if named else None)
    if chosen is not None and not chosen.is_dir():
        raise SettingError(str(chosen))
    return chosen


def now() -> datetime:
    """Read the clock."""
    return datetime.now(CHINA)  # noqa: TID251  the only place that may


def clock_of(on: date | None) -> Callable[[], datetime]:
    """Give the clock, or the last second of a fixed day in China."""
    if on is None:
        return now
    fixed = datetime.combine(on, time(23, 59, 59), CHINA)
    return lambda: fixed
