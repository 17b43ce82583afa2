"""Partners, their keys, and the nonces of what they signed lately."""

from collections.abc import Sequence
from datetime import datetime

from qika.authority.partner import Partner, PartnerKey
from qika.operations.registry import Roll, SpentNonce
from qika.storage.chain import micros
from qika.storage.partner_rows import key_row, partner_row, roll_of
from qika.storage.postgres import statements
from qika.storage.postgres.lines import Connection
from qika.storage.postgres.writes import columns


async def roll(connection: Connection) -> Roll:
    """Read every partner and every key."""
    async with connection.transaction():
        partners = await connection.fetch(statements.PARTNERS)
        keys = await connection.fetch(statements.PARTNER_KEYS)
    return roll_of(partners, keys)


async def put_partner(connection: Connection, partner: Partner) -> None:
    """Add or change a partner."""
    await connection.execute(statements.PUT_PARTNER, *partner_row(partner))


async def put_partner_key(connection: Connection, key: PartnerKey) -> None:
    """Add a key, or change until when it is in force."""
    await connection.execute(statements.PUT_PARTNER_KEY, *key_row(key))


async def spend(connection: Connection, nonces: Sequence[SpentNonce], now: datetime) -> list[bool]:
    """Forget what has expired, then note nonces; false for one that is noted already.

    Written in one order, so that two processes never wait for each other in a circle. Of equal
    ones in one call the first counts.
    """
    places = [(one.key_id, one.nonce) for one in nonces]
    rows = sorted({(one.key_id, one.nonce, micros(one.until)) for one in nonces})
    async with connection.transaction():
        await connection.execute(statements.FORGET_NONCES, micros(now))
        noted = await connection.fetch(statements.SPEND_NONCES, *columns(rows))
    fresh = {(row[0], row[1]) for row in noted}
    answers: list[bool] = []
    for place in places:
        answers.append(place in fresh)
        fresh.discard(place)
    return answers
