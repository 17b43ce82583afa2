"""Partners in memory: for tests and drills."""

from collections.abc import Sequence
from datetime import datetime

from qika.authority.partner import Partner, PartnerKey
from qika.operations.registry import Roll, SpentNonce


class MemoryPartners:
    """The part of a store in memory that keeps partners."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self._partners: dict[str, Partner] = {}
        self._partner_keys: dict[str, PartnerKey] = {}
        self._nonces: dict[tuple[str, str], datetime] = {}

    async def roll(self) -> Roll:
        """Give every partner and every key."""
        return Roll(dict(self._partners), dict(self._partner_keys))

    async def put_partner(self, partner: Partner) -> None:
        """Add or change a partner."""
        self._partners[partner.id] = partner

    async def put_partner_key(self, key: PartnerKey) -> None:
        """Add or change a key."""
        self._partner_keys[key.id] = key

    async def spend(self, nonces: Sequence[SpentNonce], now: datetime) -> Sequence[bool]:
        """Note nonces; false for one that was noted before."""
        self._nonces = {place: until for place, until in self._nonces.items() if until >= now}
        fresh: list[bool] = []
        for one in nonces:
            place = (one.key_id, one.nonce)
            fresh.append(place not in self._nonces)
            self._nonces.setdefault(place, one.until)
        return fresh
