"""Activate and record: load once, decide each request, commit once; losers are decided again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from qika.activation.decide import day_of, decide
from qika.activation.record import decide_event
from qika.activation.request import (
    ActivationRequest,
    ApplicationOutcome,
    Case,
    EventRequest,
    Identity,
    Outcome,
)
from qika.activation.status import Status
from qika.cards.card import Card
from qika.cards.deadlines import CardDates, Due
from qika.cards.events import Event
from qika.operations.clocks import clock_rows
from qika.operations.office import Office
from qika.operations.ports import (
    Ask,
    Attempt,
    Change,
    Loaded,
    StoredAnswer,
)
from qika.rulebook.model import Clock
from qika.terms.names import Application, SourceId

ROUNDS_MAX = 3
"""How often requests that lost a race are loaded and decided again."""

Request: TypeAlias = ActivationRequest | EventRequest


class StoreBusyError(RuntimeError):
    """Requests lost the race for their card in every round; the sender may try again."""


class StoreUnavailableError(StoreBusyError):
    """The database cannot be read or written; says why. Whoever runs it has to look.

    What was on its way may have been done: who sends the same request again finds out.
    """


class Answered(msgspec.Struct, frozen=True, gc=False):
    """An outcome as it is given to the sender; ``replayed`` if it was given before."""

    outcome: Outcome
    replayed: bool = False


async def perform(office: Office, requests: Sequence[Request]) -> list[Answered]:
    """Decide and carry out a batch of requests; answers in the order asked."""
    answers: dict[int, Answered] = {}
    waiting = list(range(len(requests)))
    for _ in range(ROUNDS_MAX):
        received_at = office.clock()
        asks = [_ask(requests[number]) for number in waiting]
        batch = _Batch(office, await office.store.load(asks), received_at)
        for number in waiting:
            batch.take(number, requests[number])
        lost = await office.store.commit(batch.changes, batch.attempts)
        waiting = batch.settle(lost, answers)
        if not waiting:
            return [answers[number] for number in range(len(requests))]
    raise StoreBusyError(f"{len(waiting)} requests lost the race {ROUNDS_MAX} times")


async def foresee(office: Office, request: Request) -> Outcome:
    """Say what a request would be answered now; changes nothing and leaves nothing on record."""
    batch = _Batch(office, await office.store.load([_ask(request)]), office.clock())
    return batch.decided(request)


def _ask(request: Request) -> Ask:
    letter = request.letter if isinstance(request, ActivationRequest) else None
    return Ask(request.identity, letter.id if letter else None)


class _Batch:
    """Decides one batch after one load; carries each card's change over to its next request."""

    def __init__(self, office: Office, loaded: Loaded, received_at: datetime) -> None:
        self.office, self.received_at = office, received_at
        self.cards: dict[bytes, Card] = dict(loaded.cards)
        self.stored = dict(loaded.answers)
        self.letters = set(loaded.letters_used)
        self.answers: dict[int, Answered] = {}
        self.changes: list[Change] = []
        self.numbers: list[int] = []
        self.attempts: list[Attempt] = []

    def settle(self, lost: Collection[int], answers: dict[int, Answered]) -> list[int]:
        """Put the answers down, save those whose change lost a race; gives their numbers."""
        again = sorted(self.numbers[position] for position in lost)
        for number in again:
            del self.answers[number]
        answers |= self.answers
        return again

    def take(self, number: int, request: Request) -> None:
        """Decide one request and put what follows on the lists."""
        identity = request.identity
        place = (identity.card_key, identity.sender, identity.request_key)
        earlier = self.stored.get(place)
        if earlier is not None:
            self.answers[number] = _repeated(request, earlier)
            return
        outcome = self.decided(request)
        self.answers[number] = Answered(outcome)
        if outcome.card is None or outcome.event is None:
            self._refuse(request, outcome)
            return
        change = self._change(identity, outcome, outcome.card, outcome.event)
        self.stored[place] = StoredAnswer(identity.body_hash, change.answer)
        self.cards[identity.card_key] = outcome.card
        if outcome.letter_id:
            self.letters.add((identity.card_key, outcome.letter_id))
        self.changes.append(change)
        self.numbers.append(number)

    def decided(self, request: Request) -> Outcome:
        """Decide a request by what was loaded."""
        card = self.cards.get(request.identity.card_key)
        if card is None:
            return Outcome(Status.CARD_NOT_FOUND)
        if isinstance(request, EventRequest):
            return decide_event(request, self._case(request, card, letter_used=False))
        letter = request.letter
        used = letter is not None and (card.key, letter.id) in self.letters
        return decide(request, self._case(request, card, letter_used=used))

    def _case(self, request: Request, card: Card, *, letter_used: bool) -> Case:
        point_id = request.point_id
        point = self.office.directory.point(point_id) if point_id else None
        return Case(
            card,
            self.office.rulings.on(card.issuer, day_of(request.occurred_at)),
            self.received_at,
            self._due(card) if card.social.suspended or card.financial.suspended else None,
            point,
            point is not None or not point_id,
            letter_used,
        )

    def _due(self, card: Card) -> Due | None:
        today = day_of(self.received_at)
        dates = CardDates(card.made_on, card.applied_on, card.collected_on)
        return self.office.due(Clock.ACTIVATION, card.issuer, dates, today)

    def _change(self, identity: Identity, outcome: Outcome, card: Card, event: Event) -> Change:
        return Change(
            card,
            event,
            identity,
            encode_outcome(outcome),
            outcome.activations,
            outcome.letter_id,
            clock_rows(self.office, card, self.received_at, event.type),
            self.office.told(card.issuer, event),
        )

    def _refuse(self, request: Request, outcome: Outcome) -> None:
        channel = request.channel if isinstance(request, ActivationRequest) else request.type
        self.attempts.append(
            Attempt(request.identity, outcome.status, channel, self.received_at, request.point_id)
        )


def _repeated(request: Request, earlier: StoredAnswer) -> Answered:
    if earlier.body_hash != request.identity.body_hash:
        return Answered(Outcome(Status.KEY_REUSED))
    return Answered(decode_outcome(earlier.answer), replayed=True)


class _Kept(msgspec.Struct, frozen=True, gc=False):
    """The part of an outcome that a repeat is answered from."""

    status: Status
    applications: Mapping[Application, ApplicationOutcome]
    cites: tuple[SourceId, ...]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Kept)


def encode_outcome(outcome: Outcome) -> bytes:
    """Give the JSON that is stored as the answer of a request that succeeded."""
    return _encoder.encode(_Kept(outcome.status, outcome.applications, outcome.cites))


def decode_outcome(answer: bytes) -> Outcome:
    """Give the outcome that was stored; it changes nothing any more."""
    kept = _decoder.decode(answer)
    return Outcome(kept.status, kept.applications, (), kept.cites)
