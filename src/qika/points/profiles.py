"""What points serve, dictionary-encoded: a few thousand profiles stand for all points.

A filter is decided once per distinct bank set, issuer set, application set and channel by the
predicates of ``serving``, and combined per profile; no point is looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from qika.points.point import Capability, ServicePoint
from qika.points.serving import admits_application, admits_bank, admits_channel, admits_issuer
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    PointKind,
    RegionCode,
)

Flags = NDArray[np.uint8]
"""One byte a profile, schedule or point: 1 where it is admitted."""

_Value = TypeVar("_Value")

REGION_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Offer:
    """The searchable part of a capability: without its source and day."""

    channel: ChannelCode
    applications: tuple[Application, ...]
    banks: tuple[BankCode, ...]
    regions: tuple[IssuerCode, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Kind and offers that many points have in common."""

    kind: PointKind
    offers: tuple[Offer, ...]


class PointFilter(Struct, frozen=True, cache_hash=True):
    """What the asked points must be and serve; None means not asked."""

    channel: ChannelCode | None = None
    application: Application | None = None
    card_bank: BankCode | None = None
    """The bank on the card face, which the point must serve."""
    issuer_chain: tuple[IssuerCode, ...] | None = None
    """The card's issuer and what it belongs to, e.g. ``("440305", "440300", "440000")``."""
    kind: PointKind | None = None
    region: RegionCode | None = None
    """Where the point lies: ``440000`` covers 44xxxx, ``440300`` covers 4403xx."""

    @property
    def asks_service(self) -> bool:
        """Whether a point must have a capability at all to be found."""
        asked = (self.channel, self.application, self.card_bank, self.issuer_chain)
        return any(value is not None for value in asked)


def profile_of(point: ServicePoint) -> Profile:
    """Give the profile of a point; order and repetition of capabilities do not matter."""
    offers = {_offer(capability) for capability in point.capabilities}
    return Profile(point.kind, tuple(sorted(offers, key=_sort_key)))


def _offer(capability: Capability) -> Offer:
    return Offer(
        capability.channel,
        tuple(sorted(set(capability.applications))),
        tuple(sorted(set(capability.banks))),
        tuple(sorted(set(capability.regions))),
    )


def _sort_key(offer: Offer) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return (offer.channel, offer.applications, offer.banks, offer.regions)


def region_bounds(region: RegionCode | None) -> tuple[int, int]:
    """Give the lowest and highest code that a region covers; ValueError unless six digits."""
    if region is None:
        return -1, 999_999
    if len(region) != REGION_DIGITS or not (region.isascii() and region.isdigit()):
        raise ValueError(f"A region code has six digits, not {region!r}.")
    code = int(region)
    if code % 10_000 == 0:
        return code, code + 9_999
    return (code, code + 99) if code % 100 == 0 else (code, code)


class ProfileTable:
    """The distinct profiles of an index, able to say which of them a filter admits."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        """Encode the distinct values of each part of all offers."""
        offers = list(dict.fromkeys(offer for profile in profiles for offer in profile.offers))
        number = {offer: index for index, offer in enumerate(offers)}
        self._kinds = _Encoded([profile.kind for profile in profiles])
        self._channels = _Encoded([offer.channel for offer in offers])
        self._applications = _Encoded([offer.applications for offer in offers])
        self._banks = _Encoded([offer.banks for offer in offers])
        self._regions = _Encoded([offer.regions for offer in offers])
        pairs = [
            (index, number[offer])
            for index, profile in enumerate(profiles)
            for offer in profile.offers
        ]
        self._pairs = np.array(pairs, np.int64).reshape(-1, 2)
        self._size = len(profiles)

    def __len__(self) -> int:
        """Count the profiles."""
        return self._size

    def admitted(self, where: PointFilter) -> Flags:
        """Give one flag per profile; the region of the filter is not a matter of profiles."""
        flags = np.ones(self._size, np.bool_)
        if where.kind is not None:
            flags &= self._kinds.flags(lambda kind: kind == where.kind)
        if where.asks_service:
            served = np.zeros(self._size, np.bool_)
            served[self._pairs[self._offers_admitted(where)[self._pairs[:, 1]], 0]] = True
            flags &= served
        return flags.view(np.uint8)

    def _offers_admitted(self, where: PointFilter) -> NDArray[np.bool_]:
        return (
            self._channels.flags(lambda offered: admits_channel(offered, where.channel))
            & self._applications.flags(lambda named: admits_application(named, where.application))
            & self._banks.flags(lambda named: admits_bank(named, where.card_bank))
            & self._regions.flags(lambda named: admits_issuer(named, where.issuer_chain))
        )


class _Encoded(Generic[_Value]):
    """A column of values, each distinct one kept once."""

    def __init__(self, column: Sequence[_Value]) -> None:
        self._distinct = list(dict.fromkeys(column))
        number = {value: index for index, value in enumerate(self._distinct)}
        self._codes = np.array([number[value] for value in column], np.int64)

    def flags(self, admits: Callable[[_Value], bool]) -> NDArray[np.bool_]:
        """Ask once per distinct value, answer for the whole column."""
        return np.array([admits(value) for value in self._distinct], np.bool_)[self._codes]
