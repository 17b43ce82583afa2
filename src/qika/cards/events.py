"""What can happen to a card, as an append-only history keeps it."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qika.terms.names import Application, ChannelCode, LossReason, PointId, Use, Who


class EventType(StrEnum):
    """Kinds of events; each is one line of a card's history."""

    ACTIVATED = "activated"
    COLLECTED = "collected"
    LOSS_REPORTED = "loss_reported"
    LOSS_RELEASED = "loss_released"
    DEADLINE_PASSED = "deadline_passed"
    REISSUED = "reissued"
    EXCHANGED = "exchanged"
    CANCELLED = "cancelled"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    ACTIVATION_REVERSED = "activation_reversed"


class Loss(StrEnum):
    """Kind of a loss report."""

    TEMPORARY = "temporary"
    FORMAL = "formal"


class Event(Struct, frozen=True, gc=False):
    """One entry of a card's history. ``sequence`` counts from 1 for each card.

    Times are aware; ``occurred_at`` is when the act happened, ``received_at`` when Qika heard.
    """

    sequence: int
    type: EventType
    applications: tuple[Application, ...]
    occurred_at: datetime
    received_at: datetime
    sender: str
    rule_edition: str
    channel: ChannelCode | None = None
    point: PointId | None = None
    who: Who | None = None
    use: Use | None = None
    loss: Loss | None = None
    reason: LossReason | None = None
    undoes: int | None = None
    """Sequence of the deadline event that a timely act, heard of late, undoes."""
