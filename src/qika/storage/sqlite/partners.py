"""Partners, their keys, and the nonces of what they signed lately."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from qika.authority.partner import Partner, PartnerKey
from qika.operations.registry import Roll, SpentNonce
from qika.storage.chain import micros
from qika.storage.partner_rows import (
    KEY_COLUMNS,
    PARTNER_COLUMNS,
    KeyRow,
    PartnerRow,
    key_row,
    partner_row,
    roll_of,
)
from qika.storage.sqlite.connection import Connection

_PARTNERS = f"select {', '.join(PARTNER_COLUMNS)} from partner"  # noqa: S608
_KEYS = f"select {', '.join(KEY_COLUMNS)} from partner_key"  # noqa: S608
_PUT_PARTNER = (
    f"insert into partner ({', '.join(PARTNER_COLUMNS)}) values (?, ?, ?, ?)"  # noqa: S608
    " on conflict (partner) do update set name = excluded.name, scope = excluded.scope,"
    " suspended = excluded.suspended"
)
_PUT_KEY = (
    f"insert into partner_key ({', '.join(KEY_COLUMNS)}) values (?, ?, ?, ?, ?, ?)"  # noqa: S608
    " on conflict (key_id) do update set not_after = excluded.not_after"
)
_FORGET = "delete from nonce where expires_at < ?"
_SPEND = "insert into nonce (key_id, nonce, expires_at) values (?, ?, ?) on conflict do nothing"


def roll(connection: Connection) -> Roll:
    """Read every partner and every key."""
    partners = cast("Iterable[PartnerRow]", connection.execute(_PARTNERS))
    return roll_of(list(partners), cast("Iterable[KeyRow]", connection.execute(_KEYS)))


def put_partner(connection: Connection, partner: Partner) -> None:
    """Add or change a partner."""
    connection.execute(_PUT_PARTNER, partner_row(partner))


def put_partner_key(connection: Connection, key: PartnerKey) -> None:
    """Add a key, or change until when it is in force."""
    connection.execute(_PUT_KEY, key_row(key))


def spend(connection: Connection, nonces: Sequence[SpentNonce], now: datetime) -> list[bool]:
    """Forget what has expired, then note nonces; false for one that is noted already."""
    connection.execute(_FORGET, (micros(now),))
    fresh: list[bool] = []
    for one in nonces:
        connection.execute(_SPEND, (one.key_id, one.nonce, micros(one.until)))
        fresh.append(connection.changes() == 1)
    return fresh
