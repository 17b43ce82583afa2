"""The way to a listener: outbox rows become signed messages, statuses become replies."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from qika.authority.listener import Listener
from qika.operations.deliver import Reply
from qika.operations.listeners import ListenerStore, Secret
from qika.operations.messages import message
from qika.operations.ports import Keys, Pending
from qika.partners.webhooks.signing import signed_headers


class Carrier(Protocol):
    """Brings a signed message to an address."""

    async def carry(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Carry a message; says what came of it."""
        ...


class WayTo:
    """A listener over HTTP. Implements ``Receiver``."""

    def __init__(
        self,
        listener: Listener,
        secrets: Sequence[Secret],
        desk: "Desk",
    ) -> None:
        """Take whom to tell, and with which secrets to sign."""
        self._listener, self._secrets, self._desk = listener, secrets, desk

    async def receive(self, rows: Sequence[Pending]) -> Sequence[Reply]:
        """Send a message for each row, all at once."""
        named: Mapping[bytes, str] = {}
        if self._listener.by_identifier:
            named = await self._desk.store.identifiers([row.card_key for row in rows])
        return await asyncio.gather(*(self._send(row, named.get(row.card_key)) for row in rows))

    async def _send(self, row: Pending, identifier: str | None) -> Reply:
        desk, written = self._desk, message(self._desk.keys, row, identifier)
        secrets = [secret.text for secret in reversed(self._secrets)]
        headers = {
            "content-type": "application/json",
            "user-agent": desk.agent,
            **signed_headers(secrets, written.id, desk.clock(), written.body),
        }
        return await desk.carrier.carry(self._listener.url, headers, written.body)


class Desk:
    """What every way needs: who carries, who names cards, what time it is."""

    def __init__(
        self,
        store: ListenerStore,
        keys: Keys,
        carrier: Carrier,
        clock: Callable[[], datetime],
        version: str,
    ) -> None:
        """Take what wiring built."""
        self.store, self.keys, self.carrier, self.clock = store, keys, carrier, clock
        self.agent = f"qika/{version}"

    def way_to(self, listener: Listener, secrets: Sequence[Secret]) -> WayTo:
        """Open the way to a listener."""
        return WayTo(listener, secrets, self)
