"""Listeners, their secrets, and which process tells them."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from qika.authority.listener import Listener, ListenerState
from qika.operations.listeners import Secret
from qika.storage.chain import micros
from qika.storage.listener_rows import (
    LISTENER_COLUMNS,
    SECRET_COLUMNS,
    ListenerRow,
    SecretRow,
    listener_of,
    listener_row,
    longest_lease,
    resealed,
    secret_row,
)
from qika.storage.sqlite.connection import Connection
from qika.storage.vault import Vault

_LISTENERS = f"select {', '.join(LISTENER_COLUMNS)} from listener order by listener"  # noqa: S608
_ADD = (
    f"insert into listener ({', '.join(LISTENER_COLUMNS)})"  # noqa: S608
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"
)
_SWITCH = "update listener set state = ?, reason = ?, since = ? where listener = ?"
_NOTE = "update listener set fault = ?, failing_since = ? where listener = ?"
_SECRETS = (
    f"select {', '.join(SECRET_COLUMNS)} from listener_secret where listener = ? order by number"  # noqa: S608
)
_ALL_SECRETS = f"select {', '.join(SECRET_COLUMNS)} from listener_secret"  # noqa: S608
_PUT_SECRET = (
    f"insert into listener_secret ({', '.join(SECRET_COLUMNS)}) values (?, ?, ?, ?)"  # noqa: S608
    " on conflict (listener, number) do update set sealed = excluded.sealed"
)
_DROP_SECRET = "delete from listener_secret where listener = ? and number = ?"  # noqa: S105
_LEASE = (
    "insert into lease (listener, holder, held_until) values (?, ?, ?)"
    " on conflict (listener) do update set holder = excluded.holder,"
    " held_until = excluded.held_until"
    " where lease.holder = excluded.holder or lease.held_until not between ? and ?"
)
_FREE = "delete from lease where listener = ? and holder = ?"


def listeners(connection: Connection) -> list[Listener]:
    """Read every listener, by name."""
    rows = cast("Iterable[ListenerRow]", connection.execute(_LISTENERS))
    return [listener_of(row) for row in rows]


def put_listener(connection: Connection, vault: Vault, listener: Listener, secret: Secret) -> bool:
    """Add a listener with its first secret; false if there is one of that name."""
    connection.execute(_ADD, listener_row(listener))
    if connection.changes() != 1:
        return False
    put_secret(connection, vault, listener.name, secret)
    return True


def switch_listener(
    connection: Connection, name: str, state: ListenerState, reason: str, at: datetime
) -> bool:
    """Put a listener into a state."""
    connection.execute(_SWITCH, (state, reason, micros(at), name))
    return connection.changes() == 1


def note_fault(connection: Connection, name: str, fault: str, since: datetime | None) -> None:
    """Note since when a listener cannot be told."""
    connection.execute(_NOTE, (fault, None if since is None else micros(since), name))


def drop_listener(connection: Connection, name: str) -> bool:
    """Forget a listener, its secrets and who tells it."""
    for table in ("listener_secret", "lease", "listener"):
        connection.execute(f"delete from {table} where listener = ?", (name,))  # noqa: S608
    return connection.changes() == 1


def secrets(connection: Connection, name: str) -> list[SecretRow]:
    """Read the secrets of a listener, sealed, the oldest first."""
    return cast("list[SecretRow]", list(connection.execute(_SECRETS, (name,))))


def put_secret(connection: Connection, vault: Vault, name: str, secret: Secret) -> None:
    """Keep a secret, sealed."""
    connection.execute(_PUT_SECRET, secret_row(vault, name, secret))


def drop_secret(connection: Connection, name: str, number: int) -> None:
    """Forget a secret."""
    connection.execute(_DROP_SECRET, (name, number))


def reseal_secrets(connection: Connection, vault: Vault) -> None:
    """Seal every secret with the newest key."""
    rows = cast("list[SecretRow]", list(connection.execute(_ALL_SECRETS)))
    connection.executemany(_PUT_SECRET, resealed(vault, rows))


def take_lease(
    connection: Connection, name: str, holder: str, now: datetime, until: datetime
) -> bool:
    """Take or prolong the right to tell a listener."""
    bounds = (micros(now) + 1, longest_lease(now, until))
    connection.execute(_LEASE, (name, holder, micros(until), *bounds))
    return connection.changes() == 1


def free_lease(connection: Connection, name: str, holder: str) -> None:
    """Give the right to tell a listener back."""
    connection.execute(_FREE, (name, holder))
