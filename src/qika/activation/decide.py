"""The counter's decision: pure, total, in the order of Status."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from msgspec import Struct

from qika.activation.offer import Offer, offer, usable_from
from qika.activation.place import refusal_at
from qika.activation.request import ActivationRequest, ApplicationOutcome, Case, Outcome
from qika.activation.status import Status, first, of_state
from qika.cards.card import ApplicationRecord, Card
from qika.cards.deadlines import fulfilled
from qika.cards.events import Event, EventType
from qika.cards.life import activated, released
from qika.points.point import ServicePoint
from qika.rulebook.book import Rules
from qika.rulebook.model import RequiredDocument
from qika.terms.names import Application, BankCode, ChannelCode, IssuerCode, State, Who

CHINA = timezone(timedelta(hours=8))
"""China Standard Time, in which days are counted wherever a request comes from.

A fixed offset: the last summer time was in 1991, before the first card.
"""


def decide(request: ActivationRequest, case: Case) -> Outcome:
    """Decide a request; the status is ``activated`` if anything changed."""
    card = case.card
    if card is None:
        return Outcome(Status.CARD_NOT_FOUND)
    offered = offer(case.rules, request.channel, request.who)
    wanted = request.applications or offered.applications or _all_of(request, case)
    if request.occurred_at > case.received_at:
        return _refused(Status.IN_FUTURE, wanted, card, offered)
    day = day_of(request.occurred_at)
    restored = _restored_in_time(request, case, card, wanted, day)
    papers = _papers(request, case, offered, day)
    statuses = _statuses(request, case, restored, wanted, papers)
    if restored is not card and Status.ACTIVATED not in statuses.values():
        restored = card
        statuses = _statuses(request, case, card, wanted, papers)
    return _outcome(request, case, restored, offered, statuses, day)


def day_of(at: datetime) -> date:
    """Give the day of a moment in China."""
    return at.astimezone(CHINA).date()


def _all_of(request: ActivationRequest, case: Case) -> tuple[Application, ...]:
    channel = case.rules.channels.get(request.channel)
    return channel.applications if channel else tuple(Application)


def _statuses(
    request: ActivationRequest,
    case: Case,
    card: Card,
    wanted: tuple[Application, ...],
    papers: Status,
) -> dict[Application, Status]:
    door = _Door(
        request.channel,
        request.who,
        request.identity_proved,
        case.point,
        case.point_known,
        card.bank,
        case.rules.chain,
    )
    refusals = _refusals_at(door, case.rules)
    statuses: dict[Application, Status] = {}
    for application in wanted:
        record = card.of(application)
        statuses[application] = (
            of_state(record.state, record.loss_reason) or refusals[application] or papers
        )
    return statuses


class _Door(Struct, frozen=True, gc=False):
    """What many requests share: how somebody comes, where to, and with which bank's card.

    ``chain`` is that of the rules: points are served by it, and equal rules may differ in it.
    """

    channel: ChannelCode
    who: Who
    identity_proved: bool
    point: ServicePoint | None
    point_known: bool
    card_bank: BankCode | None
    chain: tuple[IssuerCode, ...]


@lru_cache(maxsize=65_536)
def _refusals_at(door: _Door, rules: Rules) -> Mapping[Application, Status | None]:
    """Say what refuses every card at a door, by application; kept, as many come to the same."""
    return {application: _refusal_at(door, rules, application) for application in Application}


def _refusal_at(door: _Door, rules: Rules, application: Application) -> Status | None:
    channel = rules.channels.get(door.channel)
    if channel is None or application not in offer(rules, door.channel, door.who).applications:
        return Status.CHANNEL_NOT_OFFERED
    if channel.identity_proof and not door.identity_proved:
        return Status.IDENTITY_NOT_PROVED
    if not door.point_known:
        return Status.OUTSIDE_SCOPE
    if door.point is None:
        return None
    return refusal_at(rules, channel, application, door.card_bank, door.point)


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
    if late is None or late.last_day is None or day > late.last_day:
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
    at = request.occurred_at
    records: dict[Application, ApplicationRecord] = {}
    states: dict[Application, ApplicationOutcome] = {}
    for application, status in statuses.items():
        record = card.of(application)
        if status is Status.ACTIVATED:
            usable = usable_from(case.rules, request.channel, application, day)
            record = records[application] = activated(record, at, usable)
        states[application] = ApplicationOutcome(
            status, record.state, record.since, record.usable_from
        )
    if not records:
        return _refusal(request, card, offered, statuses)
    changed = card.having(records, version=card.version + 1)
    undoes = None if card is case.card else card.version
    return Outcome(
        Status.ACTIVATED,
        states,
        (),
        offered.cites,
        changed,
        _event(request, case, changed, tuple(records), undoes),
        tuple([(application, record.cycle) for application, record in records.items()]),
        request.letter.id if request.letter else None,
    )


def _event(
    request: ActivationRequest,
    case: Case,
    changed: Card,
    done: tuple[Application, ...],
    undoes: int | None,
) -> Event:
    return Event(
        changed.version,
        EventType.ACTIVATED,
        done,
        request.occurred_at,
        case.received_at,
        request.identity.sender,
        case.rules.edition,
        request.channel,
        request.point_id,
        request.who,
        request.use,
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
    states: dict[Application, ApplicationOutcome] = {}
    for application, status in statuses.items():
        record = card.of(application)
        states[application] = ApplicationOutcome(
            status, record.state, record.since, record.usable_from
        )
    return states
