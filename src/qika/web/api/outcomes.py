"""Outcomes of requests as answers; the words and sources of a status are encoded once."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from qika.activation.decide import CHINA
from qika.activation.request import ApplicationOutcome, Outcome
from qika.activation.status import Status
from qika.operations.activate import Answered
from qika.rulebook.book import Rulebook
from qika.rulebook.model import RequiredDocument
from qika.terms.names import Application, DocumentCode, Language, Who
from qika.web.api import wording
from qika.web.api.answers import ApplicationAnswer, OutcomeAnswer, OutcomesAnswer
from qika.web.frames import GAP, Frame, encode, listed
from qika.web.kept import Memory
from qika.web.speech import SPEECH

LETTER_DOCUMENT = RequiredDocument(DocumentCode("power_of_attorney"), Who.HOLDER)
"""Named as missing where the paper lay there but its day of signing was not told."""

_GAP: Any = GAP
_WHOLE = Frame(OutcomesAnswer(_GAP))
_frames: Memory[Frame] = Memory(4_096)
_SAID = {True: b"true", False: b"false"}


class Told(NamedTuple):
    """An answer and the key of the request it is for."""

    request_key: str
    answered: Answered


def outcomes(book: Rulebook, told: Sequence[Told], language: Language) -> OutcomesAnswer:
    """Render outcomes in the order asked."""
    return OutcomesAnswer([_outcome(book, one, language) for one in told])


def encoded_outcomes(book: Rulebook, told: Sequence[Told], language: Language) -> bytes:
    """Give the same, encoded."""
    return _WHOLE.filled([listed([encoded_outcome(book, one, language) for one in told])])


def _outcome(book: Rulebook, told: Told, language: Language) -> OutcomeAnswer:
    outcome, speech = told.answered.outcome, SPEECH[language]
    return OutcomeAnswer(
        request_key=told.request_key,
        status=outcome.status,
        message=speech.t(f"status-{outcome.status}"),
        next_step=speech.t(f"status-{outcome.status}-next"),
        applications=_applications(outcome.applications),
        missing=wording.documents(book, _missing(outcome), language),
        source_ids=list(outcome.cites),
        replayed=told.answered.replayed,
    )


def _missing(outcome: Outcome) -> Sequence[RequiredDocument]:
    if outcome.status is Status.DOCUMENTS_MISSING and not outcome.missing:
        return (LETTER_DOCUMENT,)
    return outcome.missing


def _applications(
    outcomes: Mapping[Application, ApplicationOutcome],
) -> dict[str, ApplicationAnswer]:
    return {
        application: ApplicationAnswer(
            one.status,
            one.state,
            one.since.astimezone(CHINA) if one.since else None,
            one.usable_from,
        )
        for application, one in outcomes.items()
    }


def encoded_outcome(book: Rulebook, told: Told, language: Language) -> bytes:
    """Give one outcome encoded."""
    outcome, replayed = told.answered.outcome, told.answered.replayed
    key = (book, language, outcome.status, outcome.missing, outcome.cites)
    frame = _frames.get(key, lambda: _frame(book, outcome, language))
    parts = (
        encode(told.request_key),
        encode(_applications(outcome.applications)),
        _SAID[replayed],
    )
    return frame.filled(parts)


def _frame(book: Rulebook, outcome: Outcome, language: Language) -> Frame:
    """Encode what all outcomes of a status share that miss the same and rest on the same."""
    return Frame(
        OutcomeAnswer(
            request_key=_GAP,
            status=outcome.status,
            message=SPEECH[language].t(f"status-{outcome.status}"),
            next_step=SPEECH[language].t(f"status-{outcome.status}-next"),
            applications=_GAP,
            missing=wording.documents(book, _missing(outcome), language),
            source_ids=list(outcome.cites),
            replayed=_GAP,
        )
    )
