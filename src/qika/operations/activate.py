"""Activate and record: load once, decide each request, commit once; losers are decided again."""

import asyncio
from collections import deque
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
    MEDICAL_INSURANCE,
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

PARTS, PART_MIN = 4, 128
"""Into how many parts a batch is split, and how many requests are worth a part of their own."""

Request: TypeAlias = ActivationRequest | EventRequest


class StoreBusyError(RuntimeError):
    """Requests lost the race for their card in every round; the sender may try again."""


class Answered(msgspec.Struct, frozen=True, gc=False):
    """An outcome as it is given to the sender; ``replayed`` if it was given before."""

    outcome: Outcome
    replayed: bool = False


async def perform(office: Office, requests: Sequence[Request]) -> list[Answered]:
    """Decide and carry out a batch of requests; answers in the order asked.

    A long batch goes in parts: while one is written, the next one is decided; the store gathers
    what waits. All requests of a card are in one part, in their order. If a part fails, others
    may have been carried out; whoever asks again under the same keys gets their answers.
    """
    answers: dict[int, Answered] = {}
    waiting = list(range(len(requests)))
    for _ in range(ROUNDS_MAX):
        parts = _parts(requests, waiting)
        waiting = sorted(await _carry_out(office, requests, parts, answers))
        if not waiting:
            return [answers[number] for number in range(len(requests))]
    raise StoreBusyError(f"{len(waiting)} requests lost the race {ROUNDS_MAX} times")


def _parts(requests: Sequence[Request], numbers: Sequence[int]) -> Sequence[Sequence[int]]:
    """Split a long batch; all requests of a card come into the part of the first one."""
    size = max(PART_MIN, -(-len(numbers) // PARTS))
    if len(numbers) <= size:
        return [numbers]
    parts: list[list[int]] = [[] for _ in range(0, len(numbers), size)]
    part_of: dict[bytes, list[int]] = {}
    for place, number in enumerate(numbers):
        key = requests[number].identity.card_key
        part_of.setdefault(key, parts[place // size]).append(number)
    return [part for part in parts if part]


async def _carry_out(
    office: Office,
    requests: Sequence[Request],
    parts: Sequence[Sequence[int]],
    answers: dict[int, Answered],
) -> set[int]:
    """Load, decide and commit each part; puts the answers down and gives who lost a race."""
    if len(parts) == 1:
        batch = await _decided(office, requests, parts[0])
        return batch.settle(await office.store.commit(batch.changes, batch.attempts), answers)
    again: set[int] = set()
    under_way: deque[tuple[_Batch, asyncio.Task[frozenset[int]]]] = deque()
    try:
        for numbers in parts:
            batch = await _decided(office, requests, numbers)
            commit = office.store.commit(batch.changes, batch.attempts)
            under_way.append((batch, asyncio.create_task(commit)))
            await asyncio.sleep(0)  # lets the commit begin
        while under_way:
            again |= await _settled(under_way, answers)
    finally:
        # only after a failure anything is left: nothing goes on behind the caller's back
        await asyncio.gather(*(commit for _, commit in under_way), return_exceptions=True)
    return again


async def _settled(
    under_way: "deque[tuple[_Batch, asyncio.Task[frozenset[int]]]]", answers: dict[int, Answered]
) -> set[int]:
    batch, commit = under_way.popleft()
    return batch.settle(await commit, answers)


async def _decided(office: Office, requests: Sequence[Request], numbers: Sequence[int]) -> "_Batch":
    received_at = office.clock()
    asks = [_ask(requests[number]) for number in numbers]
    batch = _Batch(office, await office.store.load(asks), received_at)
    for number in numbers:
        batch.take(number, requests[number])
    return batch


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

    def settle(self, lost: Collection[int], answers: dict[int, Answered]) -> set[int]:
        """Put the answers down, save those whose change lost a race; gives their numbers."""
        again = {self.numbers[position] for position in lost}
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
        outcome = self._decide(request)
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

    def _decide(self, request: Request) -> Outcome:
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
        tells = Application.SOCIAL in event.applications or event.undoes is not None
        return Change(
            card,
            event,
            identity,
            encode_outcome(outcome),
            outcome.activations,
            outcome.letter_id,
            clock_rows(self.office, card, self.received_at, event.type),
            (MEDICAL_INSURANCE,) if tells else (),
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
