"""A partner (a bank, a hospital group, a pharmacy chain, a provider) and what it may do.

What is not named is not allowed; ``*`` names everything. Regions allow themselves and all below
them: who may act for a province may act for its cities.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ANY = "*"
"""Stands for every region, bank, point, channel or event."""


class Algorithm(StrEnum):
    """Signature algorithms, by their names in RFC 9421, section 3.3.

    The algorithm of a key stands in its record; what a message says of it is never believed.
    """

    ED25519 = "ed25519"
    ECDSA_P256 = "ecdsa-p256-sha256"
    RSA = "rsa-v1_5-sha256"


class Refusal(StrEnum):
    """Why a partner may not do something, in the order in which it is asked."""

    SUSPENDED = "partner_suspended"
    REGION = "region_not_allowed"
    CHANNEL = "channel_not_allowed"
    EVENT = "event_not_allowed"
    POINT = "point_not_allowed"
    BANK = "bank_not_allowed"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a partner may act for; each a set of codes, or ``*`` for all."""

    regions: frozenset[str]
    """Codes of issuers, each with all below it."""
    channels: frozenset[str]
    events: frozenset[str]
    """Types of events that may be recorded."""
    banks: frozenset[str]
    """Banks whose outlets may be named as the place; points without a bank need none."""
    points: frozenset[str]
    """Identifiers of points; a prefix ends with ``*``, as in ``hospital-310000-*``."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a partner asks to do."""

    chain: tuple[str, ...]
    """The card's issuer and all above it."""
    channel: str | None = None
    event: str | None = None
    point: str | None = None
    bank: str | None = None
    """The bank of the point, if it is a bank's."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner of this installation."""

    id: str
    """Short and lasting: the sender in histories, e.g. ``icbc-shanghai``."""
    name: str
    scope: Scope
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A public key of a partner; two may be in force at once, so that one can follow another."""

    id: str
    """The ``keyid`` of its signatures."""
    partner: str
    algorithm: Algorithm
    public_key: str
    """PEM, SubjectPublicKeyInfo."""
    not_before: datetime
    not_after: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Tell whether the key may be used at a moment."""
        return self.not_before <= at and (self.not_after is None or at < self.not_after)


def refusal(partner: Partner, act: Act) -> Refusal | None:
    """Say why a partner may not do something; None if it may."""
    scope = partner.scope
    checks = (
        (Refusal.SUSPENDED, not partner.suspended),
        (Refusal.REGION, _any_in(act.chain, scope.regions)),
        (Refusal.CHANNEL, act.channel is None or _in(act.channel, scope.channels)),
        (Refusal.EVENT, act.event is None or _in(act.event, scope.events)),
        (Refusal.POINT, act.point is None or _point_in(act.point, scope.points)),
        (Refusal.BANK, act.bank is None or _in(act.bank, scope.banks)),
    )
    return next((reason for reason, holds in checks if not holds), None)


def _in(code: str, allowed: Collection[str]) -> bool:
    return code in allowed or ANY in allowed


def _any_in(codes: Iterable[str], allowed: Collection[str]) -> bool:
    return any(_in(code, allowed) for code in codes)


def _point_in(point: str, allowed: Collection[str]) -> bool:
    return _in(point, allowed) or any(
        one.endswith(ANY) and point.startswith(one.removesuffix(ANY)) for one in allowed
    )
