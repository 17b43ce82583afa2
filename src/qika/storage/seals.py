"""Seals: a signed root over every history that grew since the seal before.

The chain of a card shows that its history was changed, unless whoever changed it wrote the chain
anew as well. A seal binds the chains as they were: for each card that received an event in its
period, in the order of the keys, the number and the chain of its latest one. Periods follow one
another without a gap, by the time of receipt, and each root begins with the one before.
"""

import hashlib
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, Self, TypeAlias

import msgspec

from qika.activation.decide import CHINA
from qika.cards.card import Card
from qika.cards.events import Event
from qika.storage.chain import links, micros

GRACE = timedelta(hours=1)
"""A day is sealed so long after its end at the earliest: what was received is stored by then."""

PAGE = 1_000
"""Cards read at once."""

_VERSION = b"qika seal 1\0"


class Seal(msgspec.Struct, frozen=True, array_like=True):
    """A signed root, as it is stored."""

    on: date
    """The last day of the period, in China."""
    previous: bytes
    root: bytes
    cards: int
    sealed_at: int
    """Microseconds since 1970 in UTC."""
    signature: bytes = b""

    def signed_text(self) -> bytes:
        """Give what the signature is made over: everything else."""
        return _VERSION + msgspec.json.encode(msgspec.structs.replace(self, signature=b""))


SealRow: TypeAlias = tuple[str, bytes, bytes, int, int, bytes]


def seal_row(seal: Seal) -> SealRow:
    """Write a seal as a row of SQL."""
    day = seal.on.isoformat()
    return (day, seal.previous, seal.root, seal.cards, seal.sealed_at, seal.signature)


def seal_of(row: SealRow) -> Seal:
    """Read a seal from its row."""
    on, previous, root, cards, sealed_at, signature = row
    return Seal(date.fromisoformat(on), previous, root, cards, sealed_at, signature)


class Signer(Protocol):
    """Holds the key."""

    def sign(self, text: bytes, /) -> bytes:
        """Give the Ed25519 signature of a text."""
        ...

    def is_signed(self, text: bytes, signature: bytes, /) -> bool:
        """Tell whether a key that is trusted here made a signature."""
        ...


class SealedStore(Protocol):
    """A store whose histories are sealed."""

    def histories(self, batch: int) -> AsyncIterator[Sequence[tuple[Card, Sequence[Event]]]]:
        """Walk all cards in the order of their keys."""
        ...

    async def seals(self) -> Sequence[Seal]:
        """Give every seal in the order of the days."""
        ...

    async def put_seal(self, seal: Seal) -> None:
        """Keep a seal for ever; one of the same day that is there already stays as it is."""
        ...


def end_of(day: date) -> datetime:
    """Give the moment at which a day is over in China."""
    return datetime.combine(day + timedelta(days=1), time(), CHINA)


class Period:
    """One period on the way through all cards: its root, as far as it has come."""

    def __init__(self, on: date, previous: bytes) -> None:
        """Begin with the root before and the day."""
        self.on, self.previous, self.cards = on, previous, 0
        self._hash = hashlib.sha256(_VERSION + previous + on.isoformat().encode())

    def take(self, key: bytes, number: int, chain: bytes) -> None:
        """Take the latest event of a card in this period."""
        self.cards += 1
        self._hash.update(key + number.to_bytes(4, "big") + chain)

    @property
    def root(self) -> bytes:
        """The hash over everything taken."""
        return self._hash.digest()


@dataclass(frozen=True, slots=True)
class Examined:
    """What a walk over all cards found."""

    cards: int
    broken: int
    """Cards whose chain does not hold."""
    seals: tuple[Seal, ...]
    changed: tuple[date, ...]
    """Days of seals that do not hold: changed themselves, or what they cover was."""
    open: Period | None
    """The period that is to be sealed next, if one was asked for."""

    @property
    def whole(self) -> bool:
        """True if nothing was found."""
        return not self.broken and not self.changed


async def examine(store: SealedStore, signer: Signer, *, until: date | None = None) -> Examined:
    """Look at every chain and every seal, and at the period up to the end of ``until``."""
    seals = tuple(await store.seals())
    walk = _Walk.over(seals, until)
    async for page in store.histories(PAGE):
        for card, history in page:
            walk.take(card, history)
    roots = (b"", *(seal.root for seal in seals))
    changed = tuple(
        seal.on
        for seal, before, period in zip(seals, roots, walk.periods, strict=False)
        if seal.previous != before
        or (seal.root, seal.cards) != (period.root, period.cards)
        or not signer.is_signed(seal.signed_text(), seal.signature)
    )
    rest = walk.periods[-1] if until is not None else None
    return Examined(walk.cards, walk.broken, seals, changed, rest)


@dataclass(slots=True)
class _Walk:
    """All periods at once, and what was counted."""

    periods: list[Period]
    ends: list[datetime]
    cards: int = 0
    broken: int = 0

    @classmethod
    def over(cls, seals: Sequence[Seal], until: date | None) -> Self:
        periods = [Period(seal.on, seal.previous) for seal in seals]
        if until is not None:
            periods.append(Period(until, seals[-1].root if seals else b""))
        return cls(periods, [end_of(one.on) for one in periods])

    def take(self, card: Card, history: Sequence[Event]) -> None:
        """Take a card with its events; those after the last period are looked at, not sealed."""
        self.cards += 1
        chain, whole = b"", len(history) == card.version
        latest: dict[int, tuple[int, bytes]] = {}
        for number, (event, chain) in enumerate(
            zip(history, links(card.key, history), strict=True), 1
        ):
            whole = whole and event.sequence == number
            latest[bisect_right(self.ends, event.received_at)] = (number, chain)
        self.broken += not (whole and chain == card.chain)
        for place, (number, at_number) in sorted(latest.items()):
            if place < len(self.periods):
                self.periods[place].take(card.key, number, at_number)


class WhyNot(StrEnum):
    """Why nothing was sealed."""

    EARLY = "early"
    PAST = "past"
    BROKEN = "broken"


class NotSealedError(Exception):
    """Nothing was sealed: the day and an hour are not over, a later day is sealed, or a chain or
    a seal does not hold (then ``found`` says what).
    """  # noqa: D205 - the sentence is as long as it is

    def __init__(self, why: WhyNot, found: Examined | None = None) -> None:
        """Keep why."""
        super().__init__(why)
        self.why, self.found = why, found


async def seal(store: SealedStore, signer: Signer, on: date, at: datetime) -> tuple[Seal, Examined]:
    """Seal everything received up to the end of a day; a day that is sealed already stays so.

    Nothing is stored before the end: a run that was cut off is begun again. Raises NotSealedError.
    """
    there = {one.on: one for one in await store.seals()}
    if on in there:
        return there[on], await examine(store, signer)
    if at < end_of(on) + GRACE:
        raise NotSealedError(WhyNot.EARLY)
    if there and on < max(there):
        raise NotSealedError(WhyNot.PAST)
    found = await examine(store, signer, until=on)
    if not found.whole or found.open is None:
        raise NotSealedError(WhyNot.BROKEN, found)
    period = found.open
    unsigned = Seal(on, period.previous, period.root, period.cards, micros(at))
    signed = msgspec.structs.replace(unsigned, signature=signer.sign(unsigned.signed_text()))
    await store.put_seal(signed)
    return signed, found
