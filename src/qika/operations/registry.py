"""The partners of an installation: kept in the store, held in memory by every process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

from qika.authority.partner import Partner, PartnerKey

KEYS_IN_FORCE_MAX = 2
"""Keys of a partner that may be in force at once: the one in use, and the one to follow it."""


class UnknownPartnerError(LookupError):
    """There is no partner, or no key, of that id; holds the id."""


class TooManyKeysError(ValueError):
    """A partner has as many keys in force as may be; holds their ids."""


class KeyTakenError(ValueError):
    """The id of a key is another key's; holds the id."""


@dataclass(frozen=True, slots=True)
class Roll:
    """Every partner by id and every key by id, at one moment."""

    partners: Mapping[str, Partner] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[str, PartnerKey] = field(default_factory=lambda: MappingProxyType({}))

    def of_key(self, key_id: str) -> tuple[Partner, PartnerKey] | None:
        """Give a key and whose it is; None if it is unknown."""
        key = self.keys.get(key_id)
        return (self.partners[key.partner], key) if key else None

    def keys_of(self, partner: str) -> list[PartnerKey]:
        """Give the keys of a partner, the oldest first."""
        held = (key for key in self.keys.values() if key.partner == partner)
        return sorted(held, key=lambda key: (key.not_before, key.id))


class SpentNonce(NamedTuple):
    """A nonce of a key, and until when it must not come again."""

    key_id: str
    nonce: str
    until: datetime


class PartnerStore(Protocol):
    """Where partners, their keys and what they signed lately are kept."""

    async def roll(self) -> Roll:
        """Give every partner and every key."""
        ...

    async def put_partner(self, partner: Partner) -> None:
        """Add or change a partner."""
        ...

    async def put_partner_key(self, key: PartnerKey) -> None:
        """Add or change a key."""
        ...

    async def spend(self, nonces: Sequence[SpentNonce], now: datetime) -> Sequence[bool]:
        """Note nonces, each once: false for one that was noted before and has not expired."""
        ...


class Registry:
    """The roll as this process knows it."""

    def __init__(self, store: PartnerStore) -> None:
        """Take where it is kept; empty until it is refreshed."""
        self._store = store
        self.roll = Roll()

    async def refresh(self) -> None:
        """Take over what any process has changed."""
        self.roll = await self._store.roll()

    async def put(self, partner: Partner) -> None:
        """Add or change a partner."""
        await self._store.put_partner(partner)
        await self.refresh()

    async def suspend(self, partner: str, *, suspended: bool) -> None:
        """Refuse everything a partner sends, or accept it again."""
        await self.refresh()
        if partner not in self.roll.partners:
            raise UnknownPartnerError(partner)
        await self.put(replace(self.roll.partners[partner], suspended=suspended))

    async def add_key(self, key: PartnerKey, at: datetime) -> None:
        """Add a key of a partner.

        Raises UnknownPartnerError, KeyTakenError, or TooManyKeysError if two are in force, or
        will be, already.
        """
        await self.refresh()
        if key.partner not in self.roll.partners:
            raise UnknownPartnerError(key.partner)
        if key.id in self.roll.keys:
            raise KeyTakenError(key.id)
        live = [one.id for one in self.roll.keys_of(key.partner) if not _is_over(one, at)]
        if len(live) >= KEYS_IN_FORCE_MAX:
            raise TooManyKeysError(", ".join(live))
        await self._store.put_partner_key(key)
        await self.refresh()

    async def end_key(self, key_id: str, at: datetime) -> None:
        """Let a key be in force until a moment only; raises UnknownPartnerError."""
        await self.refresh()
        key = self.roll.keys.get(key_id)
        if key is None:
            raise UnknownPartnerError(key_id)
        await self._store.put_partner_key(replace(key, not_after=at))
        await self.refresh()


def _is_over(key: PartnerKey, at: datetime) -> bool:
    return key.not_after is not None and key.not_after <= at
