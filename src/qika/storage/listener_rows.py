"""Listeners and their secrets as rows of SQL, the same for every database."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from qika.authority.listener import Listener, ListenerState
from qika.operations.listeners import Secret
from qika.storage.chain import micros, moment
from qika.storage.rows import json_text
from qika.storage.vault import Vault, place_of

ListenerRow: TypeAlias = tuple[str, str, str, str, int, str, str, int, int | None, str]
SecretRow: TypeAlias = tuple[str, int, bytes, int]

LISTENER_COLUMNS = (
    *("listener", "url", "regions", "words", "by_identifier"),
    *("state", "reason", "since", "failing_since", "fault"),
)
SECRET_COLUMNS = ("listener", "number", "sealed", "made_at")


def listener_row(listener: Listener) -> ListenerRow:
    """Spell a listener out for its row; times are microseconds since 1970."""
    return (
        listener.name,
        listener.url,
        json_text(sorted(listener.regions)),
        json_text(sorted(listener.words)),
        int(listener.by_identifier),
        listener.state,
        listener.reason,
        micros(listener.since),
        None if listener.failing_since is None else micros(listener.failing_since),
        listener.fault,
    )


def listener_of(row: ListenerRow) -> Listener:
    """Read a listener from its row."""
    name, url, regions, words, by_identifier, state, reason, since, failing, fault = row
    return Listener(
        name,
        url,
        frozenset(json.loads(regions)),
        frozenset(json.loads(words)),
        bool(by_identifier),
        ListenerState(state),
        reason,
        moment(since),
        None if failing is None else moment(failing),
        fault,
    )


def secret_row(vault: Vault, name: str, secret: Secret) -> SecretRow:
    """Spell a secret out for its row: sealed for it."""
    sealed = vault.seal(secret.text.encode(), _place(name, secret.number))
    return (name, secret.number, sealed, micros(secret.made_at))


def secrets_of(vault: Vault, rows: Iterable[SecretRow]) -> list[Secret]:
    """Open secrets; raises VaultError."""
    return [
        Secret(number, vault.unseal(sealed, _place(name, number)).decode(), moment(made_at))
        for name, number, sealed, made_at in rows
    ]


def resealed(vault: Vault, rows: Iterable[SecretRow]) -> list[SecretRow]:
    """Seal those secrets anew that an older key sealed."""
    old = [row for row in rows if not vault.is_current(row[2])]
    return [
        secret_row(vault, row[0], secret)
        for row, secret in zip(old, secrets_of(vault, old), strict=True)
    ]


def _place(name: str, number: int) -> bytes:
    return place_of("listener_secret", "sealed", f"{name}\0{number}".encode())


def longest_lease(now: datetime, until: datetime) -> int:
    """Say how far a lease may reach, in microseconds since 1970: twice as far as this one.

    One that reaches farther was made by a clock that is wrong by more than a lease.
    """
    return micros(until) + micros(until) - micros(now)


def may_take(held: tuple[str, datetime], holder: str, now: datetime, until: datetime) -> bool:
    """Tell whether a lease (who, until when) is ours, over, or of a wrong clock."""
    return held[0] == holder or not micros(now) < micros(held[1]) <= longest_lease(now, until)
