"""``/v1/card-status``: a card as it stands, for those who know its number and its holder."""

from collections import OrderedDict
from datetime import datetime, timedelta

from qika.activation.decide import CHINA, day_of
from qika.cards.card import ApplicationRecord
from qika.cards.events import Event
from qika.operations.look_up import CardStatus, look_up_by_holder
from qika.terms.names import Application, Language
from qika.web.api import wording
from qika.web.api.answers import CardStatusAnswer, EventAnswer, HeldApplication
from qika.web.api.asking import Checker
from qika.web.api.cards import card_key, check_card
from qika.web.api.requests import CardStatusRequest
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError
from qika.web.site import Site
from qika.web.speech import SPEECH

TRIES_MAX = 10
"""Wrong guesses about one card in an hour, after which this process answers no more."""

TRIES_WITHIN = timedelta(hours=1)
CARDS_WATCHED = 10_000


class Tries:
    """Counts wrong guesses for each card, so that a holder's name cannot be tried out."""

    def __init__(self) -> None:
        """Begin with no guesses."""
        self._failed: OrderedDict[bytes, list[datetime]] = OrderedDict()

    def exhausted(self, key: bytes, now: datetime) -> bool:
        """Tell whether a card has been guessed at too often lately."""
        recent = [at for at in self._failed.get(key, ()) if now - at < TRIES_WITHIN]
        return len(recent) >= TRIES_MAX

    def failed(self, key: bytes, now: datetime) -> None:
        """Count a wrong guess; the card guessed at longest ago is forgotten first."""
        recent = [at for at in self._failed.pop(key, []) if now - at < TRIES_WITHIN]
        self._failed[key] = [*recent, now][-TRIES_MAX:]
        if len(self._failed) > CARDS_WATCHED:
            self._failed.popitem(last=False)


async def answer_card_status(
    site: Site, asked: CardStatusRequest, tries: Tries, language: Language
) -> CardStatusAnswer:
    """Tell how a card stands; an unknown card and a wrong holder get the same answer."""
    checker = Checker(site, language)
    _check(checker, asked)
    checker.finish()
    key = await card_key(site, asked.card)
    assert key is not None, "a card named by issuer and number has a key"
    now = site.office.clock()
    if tries.exhausted(key, now):
        retry = (("Retry-After", str(int(TRIES_WITHIN.total_seconds()))),)
        raise ProblemError(ProblemCode.TOO_MANY_TRIES, headers=retry)
    status = await look_up_by_holder(
        site.office, key, name=asked.name or "", number=asked.social_security_number or ""
    )
    if status is None:
        tries.failed(key, now)
    return describe(status, now, language)


def describe(status: CardStatus | None, now: datetime, language: Language) -> CardStatusAnswer:
    """Put a card's status into words; None: unknown."""
    return _found(status, now, language) if status else _not_found(language)


def card_status_faults(
    site: Site, asked: CardStatusRequest, language: Language
) -> tuple[Fault, ...]:
    """Give everything wrong with a request that its types let pass."""
    checker = Checker(site, language)
    _check(checker, asked)
    return tuple(checker.faults)


def _check(checker: Checker, asked: CardStatusRequest) -> None:
    if asked.name is None and asked.social_security_number is None:
        checker.refuse("name", FaultCode.MISSING)
    if asked.card.card_identifier is not None:
        checker.refuse("card.card_identifier", FaultCode.UNKNOWN, "issuer, card_number")
        return
    check_card(checker, "card", asked.card)


def _not_found(language: Language) -> CardStatusAnswer:
    speech = SPEECH[language]
    return CardStatusAnswer(
        found=False,
        message=speech.t("card_status-not_found"),
        next_step=speech.t("card_status-not_found-next"),
        applications={},
        deadlines=[],
        history=[],
    )


def _found(status: CardStatus, now: datetime, language: Language) -> CardStatusAnswer:
    speech, card = SPEECH[language], status.file.card
    today = day_of(now)
    return CardStatusAnswer(
        found=True,
        message=speech.t("card_status-found"),
        next_step=speech.t("card_status-found-next"),
        applications={str(a): _held(card.of(a), language) for a in Application},
        deadlines=[
            wording.deadline(
                one.due,
                (one.due.last_day - today).days if one.due.last_day else None,
                language,
                done=one.done,
            )
            for one in status.deadlines
        ],
        history=[_event(status, event, language) for event in status.file.history],
    )


def _held(record: ApplicationRecord, language: Language) -> HeldApplication:
    return HeldApplication(
        state=record.state,
        reason=record.loss_reason,
        since=record.since.astimezone(CHINA) if record.since else None,
        usable_from=record.usable_from,
        text=SPEECH[language].t(f"state-{record.state}"),
    )


def _event(status: CardStatus, event: Event, language: Language) -> EventAnswer:
    acknowledged = status.file.acknowledged.get(event.sequence)
    return EventAnswer(
        sequence=event.sequence,
        type=event.type,
        text=SPEECH[language].t(f"event-{event.type}"),
        applications=list(event.applications),
        occurred_at=event.occurred_at.astimezone(CHINA),
        received_at=event.received_at.astimezone(CHINA),
        channel=event.channel,
        point_id=event.point,
        loss=event.loss,
        reason=event.reason,
        undoes=event.undoes,
        acknowledged_at=acknowledged.astimezone(CHINA) if acknowledged else None,
    )
