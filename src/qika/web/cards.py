"""``/v1/activations`` and ``/v1/events``: bodies become requests, outcomes become answers."""

import hashlib
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from qika.activation.decide import CHINA
from qika.activation.request import (
    ActivationRequest,
    EventRequest,
    Identity,
    Letter,
    Outcome,
    Presented,
)
from qika.activation.status import Status
from qika.cards.events import EventType
from qika.operations.activate import Answered, Request
from qika.rulebook.model import RequiredDocument
from qika.terms.names import (
    Application,
    CardNumber,
    ChannelCode,
    DocumentCode,
    Language,
    PointId,
    Who,
)
from qika.web import wording
from qika.web.answers import ApplicationAnswer, OutcomeAnswer, OutcomesAnswer
from qika.web.asking import Checker, resolve
from qika.web.fields import FAULTS_MAX, further_faults, is_list, is_object, json_of, of_value
from qika.web.problems import Fault, FaultCode, ProblemError
from qika.web.requests import (
    BATCH_MAX,
    ActivationBatch,
    ActivationBody,
    CardRef,
    EventBatch,
    EventBody,
    LetterPaper,
    RecordedType,
)
from qika.web.site import Site
from qika.web.speech import SPEECH

UNSIGNED_SENDER = "unsigned"
"""Name of the sender of unsigned writes, which only the demo takes."""

LETTER_DOCUMENT = RequiredDocument(DocumentCode("power_of_attorney"), Who.HOLDER)
"""Named as missing where the paper lay there but its day of signing was not told."""

Body = ActivationBody | EventBody


async def answer_activations(site: Site, body: bytes, language: Language) -> OutcomesAnswer:
    """Decide and carry out requests to activate, in the order asked."""
    rows = _Rows(site, language).read(body, ActivationBatch, ActivationBody)
    return await _answer(site, rows, language)


async def answer_events(site: Site, body: bytes, language: Language) -> OutcomesAnswer:
    """Decide and record what happened to cards, in the order asked."""
    rows = _Rows(site, language).read(body, EventBatch, EventBody)
    return await _answer(site, rows, language)


_Row = tuple[Body, bytes]
"""A request, and the hash of what it says."""

_FILLER: dict[str, Any] = {
    "request_key": "-",
    "card": {"card_identifier": "0" * 32},
    "channel": "none",
    "type": "loss_reported",
    "occurred_at": "2000-01-01T00:00:00+08:00",
}
"""Stands in for wrong required fields while the rest of a request is checked."""


class _Rows:
    """Reads a body into requests; every wrong field of every request is collected."""

    def __init__(self, site: Site, language: Language) -> None:
        self.checker = Checker(site, language)

    def read(
        self, body: bytes, batch: type[ActivationBatch | EventBatch], single: type[Body]
    ) -> list[_Row]:
        raw = json_of(body)
        if is_object(raw) and "requests" in raw:
            try:
                requests = of_value(raw, batch).requests
            except ProblemError as error:
                self.checker.faults.extend(error.faults)
                requests = ()
                self._check_sound_parts(raw["requests"], single)
            paths = [f"requests[{number}]." for number in range(len(requests))]
            raws = cast("list[dict[str, Any]]", raw["requests"])
        else:
            requests, paths = self._read_single(raw, single), [""]
            raws = [cast("dict[str, Any]", raw)]
        for path, one in zip(paths, requests, strict=False):
            check_request(self.checker, path, one)
        self.checker.finish()
        pairs = zip(requests, raws, strict=True)
        return [(one, _body_hash(one_said)) for one, one_said in pairs]

    def _read_single(self, raw: object, single: type[Body]) -> Sequence[Body]:
        try:
            return (of_value(raw, single),)
        except ProblemError as error:
            self.checker.faults.extend(error.faults)
            self._check_sound_part("", raw, single)
            return ()

    def _check_sound_parts(self, raws: object, single: type[Body]) -> None:
        if not is_list(raws) or len(raws) > BATCH_MAX:
            return
        for number, raw in enumerate(raws):
            if len(self.checker.faults) >= FAULTS_MAX:
                return
            self._check_sound_part(f"requests[{number}].", raw, single)

    def _check_sound_part(self, path: str, raw: object, single: type[Body]) -> None:
        faults = self.checker.faults
        here = [
            Fault(fault.field.removeprefix(path), fault.code)
            for fault in faults
            if fault.field.startswith(path)
        ]
        more = further_faults(raw, single, here, _FILLER, self._faults_of)
        faults += [Fault(f"{path}{one.field}", one.code, one.allowed) for one in more]

    def _faults_of(self, one: Body) -> Sequence[Fault]:
        checker = Checker(self.checker.site, self.checker.language)
        check_request(checker, "", one)
        return checker.faults


def _body_hash(said: dict[str, Any]) -> bytes:
    """Hash what a request says, whatever the order of its names; its key is not part of it."""
    rest = {name: value for name, value in said.items() if name != "request_key"}
    return hashlib.sha256(msgspec.json.encode(rest, order="deterministic")).digest()


async def _answer(site: Site, rows: Sequence[_Row], language: Language) -> OutcomesAnswer:
    keys = [await card_key(site, one.card) for one, _ in rows]
    made: dict[int, Request] = {
        number: _request(site, one, key, said)
        for number, ((one, said), key) in enumerate(zip(rows, keys, strict=True))
        if key is not None
    }
    done = await site.submit(list(made.values())) if made else []
    answered = dict(zip(made, done, strict=True))
    unknown = Answered(Outcome(Status.CARD_NOT_FOUND))
    return OutcomesAnswer(
        [
            _outcome(site, one.request_key, answered.get(number, unknown), language)
            for number, (one, _) in enumerate(rows)
        ]
    )


