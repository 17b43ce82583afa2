"""``/v1/activations`` and ``/v1/events``: bodies become requests, outcomes become answers."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from types import CoroutineType
from typing import Any, NamedTuple

import msgspec

from qika.activation.request import (
    ActivationRequest,
    EventRequest,
    Identity,
    Letter,
    Outcome,
    Presented,
    letter_name,
)
from qika.activation.status import Status
from qika.cards.events import EventType
from qika.operations.activate import Answered, Request
from qika.terms.names import (
    CardNumber,
    ChannelCode,
    DocumentCode,
    Language,
    PointId,
    Who,
)
from qika.web.api.answers import OutcomesAnswer
from qika.web.api.asking import EARLIEST, LATEST, Checker, resolve
from qika.web.api.fields import (
    FAULTS_MAX,
    MALFORMED,
    further_faults,
    is_list,
    is_object,
    json_of,
    of_value,
)
from qika.web.api.outcomes import Told, encoded_outcomes, outcomes
from qika.web.api.requests import (
    BATCH_MAX,
    ActivationBatch,
    ActivationBody,
    CardRef,
    EventBatch,
    EventBody,
    LetterPaper,
    PresentedPaper,
    RecordedType,
)
from qika.web.api.scope import check_one, check_scope
from qika.web.problems import Fault, FaultCode, ProblemError
from qika.web.promise import Promise
from qika.web.signing.door import Sender
from qika.web.site import Site

UNSIGNED_SENDER = "unsigned"
"""Name of the sender of unsigned writes, which only the demo takes."""

UNKNOWN_CARD = Answered(Outcome(Status.CARD_NOT_FOUND))

Body = ActivationBody | EventBody


async def answer_activations(
    site: Site, body: bytes, language: Language, sender: Sender | None = None
) -> OutcomesAnswer:
    """Decide and carry out requests to activate, in the order asked."""
    rows = _Rows(site, language).read(body, _ACTIVATIONS)
    told = await _carried_out(site, rows, sender)
    return outcomes(site.office.rulings.book, told, language)


def send_activations(
    site: Site, body: bytes, language: Language, sender: Sender | None = None
) -> "Promise[bytes] | CoroutineType[Any, Any, bytes]":
    """Do the same and give the answer encoded; one alone goes among those that arrive now."""
    rows = _Rows(site, language).read(body, _ACTIVATIONS)
    if site.gather is None or len(rows) > 1:
        return _sent(site, rows, language, sender)
    [one] = rows
    key = _number_key(site, one.card)
    if key is None:
        return _sent(site, rows, language, sender)
    check_one(site, one, sender)
    book = site.office.rulings.book

    def make(future: "asyncio.Future[Answered]") -> bytes:
        return encoded_outcomes(book, (Told(one.request_key, future.result()),), language)

    return Promise(site.gather(request_of(site, one, key, sender_of(sender))), make)


async def _sent(
    site: Site, rows: Sequence[Body], language: Language, sender: Sender | None
) -> bytes:
    told = await _carried_out(site, rows, sender)
    return encoded_outcomes(site.office.rulings.book, told, language)


async def answer_events(
    site: Site, body: bytes, language: Language, sender: Sender | None = None
) -> OutcomesAnswer:
    """Decide and record what happened to cards, in the order asked."""
    rows = _Rows(site, language).read(body, _EVENTS)
    told = await _carried_out(site, rows, sender)
    return outcomes(site.office.rulings.book, told, language)


class _Kind(NamedTuple):
    """What a body may be, and what decodes it."""

    single: type[Body]
    batch: type[ActivationBatch | EventBatch]
    read_single: Callable[[bytes], Body]
    read_batch: Callable[[bytes], ActivationBatch | EventBatch]


_ACTIVATIONS = _Kind(
    ActivationBody,
    ActivationBatch,
    msgspec.json.Decoder(ActivationBody).decode,
    msgspec.json.Decoder(ActivationBatch).decode,
)
_EVENTS = _Kind(
    EventBody,
    EventBatch,
    msgspec.json.Decoder(EventBody).decode,
    msgspec.json.Decoder(EventBatch).decode,
)

_FILLER: dict[str, Any] = {
    "request_key": "-",
    "card": {"card_identifier": "0" * 32},
    "channel": "none",
    "type": "loss_reported",
    "occurred_at": "2000-01-01T00:00:00+08:00",
}
"""Stands in for wrong required fields while the rest of a request is checked."""


def read_line(site: Site, line: bytes, language: Language) -> ActivationBody:
    """Read one request to activate; raises ProblemError with every wrong field."""
    one = _Rows(site, language).read_one(line, _ACTIVATIONS)
    assert isinstance(one, ActivationBody), "of that kind"
    return one


class _Rows:
    """Reads a body into requests; every wrong field of every request is collected."""

    def __init__(self, site: Site, language: Language) -> None:
        self.checker = Checker(site, language)

    def read(self, body: bytes, kind: _Kind) -> Sequence[Body]:
        try:
            one = kind.read_single(body)
        except MALFORMED:  # a batch, at its first name; or something is wrong
            requests = self._read_batch(body, kind)
            for number, one in enumerate(requests):
                check_request(self.checker, f"requests[{number}].", one)
        else:
            requests = (one,)
            check_request(self.checker, "", one)
        self.checker.finish()
        return requests

    def read_one(self, body: bytes, kind: _Kind) -> Body:
        """Read a body that may not be a batch."""
        try:
            one = kind.read_single(body)
        except MALFORMED:
            found = self._read_single(json_of(body), kind.single)
            self.checker.finish()
            [one] = found
        check_request(self.checker, "", one)
        self.checker.finish()
        return one

    def _read_batch(self, body: bytes, kind: _Kind) -> Sequence[Body]:
        try:
            return kind.read_batch(body).requests
        except MALFORMED:
            raw = json_of(body)
        if not (is_object(raw) and "requests" in raw):
            return self._read_single(raw, kind.single)
        try:
            return of_value(raw, kind.batch).requests
        except ProblemError as error:
            self.checker.faults.extend(error.faults)
            self._check_sound_parts(raw["requests"], kind.single)
            return ()

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


_spelled = msgspec.json.Encoder(order="deterministic").encode


def _body_hash(one: Body) -> bytes:
    """Hash what a request says, whatever the order and the spelling of its names and values."""
    return hashlib.sha256(_spelled(one)).digest()


async def _carried_out(site: Site, bodies: Sequence[Body], sender: Sender | None) -> list[Told]:
    keys = [_number_key(site, one.card) or await card_key(site, one.card) for one in bodies]
    await check_scope(site, list(zip(bodies, keys, strict=True)), sender)
    made: list[Request] = []
    known: list[int] = []
    for number, (one, key) in enumerate(zip(bodies, keys, strict=True)):
        if key is not None:
            made.append(request_of(site, one, key, sender_of(sender)))
            known.append(number)
    told = [Told(one.request_key, UNKNOWN_CARD) for one in bodies]
    if made:
        for number, answered in zip(known, await site.submit(made), strict=True):
            told[number] = Told(bodies[number].request_key, answered)
    return told


def check_request(checker: Checker, path: str, one: Body) -> None:
    """Check what a struct's types cannot say."""
    checker.moment(f"{path}occurred_at", one.occurred_at)
    check_card(checker, f"{path}card", one.card)
    if len(one.applications) > 1 and len(set(one.applications)) < len(one.applications):
        checker.refuse(f"{path}applications", FaultCode.REPEATED)
    if type(one) is ActivationBody:  # isinstance of a struct asks abc, which takes longer
        _check_activation(checker, path, one)
    elif isinstance(one, EventBody) and one.loss and one.type is not RecordedType.LOSS_REPORTED:
        checker.refuse(f"{path}loss", FaultCode.CONFLICT)


