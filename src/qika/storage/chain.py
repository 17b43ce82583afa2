"""The chain of a card's history: each event's hash covers the event and the hash before it."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

import msgspec

from qika.activation.decide import CHINA
from qika.cards.card import Card
from qika.cards.events import Event
from qika.terms.names import Application

_EPOCH = datetime(1970, 1, 1, 8, tzinfo=CHINA)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode

Facts: TypeAlias = tuple[
    bytes,
    int,
    str,
    str,
    int,
    int,
    str,
    str,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    int | None,
]
"""A card's key and everything an event says, in the order in which it is hashed and stored."""


@lru_cache(maxsize=4_096)
def micros(at: datetime) -> int:
    """Give an aware time as microseconds since 1970 in UTC; one moment is asked for repeatedly."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """Give the time that ``micros`` was made from."""
    return _EPOCH + timedelta(microseconds=at)


@lru_cache
def words_of(applications: tuple[Application, ...]) -> str:
    """Write applications as words with spaces."""
    return " ".join(applications)


@lru_cache
def applications_of(words: str) -> tuple[Application, ...]:
    """Read applications from words with spaces."""
    return tuple(Application(word) for word in words.split())


def facts(key: bytes, event: Event) -> Facts:
    """Spell an event out for hashing and storing."""
    return (
        key,
        event.sequence,
        event.type,
        words_of(event.applications),
        micros(event.occurred_at),
        micros(event.received_at),
        event.sender,
        event.rule_edition,
        event.channel,
        event.point,
        event.who,
        event.use,
        event.loss,
        event.reason,
        event.undoes,
    )


def link(previous: bytes, spelled: Facts) -> bytes:
    """Give the hash of an event: SHA-256 over the previous hash and the facts as a JSON array."""
    return hashlib.sha256(previous + _encode(spelled)).digest()


def links(key: bytes, history: Sequence[Event]) -> Iterator[bytes]:
    """Give the chain after each event of a card."""
    tip = b""
    for event in history:
        tip = link(tip, facts(key, event))
        yield tip


def verify_chain(card: Card, history: Sequence[Event]) -> bool:
    """Tell whether a history is whole, in order and unchanged, by the hash kept on the card."""
    tip = b""
    for number, event in enumerate(history, 1):
        if event.sequence != number:
            return False
        tip = link(tip, facts(card.key, event))
    return len(history) == card.version and tip == card.chain
