"""The part of the embedded store that tells listeners: outbox, listeners, secrets, leases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from qika.authority.listener import Listener, ListenerState
from qika.operations.listeners import Backlog, Secret
from qika.operations.ports import Pending
from qika.storage.holder import open_holder
from qika.storage.listener_rows import secrets_of
from qika.storage.sqlite import listeners, outbox
from qika.storage.sqlite.readers import Readers
from qika.storage.sqlite.writer import Writer
from qika.storage.vault import Vault


class SqliteTelling:
    """What waits to be told, and to whom, in one file."""

    def __init__(self, writer: Writer, readers: Readers, vault: Vault) -> None:
        """Take what ``open_sqlite`` opened."""
        self._writer, self._readers, self._vault = writer, readers, vault

    async def pending(self, destination: str, limit: int, now: datetime) -> Sequence[Pending]:
        """Give outbox rows due for sending, oldest first, the earliest of each card."""
        read = partial(outbox.pending, destination=destination, limit=limit, now=now)
        return await self._readers.aside(read)

    async def acknowledge(self, rows: Sequence[Pending], at: datetime) -> None:
        """Mark outbox rows as acknowledged by their destination."""
        await self._writer.run(partial(outbox.acknowledge, rows=rows, at=at))

    async def postpone(
        self, rows: Sequence[Pending], until: Sequence[datetime], at: datetime
    ) -> None:
        """Count a failed try and set the next one of each row."""
        await self._writer.run(partial(outbox.postpone, rows=rows, until=until, at=at))

    async def give_up(self, rows: Sequence[Pending], at: datetime) -> None:
        """Take rows off the outbox that nobody took, and keep which ones."""
        await self._writer.run(partial(outbox.give_up, rows=rows, at=at))

    async def queue(
        self, places: Sequence[tuple[bytes, int]], destination: str, at: datetime
    ) -> int:
        """Put events into the outbox again; gives how many were not there."""
        write = partial(outbox.queue, places=places, destination=destination, at=at)
        return await self._writer.run(write)

    async def forget_waiting(self, destination: str, limit: int) -> int:
        """Delete rows of a destination, of what waits and of what was given up."""
        write = partial(outbox.forget_waiting, destination=destination, limit=limit)
        return await self._writer.run(write)

    async def backlog(self, destination: str) -> Backlog:
        """Count what waits for a listener and what was given up."""
        return await self._readers.aside(partial(outbox.backlog, destination=destination))

    async def identifiers(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """Give the card identification codes of cards; unknown cards are left out."""
        if not keys:
            return {}
        sealed = await self._readers.aside(partial(outbox.sealed_holders, keys=keys))
        vault = self._vault
        return {key: open_holder(vault, key, one).card_identifier for key, one in sealed}

    async def listeners(self) -> Sequence[Listener]:
        """Give every listener, by name."""
        return self._readers.here(listeners.listeners)

    async def put_listener(self, listener: Listener, secret: Secret) -> bool:
        """Add a listener with its first secret; false if there is one of that name."""
        write = partial(listeners.put_listener, vault=self._vault, listener=listener, secret=secret)
        return await self._writer.run(write)

    async def switch_listener(
        self, name: str, state: ListenerState, reason: str, at: datetime
    ) -> bool:
        """Put a listener into a state; false if there is none of that name."""
        write = partial(listeners.switch_listener, name=name, state=state, reason=reason, at=at)
        return await self._writer.run(write)

    async def note_fault(self, name: str, fault: str, since: datetime | None) -> None:
        """Note since when a listener cannot be told, and why; None: it can."""
        await self._writer.run(partial(listeners.note_fault, name=name, fault=fault, since=since))

    async def drop_listener(self, name: str) -> bool:
        """Forget a listener and its secrets; false if there is none of that name."""
        return await self._writer.run(partial(listeners.drop_listener, name=name))

    async def secrets(self, name: str) -> Sequence[Secret]:
        """Give the secrets of a listener, the oldest first."""
        return secrets_of(self._vault, self._readers.here(partial(listeners.secrets, name=name)))

    async def put_secret(self, name: str, secret: Secret) -> None:
        """Keep a secret, sealed."""
        write = partial(listeners.put_secret, vault=self._vault, name=name, secret=secret)
        await self._writer.run(write)

    async def drop_secret(self, name: str, number: int) -> None:
        """Forget a secret."""
        await self._writer.run(partial(listeners.drop_secret, name=name, number=number))

    async def take_lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or prolong the right to tell a listener."""
        write = partial(listeners.take_lease, name=name, holder=holder, now=now, until=until)
        return await self._writer.run(write)

    async def free_lease(self, name: str, holder: str) -> None:
        """Give the right to tell a listener back."""
        await self._writer.run(partial(listeners.free_lease, name=name, holder=holder))
