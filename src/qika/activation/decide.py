"""The counter's decision: pure, total, in the order of Status."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from qika.activation.offer import Offer, offer, usable_from
from qika.activation.place import refusal_at
from qika.activation.request import ActivationRequest, ApplicationOutcome, Case, Outcome
from qika.activation.status import Status, first, of_state
from qika.cards.card import ApplicationRecord, Card
from qika.cards.deadlines import fulfilled
from qika.cards.events import Event, EventType
from qika.cards.life import activated, released
from qika.rulebook.model import RequiredDocument
from qika.terms.names import Application, State

CHINA = ZoneInfo("Asia/Shanghai")
"""Days are counted in China Standard Time, wherever a request comes from."""


def decide(request: ActivationRequest, case: Case) -> Outcome:
    """Decide a request; the status is ``activated`` if anything changed."""
    card = case.card
    if card is None:
        return Outcome(Status.CARD_NOT_FOUND)
    offered = offer(case.rules, request.channel, request.who)
    wanted = request.applications or offered.applications or _all_of(request, case)
    if request.occurred_at > case.received_at:
        return _refused(Status.IN_FUTURE, wanted, card, offered)
    day = request.occurred_at.astimezone(CHINA).date()
    restored = _restored_in_time(request, case, card, wanted, day)
    papers = _papers(request, case, offered, day)
    statuses = {a: _status(request, case, restored, offered, a) or papers for a in wanted}
    if Status.ACTIVATED not in statuses.values() and restored is not card:
        restored = card
        statuses = {a: _status(request, case, card, offered, a) or papers for a in wanted}
    return _outcome(request, case, restored, offered, statuses, day)


def _all_of(request: ActivationRequest, case: Case) -> tuple[Application, ...]:
    channel = case.rules.channels.get(request.channel)
    return channel.applications if channel else tuple(Application)


def _status(
    request: ActivationRequest,
    case: Case,
    card: Card,
    offered: Offer,
    application: Application,
) -> Status | None:
    record = card.of(application)
    refusal = of_state(record.state, record.loss_reason)
    if refusal is not None:
        return refusal
    channel = case.rules.channels.get(request.channel)
    if channel is None or application not in offered.applications:
        return Status.CHANNEL_NOT_OFFERED
    if channel.identity_proof and not request.identity_proved:
        return Status.IDENTITY_NOT_PROVED
    if not case.point_known:
        return Status.OUTSIDE_SCOPE
    if case.point is not None:
        return refusal_at(case.rules, channel, application, card.bank, case.point)
    return None


def _papers(request: ActivationRequest, case: Case, offered: Offer, day: date) -> Status:
    expired = False
    for document in offered.documents:
        until = _valid_until(request, document)
        if until is not None:
            expired = expired or until < day
        elif document.only_if is None:
            return Status.DOCUMENTS_MISSING
    if _letter_missing(request, case, day):
        return Status.DOCUMENTS_MISSING
    letter = request.letter
    if letter is not None and letter.valid_until is not None and letter.valid_until < day:
        expired = True
    if expired:
        return Status.DOCUMENT_EXPIRED
    return Status.LETTER_USED if case.letter_used else Status.ACTIVATED


def missing_documents(request: ActivationRequest, offered: Offer) -> tuple[RequiredDocument, ...]:
    """Give what is wanted in every case and was not presented, by its person."""
    return tuple(
        document
        for document in offered.documents
        if document.only_if is None and _valid_until(request, document) is None
    )


def _valid_until(request: ActivationRequest, document: RequiredDocument) -> date | None:
    """Give until when what was presented meets the requirement; None if nothing does."""
    latest = None
    for shown in request.presented:
        if shown.of is document.of and (
            shown.document == document.code or shown.document in document.any_of
        ):
            until = shown.valid_until or date.max
            latest = until if latest is None else max(latest, until)
    return latest


def _letter_missing(request: ActivationRequest, case: Case, day: date) -> bool:
    channel = case.rules.channels.get(request.channel)
    if channel is None or not channel.letter:
        return False
    letter = request.letter
    return letter is None or letter.signed_on > day


def _restored_in_time(
    request: ActivationRequest,
    case: Case,
    card: Card,
    wanted: tuple[Application, ...],
    day: date,
) -> Card:
    """Undo a deadline suspension on paper, if this act fulfils the duty and was done in time.

    An act of day 299 that is heard of on day 305 counts as day 299; the caller keeps the
    restored card only if the act indeed activates something.
    """
    late = case.due
    if late is None or late.last_day is None:
        return card
    if day > late.last_day:
        return card
    hit = {a: r for a in Application if (r := card.of(a)).suspended}
    after = {a: State.NORMAL if a in wanted else _without_loss(card.of(a)) for a in Application}
    if not hit or not fulfilled(late.deadline.duty, after):
        return card
    back = {a: back for a, r in hit.items() if (back := released(r, request.occurred_at))}
    return card.having(back)


def _without_loss(record: ApplicationRecord) -> State:
    return record.before if record.suspended and record.before else record.state


def _outcome(
    request: ActivationRequest,
    case: Case,
    card: Card,
    offered: Offer,
    statuses: Mapping[Application, Status],
    day: date,
) -> Outcome:
    done = tuple(a for a, status in statuses.items() if status is Status.ACTIVATED)
    if not done:
        return _refusal(request, card, offered, statuses)
    usable = {a: usable_from(case.rules, request.channel, a, day) for a in done}
    changed = activated(card, usable, request.occurred_at)
    undone = case.card is not None and card is not case.card
    return Outcome(
        status=Status.ACTIVATED,
        applications=_states(changed, statuses),
        cites=offered.cites,
        card=changed,
        event=_event(request, case, changed, done, undoes=card.version if undone else None),
        activations=tuple((a, changed.of(a).cycle) for a in done),
        letter_id=request.letter.id if request.letter else None,
    )


def _event(
    request: ActivationRequest,
    case: Case,
    changed: Card,
    done: tuple[Application, ...],
    *,
    undoes: int | None,
) -> Event:
    return Event(
        sequence=changed.version,
        type=EventType.ACTIVATED,
        applications=done,
        occurred_at=request.occurred_at,
        received_at=case.received_at,
        sender=request.identity.sender,
        rule_edition=case.rules.edition,
        channel=request.channel,
        point=request.point_id,
        who=request.who,
        use=request.use,
        undoes=undoes,
    )


def _refusal(
    request: ActivationRequest,
    card: Card,
    offered: Offer,
    statuses: Mapping[Application, Status],
) -> Outcome:
    status = first(list(statuses.values()))
    missing = missing_documents(request, offered) if status is Status.DOCUMENTS_MISSING else ()
    return Outcome(status, _states(card, statuses), missing, offered.cites)


def _refused(
    status: Status, wanted: tuple[Application, ...], card: Card, offered: Offer
) -> Outcome:
    return Outcome(status, _states(card, dict.fromkeys(wanted, status)), (), offered.cites)


def _states(
    card: Card, statuses: Mapping[Application, Status]
) -> dict[Application, ApplicationOutcome]:
    return {
        application: ApplicationOutcome(status, record.state, record.since, record.usable_from)
        for application, status in statuses.items()
        for record in (card.of(application),)
    }
