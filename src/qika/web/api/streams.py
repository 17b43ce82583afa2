"""Streams of activations over HTTP: accepted whole, told about, carried out line by line."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from secrets import token_urlsafe
from typing import TypeAlias

from qika.activation.decide import CHINA
from qika.authority.partner import Partner, Refusal
from qika.operations.activate import Request
from qika.operations.streams import receiving, working
from qika.operations.streams.cutting import LINE_MAX
from qika.operations.streams.desk import StreamDesk
from qika.operations.streams.receiving import Sending
from qika.operations.streams.stream import LineFault, LineProblem, Stream, StreamState
from qika.operations.streams.working import PartAnswer
from qika.terms.names import Language
from qika.web.api.answers import LineProblemAnswer, StreamAnswer
from qika.web.api.cards import UNKNOWN_CARD, UNSIGNED_SENDER, card_key, read_line, request_of
from qika.web.api.outcomes import Told, encoded_outcome
from qika.web.api.requests import ActivationBody
from qika.web.api.scope import scope_fault
from qika.web.frames import encode
from qika.web.problems import Fault, FaultCode, ProblemCode, ProblemError, problem_of
from qika.web.sent import Headers, Lines
from qika.web.signing.door import KeyInUseError, Sender
from qika.web.signing.profile import SignatureError, SignatureFault, Signed, digest_of
from qika.web.site import Site

PATH = "/v1/activation-streams"
BREATH = 250
"""Lines that are decided and committed together before others get their turn."""

_AGAIN = (("Retry-After", "1"),)
_Row: TypeAlias = "Told | LineProblem"


async def accept(
    site: Site,
    signed: Signed | None,
    headers: Headers,
    language: Language,
    body: AsyncIterator[bytes],
) -> Stream:
    """Receive a stream; its signature is checked before its first byte is read.

    Raises ProblemError, SignatureError, KeyInUseError, or what the store raises.
    """
    desk = _desk(site, ProblemCode.UNSUPPORTED_MEDIA_TYPE)
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > desk.bytes_max:
        raise ProblemError(ProblemCode.TOO_LARGE)
    sender = site.partners.check_head(signed) if signed and site.partners else None
    sending = _sending(sender, headers, language)
    with site.partners.working(sender) if sender and site.partners else nullcontext():
        if sender and site.partners:
            await site.partners.admit(sender)
        try:
            return await receiving.receive(desk, sending, body)
        except receiving.StreamTooLargeError as error:
            raise ProblemError(ProblemCode.TOO_LARGE) from error
        except receiving.StalledError as error:
            raise ProblemError(ProblemCode.UNREADABLE) from error
        except receiving.WrongDigestError as error:
            raise SignatureError(SignatureFault.DIGEST) from error
        except receiving.StreamInProgressError as error:
            raise KeyInUseError from error
        except receiving.StreamKeyReusedError as error:
            fault = Fault("idempotency-key", FaultCode.KEY_REUSED)
            raise ProblemError(ProblemCode.WRONG_FIELDS, (fault,)) from error


def _sending(sender: Sender | None, headers: Headers, language: Language) -> Sending:
    if sender is not None:
        key = sender.signed.idempotency_key
        return Sending(sender.partner.id, key, language, digest_of(headers))
    key = headers.get(b"idempotency-key", b"").decode("latin-1") or token_urlsafe()
    return Sending(UNSIGNED_SENDER, key, language, None)


async def tell_stream(site: Site, stream_id: str, sender: str, language: Language) -> StreamAnswer:
    """Say how a stream stands, to whom it belongs; raises ProblemError."""
    return describe(site, await _own(site, stream_id, sender), language)


async def give_results(site: Site, stream_id: str, sender: str) -> Lines:
    """Give the results of a stream that is done, to whom it belongs; raises ProblemError."""
    stream = await _own(site, stream_id, sender)
    if stream.state is not StreamState.DONE:
        raise ProblemError(ProblemCode.IN_PROGRESS, headers=_AGAIN)
    return Lines(working.results(_desk(site, ProblemCode.NOT_FOUND), stream))


def describe(site: Site, stream: Stream, language: Language) -> StreamAnswer:
    """Say how a stream stands."""
    kept = _desk(site, ProblemCode.NOT_FOUND).kept
    location = f"{PATH}/{stream.id}"
    return StreamAnswer(
        id=stream.id,
        location=location,
        state=stream.state,
        received_at=stream.received_at.astimezone(CHINA),
        ended_at=stream.ended_at.astimezone(CHINA) if stream.ended_at else None,
        kept_until=(stream.ended_at + kept).astimezone(CHINA) if stream.ended_at else None,
        rows=stream.lines,
        rows_read=stream.lines_done,
        outcomes=dict(sorted(stream.tally.items())),
        problems=stream.problems,
        first_problems=[_said(one, language) for one in stream.first_problems],
        results=f"{location}/results" if stream.state is StreamState.DONE else None,
    )


def _desk(site: Site, otherwise: ProblemCode) -> StreamDesk:
    if site.streams is None:
        raise ProblemError(otherwise)
    return site.streams


async def _own(site: Site, stream_id: str, sender: str) -> Stream:
    stream = await _desk(site, ProblemCode.NOT_FOUND).store.stream(stream_id)
    if stream is None or stream.partner != sender:
        raise ProblemError(ProblemCode.NOT_FOUND)
    return stream


async def answer_lines(
    site: Site, stream: Stream, first: int, lines: Sequence[bytes]
) -> PartAnswer:
    """Decide and carry out lines of a stream; a wrong one is told of, the others go on."""
    results: list[bytes] = []
    problems: list[LineProblem] = []
    tally: Counter[str] = Counter()
    for start in range(0, len(lines), BREATH):
        some = list(enumerate(lines[start : start + BREATH], first + start))
        read = [_read(site, stream.language, number, line) for number, line in some]
        rows = await _carried_out(site, stream.partner, some[0][0], read)
        for (number, _), row in zip(some, rows, strict=True):
            results.append(_result(site, number, row, stream.language))
            if isinstance(row, LineProblem):
                problems.append(row)
            else:
                tally[row.answered.outcome.status] += 1
        await asyncio.sleep(0)
    return PartAnswer(results, tally, problems)


def _read(site: Site, language: Language, number: int, line: bytes) -> ActivationBody | LineProblem:
    if len(line) > LINE_MAX:
        return LineProblem(number, ProblemCode.TOO_LARGE)
    try:
        return read_line(site, line, language)
    except ProblemError as error:
        return LineProblem(number, error.code, _kept(error.faults))


async def _carried_out(
    site: Site, by: str, first: int, read: Sequence[ActivationBody | LineProblem]
) -> list[_Row]:
    partner = site.partners.partner(by) if site.partners else None
    rows: list[_Row] = []
    made: list[Request] = []
    places: list[int] = []
    for number, one in enumerate(read, first):
        if isinstance(one, LineProblem):
            rows.append(one)
            continue
        key = await card_key(site, one.card)
        fault = await _scope_fault(site, one, key, by, partner)
        if fault is not None:
            rows.append(LineProblem(number, ProblemCode.NOT_ALLOWED, _kept((fault,))))
            continue
        rows.append(Told(one.request_key, UNKNOWN_CARD))
        if key is not None:
            made.append(request_of(site, one, key, by))
            places.append(len(rows) - 1)
    answers = await site.submit(made) if made else []
    for place, answered in zip(places, answers, strict=True):
        told = rows[place]
        assert isinstance(told, Told), "a place was kept for it"
        rows[place] = Told(told.request_key, answered)
    return rows


async def _scope_fault(
    site: Site, one: ActivationBody, key: bytes | None, by: str, partner: Partner | None
) -> Fault | None:
    if partner is not None:
        return await scope_fault(site, one, key, partner)
    if by == UNSIGNED_SENDER and site.unsigned_writes:
        return None
    return Fault("signature", FaultCode(Refusal.SUSPENDED.value))


def _kept(faults: Sequence[Fault]) -> tuple[LineFault, ...]:
    return tuple(LineFault(one.field, one.code, one.allowed) for one in faults)


def _said(one: LineProblem, language: Language) -> LineProblemAnswer:
    faults = tuple(Fault(field, FaultCode(code), allowed) for field, code, allowed in one.faults)
    problem = problem_of(ProblemError(ProblemCode(one.code), faults), language)
    return LineProblemAnswer(
        line=one.line, code=problem.code, message=problem.detail, errors=problem.errors
    )


def _result(site: Site, number: int, row: _Row, language: Language) -> bytes:
    if isinstance(row, Told):
        outcome = encoded_outcome(site.office.rulings.book, row, language)
        return b'{"line":%d,"outcome":%b,"problem":null}' % (number, outcome)
    problem = encode(_said(row, language))
    return b'{"line":%d,"outcome":null,"problem":%b}' % (number, problem)
