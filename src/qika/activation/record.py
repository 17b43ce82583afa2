"""The decision about everything else that happens to a card: collected, lost, released, ended."""

from collections.abc import Callable

from msgspec.structs import replace

from qika.activation.decide import day_of
from qika.activation.request import ApplicationOutcome, Case, EventRequest, Outcome
from qika.activation.status import Status
from qika.cards.card import ApplicationRecord, Card
from qika.cards.deadlines import Due, fulfilled
from qika.cards.events import Event, EventType, Loss
from qika.cards.life import TRANSITIONS, collected, on_loss, released
from qika.rulebook.model import Dimensions
from qika.terms.names import Application, LossReason, State


def decide_event(request: EventRequest, case: Case) -> Outcome:
    """Decide whether an event may follow on a card's present state."""
    card = case.card
    if card is None:
        return Outcome(Status.CARD_NOT_FOUND)
    if request.occurred_at > case.received_at:
        return _refused(Status.IN_FUTURE, request, card)
    if card.social.state is State.CANCELLED and card.financial.state is State.CANCELLED:
        return _refused(Status.CANCELLED, request, card)
    changed = _changed(request, case, card)
    if changed is None:
        waiting = card.social.state is State.NOT_COLLECTED
        refusal = Status.NOT_COLLECTED if waiting else Status.TRANSITION_NOT_ALLOWED
        return _refused(refusal, request, card)
    return _recorded(request, case, card, changed)


def _changed(request: EventRequest, case: Case, card: Card) -> Card | None:
    match request.type:
        case EventType.COLLECTED:
            day = day_of(request.occurred_at)
            return collected(card, request.occurred_at, day)
        case EventType.LOSS_REPORTED:
            loss = request.loss or Loss.TEMPORARY
            return _each(
                request,
                card,
                lambda _, record: on_loss(record, loss, LossReason.LOST, request.occurred_at),
            )
        case EventType.LOSS_RELEASED:
            return _released(request, case, card)
        case EventType.ACTIVATED | EventType.DEADLINE_PASSED:
            return None
        case _:
            move = TRANSITIONS[request.type]
            return _each(request, card, lambda _, record: move(record, request.occurred_at))


def _each(
    request: EventRequest,
    card: Card,
    move: Callable[[Application, ApplicationRecord], ApplicationRecord | None],
) -> Card | None:
    """Move every application named (or every one that can move, if none is named)."""
    moved = {a: move(a, card.of(a)) for a in request.applications or tuple(Application)}
    able = {a: record for a, record in moved.items() if record is not None}
    if not able or (request.applications and len(able) < len(moved)):
        return None
    return card.having(able)


def _released(request: EventRequest, case: Case, card: Card) -> Card | None:
    """Release a loss. After a deadline the duty comes first: the bank, then the release."""

    def move(application: Application, record: ApplicationRecord) -> ApplicationRecord | None:
        if record.suspended and not _duty_done(case.due, card):
            return None
        lost = record.state is State.FORMAL_LOSS and not record.suspended
        if lost and _final(case, application):
            return None
        return released(record, request.occurred_at)

    return _each(request, card, move)


def _duty_done(due: Due | None, card: Card) -> bool:
    states = {a: card.of(a).beneath for a in Application}
    return due is None or fulfilled(due.deadline.duty, states)


def _final(case: Case, application: Application) -> bool:
    rule = case.rules.find("formal_loss_reversible", Dimensions(application=application))
    return rule is not None and rule.value == "no"


def _recorded(request: EventRequest, case: Case, card: Card, changed: Card) -> Outcome:
    moved = tuple(a for a in Application if changed.of(a) != card.of(a))
    changed = replace(changed, version=card.version + 1)
    lost = request.type is EventType.LOSS_REPORTED
    event = Event(
        sequence=changed.version,
        type=request.type,
        applications=moved,
        occurred_at=request.occurred_at,
        received_at=case.received_at,
        sender=request.identity.sender,
        rule_edition=case.rules.edition,
        point=request.point_id,
        loss=(request.loss or Loss.TEMPORARY) if lost else None,
        reason=LossReason.LOST if lost else None,
    )
    return Outcome(
        status=Status.RECORDED,
        applications=_states(changed, moved, Status.RECORDED),
        card=changed,
        event=event,
    )


def _refused(status: Status, request: EventRequest, card: Card) -> Outcome:
    return Outcome(status, _states(card, request.applications or tuple(Application), status))


def _states(
    card: Card, applications: tuple[Application, ...], status: Status
) -> dict[Application, ApplicationOutcome]:
    return {
        a: ApplicationOutcome(status, card.of(a).state, card.of(a).since, card.of(a).usable_from)
        for a in applications
    }
