"""The transitions of a card's life: which event leads from which state to which."""

from datetime import date, datetime

from msgspec.structs import replace

from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import EventType, Loss
from qika.terms.names import Application, LossReason, State

_ON_LOSS = frozenset({State.TEMPORARY_LOSS, State.FORMAL_LOSS})
_IN_USE = frozenset({State.SEALED, State.NORMAL})


def collected(card: Card, at: datetime, day: date) -> Card | None:
    """Hand the card over: both applications become sealed, the clock starts on ``day``."""
    if card.social.state is not State.NOT_COLLECTED:
        return None
    sealed = {
        application: replace(card.of(application), state=State.SEALED, since=at)
        for application in Application
        if card.of(application).state is State.NOT_COLLECTED
    }
    return replace(card.having(sealed), collected_on=day)


def activated(record: ApplicationRecord, at: datetime, usable_from: date) -> ApplicationRecord:
    """Enable or activate a sealed application."""
    return ApplicationRecord(
        State.NORMAL, at, record.loss_reason, record.before, usable_from, record.cycle
    )


def on_loss(
    record: ApplicationRecord, loss: Loss, reason: LossReason, at: datetime
) -> ApplicationRecord | None:
    """Put an application on loss; a temporary loss may become formal, never the reverse.

    A deadline suspension stays one: a loss reported on top would open a way around the duty. A
    locked one can be lost (a thief may have locked it), but no deadline suspends it.
    """
    to = State.FORMAL_LOSS if loss is Loss.FORMAL else State.TEMPORARY_LOSS
    can_be_lost = record.state is State.LOCKED and reason is LossReason.LOST
    if record.state in _IN_USE or can_be_lost:
        return replace(record, state=to, since=at, loss_reason=reason, before=record.state)
    if record.state is State.TEMPORARY_LOSS and to is State.FORMAL_LOSS:
        return replace(record, state=to, since=at, loss_reason=reason)
    return None


def released(record: ApplicationRecord, at: datetime) -> ApplicationRecord | None:
    """Take an application off loss, back to the state before it; a lock is still there."""
    if record.state not in _ON_LOSS or record.before is None:
        return None
    if record.before is State.LOCKED:
        return replace(
            record, state=State.LOCKED, since=at, loss_reason=None, before=record.beneath
        )
    return replace(record, state=record.before, since=at, loss_reason=None, before=None)


def locked(record: ApplicationRecord, at: datetime) -> ApplicationRecord | None:
    """Lock an application after wrong PINs."""
    if record.state not in _IN_USE:
        return None
    return replace(record, state=State.LOCKED, since=at, before=record.state)


def unlocked(record: ApplicationRecord, at: datetime) -> ApplicationRecord | None:
    """Unlock an application, back to the state before."""
    if record.state is not State.LOCKED or record.before is None:
        return None
    return replace(record, state=record.before, since=at, before=None)


def cancelled(record: ApplicationRecord, at: datetime) -> ApplicationRecord | None:
    """End an application for good."""
    if record.state is State.CANCELLED:
        return None
    return replace(
        record, state=State.CANCELLED, since=at, loss_reason=None, before=None, usable_from=None
    )


def reversed_activation(record: ApplicationRecord, at: datetime) -> ApplicationRecord | None:
    """Take an activation back: sealed again, and a new cycle in which it may happen once more."""
    if record.state is not State.NORMAL:
        return None
    return replace(record, state=State.SEALED, since=at, usable_from=None, cycle=record.cycle + 1)


TRANSITIONS = {
    EventType.LOCKED: locked,
    EventType.UNLOCKED: unlocked,
    EventType.CANCELLED: cancelled,
    EventType.REISSUED: cancelled,
    EventType.EXCHANGED: cancelled,
    EventType.ACTIVATION_REVERSED: reversed_activation,
}
"""Events that move each application named, by the function that moves it."""