def _check_activation(checker: Checker, path: str, one: ActivationBody) -> None:
    _check_papers(checker, path, one)
    if one.point_id is not None or not checker.site.point_required:
        return
    channel = checker.site.office.rulings.book.channels.get(ChannelCode(one.channel))
    if channel is not None and channel.point_kinds:
        checker.refuse(f"{path}point_id", FaultCode.MISSING)


def _check_papers(checker: Checker, path: str, one: ActivationBody) -> None:
    known = checker.site.office.rulings.book.vocabulary.documents
    for number, paper in enumerate(one.presented):
        if paper.document not in known:
            place = f"{path}presented[{number}].document"
            checker.refuse(place, FaultCode.CHOICE, ", ".join(known))
        until = paper.valid_until
        if until is not None and not EARLIEST <= until <= LATEST:
            checker.day(f"{path}presented[{number}].valid_until", until)
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
    return _number_key(site, card)


def _number_key(site: Site, card: CardRef) -> bytes | None:
    """Give the key of a checked card that is named by its number, else None."""
    if card.card_number is None:
        return None
    issuer = resolve(site.regions, card.issuer or "").code
    assert issuer is not None, "check_card has resolved the issuer"
    return site.office.keys.card_key(issuer, CardNumber(card.card_number))


def sender_of(sender: Sender | None) -> str:
    """Name who sends a request, as histories will."""
    return sender.partner.id if sender else UNSIGNED_SENDER


def request_of(site: Site, one: Body, key: bytes, by: str) -> Request:
    """Make a request about a known card of a checked body."""
    identity = Identity(key, by, one.request_key, _body_hash(one))
    if type(one) is ActivationBody:
        return _activation(site, one, identity)
    assert isinstance(one, EventBody), "there are two kinds of requests"
    return EventRequest(
        identity=identity,
        type=EventType(one.type),
        applications=tuple(one.applications),
        occurred_at=one.occurred_at,
        loss=one.loss,
        point_id=PointId(one.point_id) if one.point_id else None,
    )


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
        presented=tuple([_presented(paper) for paper in one.presented]),
        letter=_letter(one, one.letter, identity.card_key) if one.letter else None,
        identity_proved=proved,
    )


def _presented(paper: PresentedPaper) -> Presented:
    return Presented(DocumentCode(paper.document), paper.of, paper.valid_until)


def _letter(one: ActivationBody, letter: LetterPaper, key: bytes) -> Letter:
    """Name a letter by its printed number, else by what it says, bound to the card."""
    if letter.number is not None:
        return Letter(letter.number, letter.signed_on, letter.valid_until)
    agent = (one.agent.social_security_number, one.agent.name) if one.agent else ("", "")
    name = letter_name(key, agent, one.applications, letter.signed_on)
    return Letter(name, letter.signed_on, letter.valid_until)
