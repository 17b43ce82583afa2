"""What the web layer is given to work with; wiring builds one Site."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from qika.operations.activate import Answered, Request
from qika.operations.office import Office
from qika.operations.online import Desk
from qika.operations.reports import Reports
from qika.operations.streams.desk import StreamDesk
from qika.terms.names import BankCode, IssuerCode, Language
from qika.web.callers import Network
from qika.web.press.press import Press
from qika.web.signing.door import PartnerDoor


class Door(StrEnum):
    """Whom a process lets in; ``qika serve --doors`` names those it opens."""

    PUBLIC = "public"
    PARTNER = "partner"
    CONSOLE = "console"


class Crs(StrEnum):
    """Coordinate systems in which a place may be given."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a region text means: one code, several that fit, or (both empty) nothing known."""

    code: IssuerCode | None = None
    candidates: tuple[IssuerCode, ...] = ()
    renamed_from: str | None = None
    """The outdated name or code that was asked for."""


class Regions(Protocol):
    """The divisions and other issuers, as the web layer asks for them."""

    def resolve(self, text: str) -> Resolution:
        """Read a code or a name."""
        ...

    def name(self, code: IssuerCode, language: Language) -> str:
        """Give the name of an issuer."""
        ...

    def path(self, code: IssuerCode, language: Language) -> tuple[tuple[IssuerCode, str], ...]:
        """Give (code, name) from the province down to ``code`` itself."""
        ...

    def every(self) -> Sequence[IssuerCode]:
        """Give every division there is, and every other issuer, in order of code."""
        ...

    def below(
        self, code: IssuerCode | None, language: Language
    ) -> tuple[tuple[IssuerCode, str], ...]:
        """Give (code, name) of what lies right below ``code``; for None what stands at the top."""
        ...

    def covered(self, code: IssuerCode) -> bool:
        """Tell whether social security cards of the mainland are issued there."""
        ...


class Banks(Protocol):
    """The banks that issue cards."""

    def code_of(self, name_or_code: str) -> BankCode | None:
        """Give the code of a bank by any name or code; None if it is unknown."""
        ...

    def name(self, code: BankCode, language: Language) -> str:
        """Give the name of a bank."""
        ...


@dataclass(frozen=True, slots=True)
class Tiles:
    """The street map of the provider that the operator chose."""

    get: Callable[[str, int, int, int], Awaitable[tuple[str, bytes]]]
    """Gives (media type, body) of (layer, z, x, y), an empty body where there is no such tile;
    raises ConnectionError while none can be had."""
    crs: str
    """``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``: the system it is drawn in."""
    attribution: Mapping[Language, str]
    approval: str
    """The approval number that has to stand on the map."""
    zoom: tuple[int, int]
    labels: bool
    """Whether names are a layer of their own."""


@dataclass(frozen=True, slots=True)
class Online:
    """The online channel of an installation."""

    desk: Desk | None
    """Where it is carried out; None: by another process of this site, which holds card keys."""
    example: tuple[str, str, str] | None = None
    """Of a made-up card to try it with: number, name and identity number; in the demo only."""


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the web layer uses of the rest of Qika."""

    office: Office
    submit: Callable[[Sequence[Request]], Awaitable[list[Answered]]]
    """Gathers requests that arrive together, performs them, answers in order."""
    regions: Regions
    banks: Banks
    to_wgs84: Callable[[float, float, Crs], tuple[float, float]]
    """From (lat, lon) in a system to (lat, lon) in WGS-84."""
    ready: Callable[[], Awaitable[bool]]
    """Tells whether this process may be sent work."""
    unsigned_writes: bool
    """True only in ``qika demo`` on loopback; elsewhere every unsigned write is refused."""
    doors: frozenset[str]
    version: str
    origin: str = ""
    """Where people reach this site, e.g. ``https://card.example``; empty until it is set."""
    embed_hosts: tuple[str, ...] = ()
    """Hosts whose pages may show the box of ``/embed``, as a content security policy names them."""
    reports: Reports | None = None
    """Keeps what readers say is wrong; None: there is no page to say it on."""
    gather: "Callable[[Request], asyncio.Future[Answered]] | None" = None
    """Puts one request among those that arrive now; None: ``submit`` takes single ones too."""
    edition_since: Callable[[], datetime] | None = None
    """Tells since when the edition of the rules has been in force here; None: not known."""
    points_version: Callable[[], object] | None = None
    """Tells which version of the points is in force; None: answers are not kept."""
    partners: PartnerDoor | None = None
    """Checks signed requests; None: nobody can sign here."""
    streams: StreamDesk | None = None
    """Receives and keeps streams of activations; None: none are taken here."""
    tiles: Tiles | None = None
    """Street maps on tap; None: sketch maps only."""
    ticks: Callable[[], float] | None = None
    """Seconds of a clock that only goes forward; None: nobody is ever asked to wait."""
    trusted_proxies: tuple[Network, ...] = ()
    """Whose word on who is calling is believed."""
    point_required: bool = True
    """False only for the operator's command line, where a clerk may leave the point out."""
    holidays_number: int = 0
    """Number of the holiday calendar installed; a later calendar has a higher one."""
    press: Press | None = None
    """Makes PDF files; None: none are made here."""
    online: Online | None = None
    """The online channel; None: this installation has none."""
