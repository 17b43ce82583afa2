"""Partners and their keys as rows of SQL, the same for every database."""

import json
from collections.abc import Iterable
from typing import TypeAlias

from qika.authority.partner import Algorithm, Partner, PartnerKey, Scope
from qika.operations.registry import Roll
from qika.storage.chain import micros, moment
from qika.storage.rows import json_text

PartnerRow: TypeAlias = tuple[str, str, str, int]
KeyRow: TypeAlias = tuple[str, str, str, str, int, int | None]

PARTNER_COLUMNS = ("partner", "name", "scope", "suspended")
KEY_COLUMNS = ("key_id", "partner", "algorithm", "public_key", "not_before", "not_after")
_SCOPE = ("regions", "channels", "events", "banks", "points")


def partner_row(partner: Partner) -> PartnerRow:
    """Spell a partner out for its row; its scope is a JSON object of sorted lists."""
    scope = {name: sorted(getattr(partner.scope, name)) for name in _SCOPE}
    return (partner.id, partner.name, json_text(scope), int(partner.suspended))


def key_row(key: PartnerKey) -> KeyRow:
    """Spell a key out for its row; times are microseconds since 1970."""
    ends = None if key.not_after is None else micros(key.not_after)
    return (key.id, key.partner, key.algorithm, key.public_key, micros(key.not_before), ends)


def roll_of(partners: Iterable[PartnerRow], keys: Iterable[KeyRow]) -> Roll:
    """Read the rows of both tables."""
    return Roll(
        {row[0]: _partner_of(row) for row in partners},
        {row[0]: _key_of(row) for row in keys},
    )


def _partner_of(row: PartnerRow) -> Partner:
    said: dict[str, list[str]] = json.loads(row[2])
    scope = Scope(**{name: frozenset(said[name]) for name in _SCOPE})
    return Partner(row[0], row[1], scope, suspended=bool(row[3]))


def _key_of(row: KeyRow) -> PartnerKey:
    key_id, partner, algorithm, public_key, begins, ends = row
    until = None if ends is None else moment(ends)
    return PartnerKey(key_id, partner, Algorithm(algorithm), public_key, moment(begins), until)
