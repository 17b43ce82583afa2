"""The decision of the deadline sweep: which card is suspended on which day."""

from datetime import date, datetime

from msgspec import Struct

from qika.activation.request import Outcome
from qika.activation.status import Status
from qika.cards.card import ApplicationRecord, Card
from qika.cards.deadlines import Due, fulfilled
from qika.cards.events import Event, EventType, Loss
from qika.cards.life import on_loss
from qika.rulebook.model import Consequence
from qika.terms.names import Application, Basis, LossReason, State

SENDER = "sweep"
"""The sender under which the sweep writes its events."""


class Suspension(Struct, frozen=True, gc=False):
    """What a deadline does to cards whose states are alike."""

    affected: Application
    record: ApplicationRecord
    """The affected application once it is suspended."""

    def of(self, card: Card, at: datetime, edition: str) -> tuple[Card, Event]:
        """Give a card after its suspension, and the event."""
        version = card.version + 1
        event = Event(
            sequence=version,
            type=EventType.DEADLINE_PASSED,
            applications=(self.affected,),
            occurred_at=at,
            received_at=at,
            sender=SENDER,
            rule_edition=edition,
            loss=Loss.FORMAL,
            reason=LossReason.DEADLINE,
        )
        return card.having({self.affected: self.record}, version=version), event


def decide_sweep(
    card: Card, due: Due | None, on: date, at: datetime, edition: str
) -> Outcome | None:
    """Suspend what an adopted deadline affects once its last day is over; None: leave the card."""
    found = suspension(card, due, on, at)
    if found is None:
        return None
    changed, event = found.of(card, at, edition)
    return Outcome(status=Status.RECORDED, card=changed, event=event)


def suspension(card: Card, due: Due | None, on: date, at: datetime) -> Suspension | None:
    """Tell what a deadline does to a card with these states; None: nothing.

    Only adopted deadlines are swept, whatever a table of due days hints.
    """
    if due is None or due.basis is not Basis.ADOPTED or due.due_on is None or due.due_on >= on:
        return None
    affected = due.deadline.affects
    if affected is None or due.deadline.consequence not in _SUSPENDS:
        return None
    if fulfilled(due.deadline.duty, {a: card.of(a).state for a in Application}):
        return None
    record = card.of(affected)
    if record.state not in {State.SEALED, State.NORMAL}:
        return None
    suspended = on_loss(record, Loss.FORMAL, LossReason.DEADLINE, at)
    assert suspended is not None, "what is sealed or in use can be put on loss"
    return Suspension(affected, suspended)


_SUSPENDS = frozenset({Consequence.LOSS_REPORT_SOCIAL, Consequence.LOSS_REPORT_FINANCIAL})
