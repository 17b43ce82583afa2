"""A service point: where it is and what it serves, each capability with its own source and day."""

from dataclasses import dataclass
from datetime import date

from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing a point does: a channel, for these applications, banks and issuers.

    Empty ``banks`` means any bank's card, empty ``regions`` means any issuer's card.
    """

    channel: ChannelCode
    applications: tuple[Application, ...]
    banks: tuple[BankCode, ...]
    regions: tuple[IssuerCode, ...]
    source: str
    confirmed_on: date | None


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where a point is, in WGS-84 degrees, with the system its source gave it in."""

    lat: float
    lon: float
    given_crs: str
    """``WGS84``, ``GCJ02``, ``BD09`` or ``unknown`` (then the place may be 700 m off)."""


@dataclass(frozen=True, slots=True)
class ServicePoint:
    """A place where a card can be activated."""

    id: PointId
    name: str
    kind: PointKind
    organization: str
    card_bank: BankCode | None
    address: str
    landmark: str
    region: RegionCode
    phone: str
    coordinates: Coordinates | None
    hours_text: str
    """Opening hours as the source wrote them; kept even when they could not be read."""
    capabilities: tuple[Capability, ...]
    example: bool = False
