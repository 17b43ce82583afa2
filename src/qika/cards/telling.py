"""What listeners are told of an event: one word for each, whatever led to it."""

from enum import StrEnum

from qika.cards.events import Event, EventType
from qika.terms.names import Application


class Word(StrEnum):
    """What happened to a card, as its listeners hear it."""

    COLLECTED = "collected"
    ENABLED = "enabled"
    """The social application may be used; the financial one, too, if it is named beside it."""
    ACTIVATED = "activated"
    """The financial application alone may be used."""
    SUSPENDED = "suspended"
    """Not to be used for now: lost, overdue or locked."""
    RELEASED = "released"
    """May be used again."""
    REVERSED = "reversed"
    """An activation was taken back: sealed as before."""
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    """Cancelled, since another card follows."""


_WORDS = {
    EventType.COLLECTED: Word.COLLECTED,
    EventType.LOSS_REPORTED: Word.SUSPENDED,
    EventType.DEADLINE_PASSED: Word.SUSPENDED,
    EventType.LOCKED: Word.SUSPENDED,
    EventType.LOSS_RELEASED: Word.RELEASED,
    EventType.UNLOCKED: Word.RELEASED,
    EventType.ACTIVATION_REVERSED: Word.REVERSED,
    EventType.CANCELLED: Word.CANCELLED,
    EventType.REISSUED: Word.REPLACED,
    EventType.EXCHANGED: Word.REPLACED,
}


def word_of(event: Event) -> Word:
    """Give the word for an event."""
    if event.type is not EventType.ACTIVATED:
        return _WORDS[event.type]
    if Application.SOCIAL in event.applications:
        return Word.ENABLED
    return Word.ACTIVATED if event.undoes is None else Word.RELEASED


def concerns_insurance(event: Event) -> bool:
    """Tell whether the medical insurance side must hear of an event.

    It is about the social application, or a timely act undoes the suspension of one.
    """
    return Application.SOCIAL in event.applications or event.undoes is not None
