"""Where the rows of a card lie: in one table, in partitions, or in the shards of a Citus cluster.

A transaction touches the cards of one group only. ``ShardMap.group`` says on Citus which shard a
key belongs to; elsewhere the groups are ranges of keys, one for each writer.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol, TypeVar

Item = TypeVar("Item")

DISTRIBUTED = {
    "card": "card_key",
    "holder": "card_key",
    "event": "card_key",
    "letter_use": "card_key",
    "attempt": "card_key",
    "clock": "card_key",
    "outbox": "card_key",
    "told": "card_key",
    "given_up": "card_key",
    "alias": "hash",
    "stream_part": "upload",
}
"""The tables that grow, and by which column they are spread; those of cards by the card's key."""

REFERENCE = (
    *("rule_edition", "edition_in_force", "point", "capability", "job", "sweep_run", "setting"),
    *("partner", "partner_key", "nonce", "report", "seal", "stream"),
    *("listener", "listener_secret", "lease"),
)
"""Tables that every node keeps whole."""

_COMMENT = re.compile("--.*")
"""No text in a migration has two dashes or a semicolon in it."""

SHARDS = 32
"""Shards of each table on Citus, or partitions, where nothing else is said."""


class Kind(StrEnum):
    """The ways to keep the tables of cards."""

    PLAIN = "plain"
    PARTITIONED = "partitioned"
    CITUS = "citus"


@dataclass(frozen=True, slots=True)
class Placement:
    """How the tables of cards are kept, in how many parts."""

    kind: Kind
    parts: int = SHARDS

    def statements(self, migration: str) -> list[str]:
        """Give the SQL of a migration as this placement needs it, each command by itself.

        Citus passes an index or a dropped column on in the words that it was sent, and its nodes
        take one command at a time.
        """
        commands = _COMMENT.sub("", self._placed(migration)).split(";")
        return [one.strip() for one in commands if one.strip()]

    def _placed(self, migration: str) -> str:
        if self.kind is not Kind.PARTITIONED:
            return migration
        for table, column in DISTRIBUTED.items():
            made = re.compile(rf"(create table {table} \(.*?\n\))( with .*?)?;", re.DOTALL)
            parts = "".join(
                f"\ncreate table {table}_{n} partition of {table}"
                f" for values with (modulus {self.parts}, remainder {n})\\2;"
                for n in range(self.parts)
            )
            migration = made.sub(rf"\1 partition by hash ({column});{parts}", migration)
        return migration


HASHES_KEPT = 16_384
"""A batch asks for the hashes of its keys twice, when it is read and when it is written."""

_WORD = 0xFFFFFFFF
_START = 0x9E3779B9 + 3923095
_BLOCK = 12
_INT4_MIN = -(1 << 31)
_INT4_END = 1 << 31


def _turned(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & _WORD


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    for first, second, third in ((4, 6, 8), (16, 19, 4)):
        a = (a - c) & _WORD ^ _turned(c, first)
        c = (c + b) & _WORD
        b = (b - a) & _WORD ^ _turned(a, second)
        a = (a + c) & _WORD
        c = (c - b) & _WORD ^ _turned(b, third)
        b = (b + a) & _WORD
    return a, b, c


def _finished(a: int, b: int, c: int) -> int:
    c = ((c ^ b) - _turned(b, 14)) & _WORD
    a = ((a ^ c) - _turned(c, 11)) & _WORD
    b = ((b ^ a) - _turned(a, 25)) & _WORD
    c = ((c ^ b) - _turned(b, 16)) & _WORD
    a = ((a ^ c) - _turned(c, 4)) & _WORD
    b = ((b ^ a) - _turned(a, 14)) & _WORD
    return ((c ^ b) - _turned(b, 24)) & _WORD


@lru_cache(maxsize=HASHES_KEPT)
def hash_bytes(key: bytes) -> int:
    """Give the signed 32-bit hash by which Citus places a ``bytea``: PostgreSQL's ``hash_bytes``.

    Bob Jenkins' lookup3 with PostgreSQL's start value (src/common/hashfn.c), as a little-endian
    server computes it; ``worker_hash(key)`` gives the same in SQL.
    """
    a = b = c = (_START + len(key)) & _WORD
    at = 0
    while len(key) - at >= _BLOCK:
        a = (a + int.from_bytes(key[at : at + 4], "little")) & _WORD
        b = (b + int.from_bytes(key[at + 4 : at + 8], "little")) & _WORD
        c = (c + int.from_bytes(key[at + 8 : at + 12], "little")) & _WORD
        a, b, c = _mixed(a, b, c)
        at += _BLOCK
    rest = key[at:]
    a = (a + int.from_bytes(rest[0:4], "little")) & _WORD
    b = (b + int.from_bytes(rest[4:8], "little")) & _WORD
    # the lowest byte of the last word is kept for the length
    c = (c + (int.from_bytes(rest[8:11], "little") << 8)) & _WORD
    hashed = _finished(a, b, c)
    return hashed - (1 << 32) if hashed >> 31 else hashed


@dataclass(frozen=True, slots=True)
class ShardMap:
    """The ranges of hashes that the shards hold now; a rebalance with a split changes them."""

    lowest: tuple[int, ...]
    """The lowest hash of each shard, rising."""

    def group(self, key: bytes) -> int:
        """Give the shard of a key, numbered in the order of their ranges."""
        return bisect_right(self.lowest, hash_bytes(key)) - 1

    @classmethod
    def of_ranges(cls, ranges: Sequence[tuple[int, int]]) -> "ShardMap":
        """Take (lowest, highest) of every shard; raises ValueError if a hash has no shard."""
        wanted = _INT4_MIN
        for low, high in sorted(ranges):
            if low != wanted:
                raise ValueError(f"the shards leave a gap or overlap at {low}")
            wanted = high + 1
        if wanted != _INT4_END:
            raise ValueError("the shards do not hold every hash")
        return cls(tuple(low for low, _ in sorted(ranges)))


@dataclass(frozen=True, slots=True)
class KeyRanges:
    """Without shards: ranges of the first byte of a key, one for each writer."""

    count: int

    def group(self, key: bytes) -> int:
        """Give the range of a key."""
        return key[0] * self.count >> 8


class Groups(Protocol):
    """Tells to which group a card belongs."""

    def group(self, key: bytes, /) -> int:
        """Give the group of a key."""
        ...


def grouped(
    items: Iterable[Item], key_of: Callable[[Item], bytes], groups: Groups
) -> dict[int, list[Item]]:
    """Part items by the group of their card, each part in the order given."""
    parts: dict[int, list[Item]] = {}
    for item in items:
        parts.setdefault(groups.group(key_of(item)), []).append(item)
    return parts