def check_request(checker: Checker, path: str, one: Body) -> None:
    """Check what a struct's types cannot say."""
    checker.moment(f"{path}occurred_at", one.occurred_at)
    check_card(checker, f"{path}card", one.card)
    if len(set(one.applications)) < len(one.applications):
        checker.refuse(f"{path}applications", FaultCode.REPEATED)
    if isinstance(one, EventBody):
        if one.loss is not None and one.type is not RecordedType.LOSS_REPORTED:
            checker.refuse(f"{path}loss", FaultCode.CONFLICT)
        return
    _check_papers(checker, path, one)
    book = checker.site.office.rulings.book
    channel = book.channels.get(ChannelCode(one.channel))
    asked = checker.site.point_required and channel is not None and channel.point_kinds
    if asked and one.point_id is None:
        checker.refuse(f"{path}point_id", FaultCode.MISSING)


def _check_papers(checker: Checker, path: str, one: ActivationBody) -> None:
    known = checker.site.office.rulings.book.vocabulary.documents
    for number, paper in enumerate(one.presented):
        place = f"{path}presented[{number}]"
        if DocumentCode(paper.document) not in known:
            checker.refuse(f"{place}.document", FaultCode.CHOICE, ", ".join(known))
        checker.day(f"{place}.valid_until", paper.valid_until)
    if one.letter is not None:
        checker.day(f"{path}letter.signed_on", one.letter.signed_on)
        checker.day(f"{path}letter.valid_until", one.letter.valid_until)


def check_card(checker: Checker, path: str, card: CardRef) -> None:
    """Check that a card is named in one way and wholly."""
    if card.card_identifier is not None:
        if card.issuer is not None or card.card_number is not None:
            checker.refuse(f"{path}.card_identifier", FaultCode.CONFLICT)
        return
    if card.issuer is None:
        checker.refuse(f"{path}.issuer", FaultCode.MISSING)
    else:
        checker.issuer(f"{path}.issuer", card.issuer)
    if card.card_number is None:
        checker.refuse(f"{path}.card_number", FaultCode.MISSING)


async def card_key(site: Site, card: CardRef) -> bytes | None:
    """Give the key of a checked card; None if no card has its identifier."""
    if card.card_identifier is not None:
        return await site.office.store.key_of_identifier(card.card_identifier.lower())
    issuer = resolve(site.regions, card.issuer or "").code
    assert issuer is not None, "check_card has resolved the issuer"
    return site.office.keys.card_key(issuer, CardNumber(card.card_number or ""))


def _request(site: Site, one: Body, key: bytes, said: bytes) -> Request:
    identity = Identity(key, UNSIGNED_SENDER, one.request_key, said)
    if isinstance(one, EventBody):
        return EventRequest(
            identity=identity,
            type=EventType(one.type),
            applications=tuple(one.applications),
            occurred_at=one.occurred_at,
            loss=one.loss,
            point_id=PointId(one.point_id) if one.point_id else None,
        )
    return _activation(site, one, identity)


def _activation(site: Site, one: ActivationBody, identity: Identity) -> ActivationRequest:
    channel, office = ChannelCode(one.channel), site.office
    proved = one.identity_proof is not None and office.identity.verify(
        one.identity_proof, channel, identity.card_key, office.clock()
    )
    return ActivationRequest(
        identity=identity,
        channel=channel,
        who=one.who or (Who.AGENT if one.agent else Who.HOLDER),
        applications=tuple(one.applications),
        occurred_at=one.occurred_at,
        point_id=PointId(one.point_id) if one.point_id else None,
        use=one.use,
        presented=tuple(
            Presented(DocumentCode(paper.document), paper.of, paper.valid_until)
            for paper in one.presented
        ),
        letter=_letter(one, one.letter, identity.card_key) if one.letter else None,
        identity_proved=proved,
    )


def _letter(one: ActivationBody, letter: LetterPaper, key: bytes) -> Letter:
    """Name a letter by its printed number, else by what it says, bound to the card."""
    if letter.number is not None:
        return Letter(letter.number, letter.signed_on, letter.valid_until)
    agent = (one.agent.social_security_number, one.agent.name) if one.agent else ("", "")
    applications = ",".join(sorted(one.applications or Application))
    says = "\0".join((*agent, applications, letter.signed_on.isoformat()))
    name = hashlib.sha256(key + says.encode()).hexdigest()
    return Letter(name, letter.signed_on, letter.valid_until)


def _outcome(site: Site, key: str, answered: Answered, language: Language) -> OutcomeAnswer:
    outcome, speech = answered.outcome, SPEECH[language]
    missing = outcome.missing
    if outcome.status is Status.DOCUMENTS_MISSING and not missing:
        missing = (LETTER_DOCUMENT,)
    return OutcomeAnswer(
        request_key=key,
        status=outcome.status,
        message=speech.t(f"status-{outcome.status}"),
        next_step=speech.t(f"status-{outcome.status}-next"),
        applications={
            str(application): ApplicationAnswer(
                status=one.status,
                state=one.state,
                since=one.since.astimezone(CHINA) if one.since else None,
                usable_from=one.usable_from,
            )
            for application, one in outcome.applications.items()
        },
        missing=wording.documents(site.office.rulings.book, missing, language),
        source_ids=list(outcome.cites),
        replayed=answered.replayed,
    )
