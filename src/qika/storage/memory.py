"""A store in memory, for tests and trials: the same contract, nothing kept."""

import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter

from msgspec.structs import replace

from qika.cards.card import Card
from qika.cards.events import Event, EventType
from qika.operations.ports import (
    MEDICAL_INSURANCE,
    Ask,
    Attempt,
    CardFile,
    Change,
    ClockRow,
    DueCard,
    Edition,
    Loaded,
    NewCard,
    StoredAnswer,
)
from qika.points.point import ServicePoint
from qika.storage.chain import facts, link
from qika.storage.importing import ADDED, UNCHANGED, UPDATED, KnownCard, merged, moved_clocks
from qika.storage.memory_listeners import MemoryListeners
from qika.storage.memory_outbox import MemoryOutbox
from qika.storage.memory_partners import MemoryPartners
from qika.storage.memory_reports import MemoryReports
from qika.storage.memory_streams import MemoryStreams
from qika.storage.point_rows import new_mark
from qika.storage.seals import Seal
from qika.storage.vault import normal_number
from qika.terms.names import Application, CardNumber, IssuerCode, PointId


class MemoryKeys:
    """Card keys under a key given by the caller."""

    def __init__(self, key: bytes = b"for trials only") -> None:
        """Take the index key."""
        self._key = key

    def card_key(self, issuer: IssuerCode, number: CardNumber) -> bytes:
        """Give the 16-byte key of a card."""
        text = f"{issuer}\0{normal_number(number)}"
        return hmac.digest(self._key, text.encode(), "sha256")[:16]

    def pseudonym(self, purpose: str, text: bytes) -> bytes:
        """Give 16 bytes that stand for a text."""
        return hmac.digest(self._key, f"\0{purpose}\0".encode() + text, "sha256")[:16]


@dataclass(slots=True)
class _Kept:
    """Everything about one card."""

    known: KnownCard
    events: list[Event] = field(default_factory=list[Event])
    answers: dict[tuple[str, str], StoredAnswer] = field(
        default_factory=dict[tuple[str, str], StoredAnswer]
    )
    activations: set[tuple[Application, int]] = field(default_factory=set[tuple[Application, int]])
    letters: set[str] = field(default_factory=set[str])
    clocks: dict[tuple[str, int], date | None] = field(
        default_factory=dict[tuple[str, int], date | None]
    )


