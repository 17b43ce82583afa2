"""Every outcome of a request about a card, in order of precedence."""

from enum import StrEnum

from qika.terms.names import LossReason, State


class Status(StrEnum):
    """One closed list; where several apply the first one is given.

    The order is public (docs/problems.md has an anchor and the test table a row for each).
    """

    KEY_REUSED = "key_reused"
    CARD_NOT_FOUND = "card_not_found"
    IN_FUTURE = "in_future"
    CANCELLED = "cancelled"
    NOT_COLLECTED = "not_collected"
    LOSS_REPORTED = "loss_reported"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    ALREADY_ACTIVE = "already_active"
    CHANNEL_NOT_OFFERED = "channel_not_offered"
    IDENTITY_NOT_PROVED = "identity_not_proved"
    WRONG_BANK = "wrong_bank"
    OUTSIDE_SCOPE = "outside_scope"
    DOCUMENTS_MISSING = "documents_missing"
    DOCUMENT_EXPIRED = "document_expired"
    LETTER_USED = "letter_used"
    TRANSITION_NOT_ALLOWED = "transition_not_allowed"
    ACTIVATED = "activated"
    RECORDED = "recorded"


PRECEDENCE = {status: number for number, status in enumerate(Status)}
"""Rank of each status, 0 first."""


def first(statuses: list[Status]) -> Status:
    """Give the status that takes precedence."""
    return min(statuses, key=PRECEDENCE.__getitem__)


def of_state(state: State, reason: LossReason | None) -> Status | None:
    """Give the refusal that a state of an application means; None for a sealed one."""
    match state:
        case State.SEALED:
            return None
        case State.NORMAL:
            return Status.ALREADY_ACTIVE
        case State.NOT_COLLECTED:
            return Status.NOT_COLLECTED
        case State.CANCELLED:
            return Status.CANCELLED
        case State.LOCKED:
            return Status.LOCKED
        case State.TEMPORARY_LOSS:
            return Status.LOSS_REPORTED
        case State.FORMAL_LOSS:
            return Status.SUSPENDED if reason is LossReason.DEADLINE else Status.LOSS_REPORTED
