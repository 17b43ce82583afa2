"""What points serve, dictionary-encoded: a few thousand profiles stand for all points.

A filter is decided once per distinct bank set, issuer set, application set and channel by the
predicates of ``serving``, and combined per profile; no point is looked at. What was decided for
one part is kept for the next filter that asks the same there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import eq
from typing import Final, TypeVar

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

Numbers = tuple[int, ...]
"""Profiles, or offers, each by its number."""

_Value = TypeVar("_Value")
_Asked = TypeVar("_Asked")

ASKED_KEPT: Final = 256
"""Answers kept for each part of a filter; one takes a byte for each distinct offer."""

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
        self._kinds = _column([profile.kind for profile in profiles], eq)
        self._channels = _column([offer.channel for offer in offers], admits_channel)
        self._applications = _column([offer.applications for offer in offers], admits_application)
        self._banks = _column([offer.banks for offer in offers], admits_bank)
        self._of_issuers = _of_issuers([offer.regions for offer in offers])
        self._issuers = frozenset(issuer for offer in offers for issuer in offer.regions)
        having: list[list[int]] = [[] for _ in offers]
        for index, profile in enumerate(profiles):
            for offer in profile.offers:
                having[number[offer]].append(index)
        self._having = tuple(map(tuple, having))
        self._size = len(profiles)

    def __len__(self) -> int:
        """Count the profiles."""
        return self._size

    def admitted(self, where: PointFilter) -> Flags:
        """Give one flag per profile; the region of the filter is not a matter of profiles."""
        flags = np.zeros(self._size, np.uint8)
        flags[list(self.numbers(where))] = 1
        return flags

    def numbers(self, where: PointFilter) -> Numbers:
        """Give the numbers of the same profiles, ascending."""
        found: Iterable[int] = range(self._size)
        if where.asks_service:
            having = self._having
            found = sorted({one for offer in self._offers(where) for one in having[offer]})
        if where.kind is not None:
            kinds = self._kinds(where.kind)
            found = (one for one in found if kinds[one])
        return tuple(found)

    def _offers(self, where: PointFilter) -> Iterable[int]:
        """Give the offers that admit all that is asked of one."""
        chain = where.issuer_chain
        # without issuers that no offer names, all counties of a city ask the same
        named = chain and tuple([issuer for issuer in chain if issuer in self._issuers])
        channel, application = self._channels(where.channel), self._applications(where.application)
        bank = self._banks(where.card_bank)
        return [
            one
            for one in self._of_issuers(named)
            if channel[one] and application[one] and bank[one]
        ]


def _column(
    column: Sequence[_Value], admits: Callable[[_Value, _Asked], bool]
) -> Callable[[_Asked], bytes]:
    """Give what says for a whole column what is admitted, by asking once per distinct value."""
    distinct = frozenset(column)

    @lru_cache(ASKED_KEPT)
    def flags(asked: _Asked) -> bytes:
        answers = {value: admits(value, asked) for value in distinct}
        return bytes([answers[value] for value in column])

    return flags


def _of_issuers(
    column: Sequence[tuple[IssuerCode, ...]],
) -> Callable[[tuple[IssuerCode, ...] | None], Numbers]:
    """Give what finds the offers for an issuer: only sets that name one of a chain are asked."""
    offers: dict[tuple[IssuerCode, ...], list[int]] = {}
    for index, issuers in enumerate(column):
        offers.setdefault(issuers, []).append(index)
    naming: dict[IssuerCode | None, list[tuple[IssuerCode, ...]]] = {}
    for issuers in offers:
        for issuer in issuers or (None,):
            naming.setdefault(issuer, []).append(issuers)

    @lru_cache(ASKED_KEPT)
    def found(chain: tuple[IssuerCode, ...] | None) -> Numbers:
        near = (one for issuer in (*(chain or ()), None) for one in naming.get(issuer, ()))
        asked = offers if chain is None else dict.fromkeys(near)
        return tuple([n for one in asked if admits_issuer(one, chain) for n in offers[one]])

    return found
