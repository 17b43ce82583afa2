"""A request to activate, everything known when it is decided, and the outcome."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from hashlib import sha256

from msgspec import Struct, field

from qika.activation.status import Status
from qika.cards.card import Card
from qika.cards.deadlines import Due
from qika.cards.events import Event, EventType, Loss
from qika.points.point import ServicePoint
from qika.rulebook.book import Rules
from qika.rulebook.model import RequiredDocument
from qika.terms.names import (
    Application,
    ChannelCode,
    DocumentCode,
    PointId,
    SourceId,
    State,
    Use,
    Who,
)


class Presented(Struct, frozen=True, gc=False):
    """A document that lay on the counter. Its number is never kept in plain text."""

    document: DocumentCode
    of: Who
    valid_until: date | None = None


class Letter(Struct, frozen=True, gc=False):
    """A power of attorney; ``id`` is its printed number or a hash of what it says."""

    id: str
    signed_on: date
    valid_until: date | None = None


def letter_name(
    card_key: bytes,
    agent: tuple[str, str],
    applications: Collection[Application],
    signed_on: date,
) -> str:
    """Name a letter without a printed number by what it says, bound to the card.

    ``agent`` is the agent's social security number and name.
    """
    named = ",".join(sorted(applications or Application))
    says = "\0".join((*agent, named, signed_on.isoformat()))
    return sha256(card_key + says.encode()).hexdigest()


class Identity(Struct, frozen=True, gc=False):
    """What makes two requests the same: card, sender, and the key the sender made.

    ``body_hash`` tells a repeat from another request under the same key.
    """

    card_key: bytes
    sender: str
    request_key: str
    body_hash: bytes


class ActivationRequest(Struct, frozen=True, gc=False):
    """A request to activate applications of one card. ``applications`` empty: all offered."""

    identity: Identity
    channel: ChannelCode
    who: Who
    applications: tuple[Application, ...]
    occurred_at: datetime
    point_id: PointId | None = None
    use: Use | None = None
    presented: tuple[Presented, ...] = ()
    letter: Letter | None = None
    identity_proved: bool = False
    """The provider's assertion was verified through the port; never the caller's own word."""


class EventRequest(Struct, frozen=True, gc=False):
    """A request to record what happened to a card. ``applications`` empty: all it concerns."""

    identity: Identity
    type: EventType
    applications: tuple[Application, ...]
    occurred_at: datetime
    loss: Loss | None = None
    point_id: PointId | None = None


class Case(Struct, frozen=True, gc=False):
    """Everything a decision may look at, loaded before it is taken."""

    card: Card | None
    rules: Rules
    """In force on the day of ``occurred_at``."""
    received_at: datetime
    due: Due | None = None
    """The card's activation deadline, whatever its basis."""
    point: ServicePoint | None = None
    point_known: bool = True
    """False if the request names a point that the directory does not have."""
    letter_used: bool = False


class ApplicationOutcome(Struct, frozen=True, gc=False):
    """What became of one application."""

    status: Status
    state: State
    since: datetime | None
    usable_from: date | None


class Outcome(Struct, frozen=True, gc=False):
    """A decision. ``card`` and ``event`` are set only where something changed."""

    status: Status
    applications: Mapping[Application, ApplicationOutcome] = field(
        default_factory=dict[Application, ApplicationOutcome]
    )
    missing: tuple[RequiredDocument, ...] = ()
    cites: tuple[SourceId, ...] = ()
    card: Card | None = None
    event: Event | None = None
    activations: tuple[tuple[Application, int], ...] = ()
    """(application, cycle) pairs activated: each is one row that can exist only once."""
    letter_id: str | None = None
