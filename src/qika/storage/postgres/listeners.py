"""Listeners, their secrets, and which process tells them."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from qika.authority.listener import Listener, ListenerState
from qika.operations.listeners import Secret
from qika.storage.chain import micros
from qika.storage.listener_rows import (
    ListenerRow,
    SecretRow,
    listener_of,
    listener_row,
    longest_lease,
    resealed,
    secret_row,
)
from qika.storage.postgres import telling_statements as statements
from qika.storage.postgres.lines import Connection
from qika.storage.vault import Vault


async def listeners(connection: Connection) -> list[Listener]:
    """Read every listener, by name."""
    rows = await connection.fetch(statements.LISTENERS)
    return [listener_of(cast("ListenerRow", tuple(row))) for row in rows]


async def put_listener(
    connection: Connection, vault: Vault, listener: Listener, secret: Secret
) -> bool:
    """Add a listener with its first secret; false if there is one of that name."""
    async with connection.transaction():
        if not await connection.fetch(statements.ADD_LISTENER, *listener_row(listener)):
            return False
        await put_secret(connection, vault, listener.name, secret)
    return True


async def switch_listener(
    connection: Connection, name: str, state: ListenerState, reason: str, at: datetime
) -> bool:
    """Put a listener into a state."""
    done = await connection.fetch(statements.SWITCH_LISTENER, state, reason, micros(at), name)
    return bool(done)


async def note_fault(connection: Connection, name: str, fault: str, since: datetime | None) -> None:
    """Note since when a listener cannot be told."""
    begun = None if since is None else micros(since)
    await connection.execute(statements.NOTE_FAULT, fault, begun, name)


async def drop_listener(connection: Connection, name: str) -> bool:
    """Forget a listener, its secrets and who tells it."""
    async with connection.transaction():
        await connection.execute(statements.DROP_SECRETS, name)
        await connection.execute(statements.DROP_LEASE, name)
        return bool(await connection.fetch(statements.DROP_LISTENER, name))


async def secrets(connection: Connection, name: str) -> list[SecretRow]:
    """Read the secrets of a listener, sealed, the oldest first."""
    return _rows(await connection.fetch(statements.SECRETS, name))


async def put_secret(connection: Connection, vault: Vault, name: str, secret: Secret) -> None:
    """Keep a secret, sealed."""
    await connection.execute(statements.PUT_SECRET, *secret_row(vault, name, secret))


async def drop_secret(connection: Connection, name: str, number: int) -> None:
    """Forget a secret."""
    await connection.execute(statements.DROP_SECRET, name, number)


async def reseal_secrets(connection: Connection, vault: Vault) -> None:
    """Seal every secret with the newest key."""
    for row in resealed(vault, _rows(await connection.fetch(statements.ALL_SECRETS))):
        await connection.execute(statements.PUT_SECRET, *row)


async def take_lease(
    connection: Connection, name: str, holder: str, now: datetime, until: datetime
) -> bool:
    """Take or prolong the right to tell a listener."""
    bounds = (micros(now) + 1, longest_lease(now, until))
    taken = await connection.fetch(statements.TAKE_LEASE, name, holder, micros(until), *bounds)
    return bool(taken)


async def free_lease(connection: Connection, name: str, holder: str) -> None:
    """Give the right to tell a listener back."""
    await connection.execute(statements.FREE_LEASE, name, holder)


def _rows(found: Iterable[tuple[object, ...]]) -> list[SecretRow]:
    return [cast("SecretRow", tuple(row)) for row in found]
