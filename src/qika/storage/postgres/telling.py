"""The part of the server store that tells listeners: outbox, listeners, secrets, leases."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter, itemgetter
from typing import TypeVar

from qika.authority.listener import Listener, ListenerState
from qika.operations.listeners import Backlog, Secret
from qika.operations.ports import Pending
from qika.storage.holder import open_holder
from qika.storage.listener_rows import secrets_of
from qika.storage.postgres import listeners, outbox
from qika.storage.postgres import telling_statements as statements
from qika.storage.postgres.lines import Connection
from qika.storage.postgres.placement import Kind, grouped
from qika.storage.postgres.routes import NO_GROUP, Routes
from qika.storage.postgres.statements import for_shards
from qika.storage.vault import Vault

T = TypeVar("T")


class PostgresTelling:
    """What waits to be told, and to whom, on a server."""

    def __init__(self, routes: Routes, vault: Vault) -> None:
        """Take what ``open_postgres`` opened."""
        self._routes, self._vault = routes, vault
        self._spell = for_shards if routes.kind is Kind.CITUS else str

    async def _read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        return await self._routes.readers.run(work)

    async def _write(
        self, work: Callable[[Connection], Awaitable[T]], *, repeatable: bool = True
    ) -> T:
        """Write what belongs to no card."""

        async def alone(connection: Connection, _: None) -> T:
            return await work(connection)

        return (await self._routes.write({NO_GROUP: None}, alone, repeatable=repeatable))[0]

    async def pending(self, destination: str, limit: int, now: datetime) -> Sequence[Pending]:
        """Give outbox rows due for sending, oldest first, the earliest of each card."""
        return await self._read(
            partial(outbox.pending, destination=destination, limit=limit, now=now)
        )

    async def acknowledge(self, rows: Sequence[Pending], at: datetime) -> None:
        """Mark outbox rows as acknowledged by their destination."""
        await self._take_off(rows, at, statements.TELL)

    async def give_up(self, rows: Sequence[Pending], at: datetime) -> None:
        """Take rows off the outbox that nobody took, and keep which ones."""
        await self._take_off(rows, at, statements.GIVE_UP)

    async def _take_off(self, rows: Sequence[Pending], at: datetime, text: str) -> None:
        parts = grouped(rows, _key_of_pending, await self._routes.writing())
        keep, take_off = self._spell(text), self._spell(statements.TAKE_OFF)
        work = partial(outbox.take_off, at=at, keep=keep, take_off=take_off)
        await self._routes.write(parts, work)

    async def postpone(
        self, rows: Sequence[Pending], until: Sequence[datetime], at: datetime
    ) -> None:
        """Count a failed try and set the next one of each row."""
        both = list(zip(rows, until, strict=True))
        parts = grouped(both, _key_of_postponed, await self._routes.writing())
        work = partial(outbox.postpone, at=at, sql=self._spell(statements.POSTPONE))
        await self._routes.write(parts, work)

    async def queue(
        self, places: Sequence[tuple[bytes, int]], destination: str, at: datetime
    ) -> int:
        """Put events into the outbox again; gives how many were not there."""
        parts = grouped(places, _first, await self._routes.writing())
        sql = (self._spell(statements.QUEUE), self._spell(statements.FIND_AGAIN))
        work = partial(outbox.queue, destination=destination, at=at, sql=sql)
        return sum(await self._routes.write(parts, work))

    async def forget_waiting(self, destination: str, limit: int) -> int:
        """Delete rows of a destination, of what waits and of what was given up."""
        total = 0
        for found, text in (
            (statements.OF_DESTINATION, statements.FORGET),
            (statements.GIVEN_UP_OF, statements.FIND_AGAIN),
        ):
            places = await self._read(
                partial(outbox.of_destination, sql=found, destination=destination, limit=limit)
            )
            parts = grouped(places, _first, await self._routes.writing())
            work = partial(outbox.forget, destination=destination, sql=self._spell(text))
            total += sum(await self._routes.write(parts, work))
        return total

    async def backlog(self, destination: str) -> Backlog:
        """Count what waits for a listener and what was given up."""
        return await self._read(partial(outbox.backlog, destination=destination))

    async def identifiers(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """Give the card identification codes of cards; unknown cards are left out."""
        parts = grouped(keys, bytes, await self._routes.reading())
        sealed = await self._routes.read(parts, outbox.sealed_holders)
        held = ((key, open_holder(self._vault, key, one)) for part in sealed for key, one in part)
        return {key: holder.card_identifier for key, holder in held}

    async def listeners(self) -> Sequence[Listener]:
        """Give every listener, by name."""
        return await self._read(listeners.listeners)

    async def put_listener(self, listener: Listener, secret: Secret) -> bool:
        """Add a listener with its first secret; false if there is one of that name.

        A lost answer is not asked again.
        """
        work = partial(listeners.put_listener, vault=self._vault, listener=listener, secret=secret)
        return await self._write(work, repeatable=False)

    async def switch_listener(
        self, name: str, state: ListenerState, reason: str, at: datetime
    ) -> bool:
        """Put a listener into a state; false if there is none of that name."""
        return await self._write(
            partial(listeners.switch_listener, name=name, state=state, reason=reason, at=at)
        )

    async def note_fault(self, name: str, fault: str, since: datetime | None) -> None:
        """Note since when a listener cannot be told, and why; None: it can."""
        await self._write(partial(listeners.note_fault, name=name, fault=fault, since=since))

    async def drop_listener(self, name: str) -> bool:
        """Forget a listener and its secrets; false if there is none of that name."""
        return await self._write(partial(listeners.drop_listener, name=name), repeatable=False)

    async def secrets(self, name: str) -> Sequence[Secret]:
        """Give the secrets of a listener, the oldest first."""
        return secrets_of(self._vault, await self._read(partial(listeners.secrets, name=name)))

    async def put_secret(self, name: str, secret: Secret) -> None:
        """Keep a secret, sealed."""
        await self._write(
            partial(listeners.put_secret, vault=self._vault, name=name, secret=secret)
        )

    async def drop_secret(self, name: str, number: int) -> None:
        """Forget a secret."""
        await self._write(partial(listeners.drop_secret, name=name, number=number))

    async def take_lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or prolong the right to tell a listener."""
        return await self._write(
            partial(listeners.take_lease, name=name, holder=holder, now=now, until=until)
        )

    async def free_lease(self, name: str, holder: str) -> None:
        """Give the right to tell a listener back."""
        await self._write(partial(listeners.free_lease, name=name, holder=holder))


_first = itemgetter(0)
_key_of_pending = attrgetter("card_key")


def _key_of_postponed(row: tuple[Pending, datetime]) -> bytes:
    return row[0].card_key
