"""What is written to a listener about an event: ids and what happened, nothing about a person."""

from datetime import datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from qika.cards.events import EventType
from qika.cards.telling import word_of
from qika.operations.ports import Keys, Pending
from qika.terms.names import Application, IssuerCode


class CardNamed(Struct, frozen=True):
    """A card as a listener can know it."""

    issuer: IssuerCode
    reference: str
    """32 hexadecimal digits, always the same for this listener and card, another for others."""
    identifier: str | UnsetType = UNSET
    """The card identification code, for listeners that match by it; left out if it is unknown."""


class What(Struct, frozen=True):
    """What happened; who did it, where and for what use is told to nobody."""

    id: str
    card: CardNamed
    sequence: int
    """The number of the event in the card's history: of two, the higher one is the later."""
    applications: tuple[Application, ...]
    cause: EventType
    undoes: int | UnsetType = UNSET
    """Number of the suspension that a timely act, heard of late, undoes."""


class _Body(Struct, frozen=True):
    """The form that Standard Webhooks advises: type, time and data."""

    type: str
    timestamp: datetime
    """When it happened."""
    data: What


class Message(Struct, frozen=True):
    """One event for one listener; the same however often it is sent."""

    id: str
    body: bytes


_encode = msgspec.json.Encoder().encode


def message(keys: Keys, row: Pending, identifier: str | None) -> Message:
    """Write the message of an outbox row to its destination."""
    place = f"{row.destination}\0".encode() + row.card_key
    number = row.sequence.to_bytes(8, "big")
    event_id = f"evt_{keys.pseudonym('listener event', place + number).hex()}"
    reference = keys.pseudonym("listener card", place).hex()
    event = row.event
    what = What(
        event_id,
        CardNamed(row.issuer, reference, identifier or UNSET),
        row.sequence,
        event.applications,
        event.type,
        UNSET if event.undoes is None else event.undoes,
    )
    return Message(event_id, _encode(_Body(f"card.{word_of(event)}", event.occurred_at, what)))