class MemoryStore(MemoryOutbox, MemoryListeners, MemoryPartners, MemoryReports):
    """Implements ``Store`` and ``Archive``; belongs to one event loop."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.streams = MemoryStreams()
        self._cards: dict[bytes, _Kept] = {}
        self._attempts: list[Attempt] = []
        self._editions: list[Edition] = []
        self._points: dict[PointId, ServicePoint] = {}
        self._points_version = ""
        self._jobs: dict[str, int] = {}
        self._seals: dict[date, Seal] = {}
        self._open_jobs: set[str] = set()
        self._sweeps: dict[date, tuple[tuple[date, bytes] | None, Mapping[str, int]]] = {}

    async def load(self, asks: Sequence[Ask]) -> Loaded:
        """Give what a batch needs."""
        cards: dict[bytes, Card] = {}
        answers: dict[tuple[bytes, str, str], StoredAnswer] = {}
        letters: set[tuple[bytes, str]] = set()
        for ask in asks:
            key, sender = ask.identity.card_key, ask.identity.sender
            kept = self._cards.get(key)
            if kept is None:
                continue
            cards[key] = kept.known.card
            answer = kept.answers.get((sender, ask.identity.request_key))
            if answer is not None:
                answers[key, sender, ask.identity.request_key] = answer
            if ask.letter_id in kept.letters:
                letters.add((key, ask.letter_id))
        return Loaded(cards, answers, frozenset(letters))

    async def commit(
        self, changes: Sequence[Change], attempts: Sequence[Attempt] = ()
    ) -> frozenset[int]:
        """Write the changes that come in time; gives the positions of the others."""
        self._attempts.extend(attempts)
        lost: set[int] = set()
        late: set[bytes] = set()
        for position, change in enumerate(changes):
            if change.card.key in late or not self._write(change):
                lost.add(position)
                late.add(change.card.key)
        return frozenset(lost)

    def _write(self, change: Change) -> bool:
        kept, card = self._cards.get(change.card.key), change.card
        if kept is None or self._late(kept, change):
            return False
        chain = link(kept.known.card.chain, facts(card.key, change.event))
        taken = replace(kept.known.card, social=card.social, financial=card.financial)
        if change.event.type is EventType.COLLECTED and card.collected_on:
            taken = replace(taken, collected_on=card.collected_on)
        kept.known = replace(kept.known, card=replace(taken, version=card.version, chain=chain))
        kept.events.append(change.event)
        kept.activations.update(change.activations)
        if change.letter_id is not None:
            kept.letters.add(change.letter_id)
        if change.identity is not None:
            place = (change.identity.sender, change.identity.request_key)
            kept.answers[place] = StoredAnswer(change.identity.body_hash, change.answer)
        for row in change.clocks:
            if row.due_on is not None or (row.clock, row.cycle) in kept.clocks:
                kept.clocks[row.clock, row.cycle] = row.due_on
        for destination in change.destinations:
            self._send(card, change.event, destination, change.event.received_at)
        return True

    def _late(self, kept: _Kept, change: Change) -> bool:
        identity = change.identity
        answered = (identity.sender, identity.request_key) if identity else None
        return (
            kept.known.card.version != change.card.version - 1
            or not kept.activations.isdisjoint(change.activations)
            or change.letter_id in kept.letters
            or answered in kept.answers
        )

    async def due(
        self, on: date, after: tuple[date, bytes] | None, limit: int
    ) -> Sequence[DueCard]:
        """Give a page of due clocks; all clocks of a card and day on one page."""
        rows = sorted(
            (due_on, key, clock, cycle)
            for key, kept in self._cards.items()
            for (clock, cycle), due_on in kept.clocks.items()
            if due_on is not None and due_on < on and (after is None or (due_on, key) > after)
        )
        end = min(limit, len(rows))
        while 0 < end < len(rows) and rows[end][:2] == rows[end - 1][:2]:
            end += 1
        return [
            DueCard(self._cards[key].known.card, ClockRow(clock, cycle, due_on))
            for due_on, key, clock, cycle in rows[:end]
        ]

    async def add_cards(self, cards: Sequence[NewCard], *, received_at: datetime) -> Sequence[str]:
        """Add or update cards by the rule of ``importing``."""
        del received_at
        return [self._add(new) for new in cards]

    def _add(self, new: NewCard) -> str:
        kept = self._cards.get(new.card.key)
        after = merged(new, kept.known if kept else None)
        if kept is not None and kept.known == after:
            return UNCHANGED
        word = ADDED if kept is None else UPDATED
        kept = self._cards.setdefault(new.card.key, _Kept(after))
        kept.known = after
        for row in moved_clocks(new, after.card):
            place = (row.clock, row.cycle)
            if not after.card.version or kept.clocks.get(place) is not None:
                kept.clocks[place] = row.due_on
        return word

    async def put_clocks(self, rows: Sequence[tuple[bytes, ClockRow]]) -> None:
        """Set clocks of cards."""
        for key, row in rows:
            self._cards[key].clocks[row.clock, row.cycle] = row.due_on

    async def close_clocks(self, rows: Sequence[tuple[Card, ClockRow]]) -> None:
        """Close clocks of cards that are as they were read."""
        for card, row in rows:
            kept = self._cards[card.key]
            if kept.known.card.version == card.version:
                kept.clocks[row.clock, row.cycle] = None

    async def card_file(self, key: bytes) -> CardFile | None:
        """Give a card with its history."""
        kept = self._cards.get(key)
        if kept is None:
            return None
        return CardFile(kept.known.card, tuple(kept.events), self._told(key, MEDICAL_INSURANCE))

    async def holder_matches(self, key: bytes, *, name: str = "", number: str = "") -> bool:
        """Tell whether everything given of name and number is the holder's."""
        kept = self._cards.get(key)
        return kept is not None and kept.known.holder.is_of(name, number)

    async def card_number(self, key: bytes) -> str | None:
        """Give the number on the face of a card."""
        kept = self._cards.get(key)
        return kept.known.holder.card_number if kept else None

    async def key_of_identifier(self, card_identifier: str) -> bytes | None:
        """Find a card by the digits of its chip; None if two cards claim them."""
        wanted = normal_number(card_identifier)
        found = [
            key
            for key, kept in self._cards.items()
            if wanted and kept.known.holder.card_identifier == wanted
        ]
        return found[0] if len(found) == 1 else None

    async def keys_of_number(self, social_security_number: str) -> Sequence[bytes]:
        """Find the cards of a social security number."""
        wanted = normal_number(social_security_number)
        return sorted(
            key
            for key, kept in self._cards.items()
            if wanted and kept.known.holder.social_security_number == wanted
        )

    async def identifiers(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """Give the card identification codes of cards."""
        held = {key: self._cards[key].known.holder for key in keys if key in self._cards}
        return {key: holder.card_identifier for key, holder in held.items()}

    async def queue(
        self, places: Sequence[tuple[bytes, int]], destination: str, at: datetime
    ) -> int:
        """Put events into the outbox again."""
        return sum(
            self._send(kept.known.card, kept.events[sequence - 1], destination, at)
            for key, sequence in places
            if (kept := self._cards.get(key)) is not None and sequence <= len(kept.events)
        )

    async def histories(
        self, batch: int, after: bytes = b""
    ) -> AsyncIterator[Sequence[tuple[Card, Sequence[Event]]]]:
        """Walk all cards after a key in order of their keys."""
        keys = sorted(key for key in self._cards if key > after)
        for start in range(0, len(keys), batch):
            page = [self._cards[key] for key in keys[start : start + batch]]
            yield [(kept.known.card, tuple(kept.events)) for kept in page]

    async def delete_attempts(self, before: datetime, limit: int = 10_000) -> int:
        """Delete the oldest attempts received before a moment."""
        old = [attempt for attempt in self._attempts if attempt.received_at < before]
        old.sort(key=attrgetter("received_at"))
        for attempt in old[:limit]:
            self._attempts.remove(attempt)
        return len(old[:limit])

    async def current_edition(self) -> Edition | None:
        """Give the edition put last."""
        return self._editions[-1] if self._editions else None

    async def put_edition(self, edition: Edition) -> None:
        """Keep an edition and put it in force."""
        self._editions.append(edition)

    async def points(self) -> Sequence[ServicePoint]:
        """Give every point, by id."""
        return [self._points[point_id] for point_id in sorted(self._points)]

    async def put_points(self, points: Sequence[ServicePoint]) -> Sequence[str]:
        """Add or update points."""
        words: list[str] = []
        for point in points:
            before = self._points.get(point.id)
            words.append(ADDED if before is None else UNCHANGED if before == point else UPDATED)
            self._points[point.id] = point
        if set(words) - {UNCHANGED}:
            self._points_version = new_mark()
        return words

    async def points_version(self) -> str:
        """Name the write that the points are of."""
        return self._points_version

    async def seals(self) -> Sequence[Seal]:
        """Give every seal in the order of the days."""
        return [self._seals[day] for day in sorted(self._seals)]

    async def put_seal(self, seal: Seal) -> None:
        """Keep a seal for ever."""
        self._seals.setdefault(seal.on, seal)

    async def has_open_job(self, kind: str) -> bool:
        """Tell whether a job of a kind was begun and not finished."""
        return any(job.startswith(f"{kind}:") for job in self._open_jobs)

    async def job_rows_done(self, job: str) -> int:
        """Give how many rows of a job were committed."""
        return self._jobs.get(job, 0)

    async def job_progress(self, job: str, rows_done: int, *, finished: bool) -> None:
        """Keep how far a job has come."""
        self._jobs[job] = rows_done
        (self._open_jobs.discard if finished else self._open_jobs.add)(job)

    async def sweep_place(self, on: date) -> tuple[date, bytes] | None:
        """Give where the sweep of that day stopped."""
        return self._sweeps.get(on, (None, {}))[0]

    async def sweep_progress(
        self,
        on: date,
        place: tuple[date, bytes] | None,
        tally: Mapping[str, int],
        *,
        finished: bool,
    ) -> None:
        """Keep where the sweep of that day is."""
        del finished
        self._sweeps[on] = (place, dict(tally))

    async def sweep_tally(self, on: date) -> Mapping[str, int]:
        """Give what the sweep of that day has counted."""
        return self._sweeps.get(on, (None, {}))[1]
