"""Turning the keys: holders are sealed and indexed again, page by page, while all goes on."""

from typing import cast

from qika.storage.holder import aliases_of, all_aliases_of, open_holder, seal_holder
from qika.storage.sqlite.connection import Connection
from qika.storage.vault import Vault


def reseal(connection: Connection, vault: Vault, after: bytes, limit: int) -> bytes | None:
    """Seal and index a page of holders with the newest keys.

    Gives the last key of the page, to go on after; None when no holder is left.
    """
    found = connection.execute(
        "select card_key, sealed from holder where card_key > ? order by card_key limit ?",
        (after, limit),
    )
    rows = cast("list[tuple[bytes, bytes]]", list(found))
    for key, sealed in rows:
        _reseal(connection, vault, key, sealed)
    return rows[-1][0] if rows else None


def _reseal(connection: Connection, vault: Vault, key: bytes, sealed: bytes) -> None:
    holder = open_holder(vault, key, sealed)
    if not vault.is_current(sealed):
        connection.execute(
            "update holder set sealed = ? where card_key = ?",
            (seal_holder(vault, key, holder), key),
        )
    fresh = set(aliases_of(vault, holder))
    stale = set(all_aliases_of(vault, holder)) - fresh
    connection.executemany(
        "delete from alias where kind = ? and hash = ? and card_key = ?",
        [(kind, hashed, key) for kind, hashed in stale],
    )
    connection.executemany(
        "insert into alias (kind, hash, card_key) values (?, ?, ?) on conflict do nothing",
        [(kind, hashed, key) for kind, hashed in fresh],
    )
