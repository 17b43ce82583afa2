"""What operations need of the world: a store, an identity provider, a clock; others implement."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct, field

from qika.activation.request import Identity
from qika.cards.card import Card
from qika.cards.events import Event
from qika.points.hours import Schedule
from qika.points.point import ServicePoint
from qika.terms.names import (
    Application,
    BankCode,
    CardNumber,
    ChannelCode,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
)


class Ask(Struct, frozen=True, gc=False):
    """What one request needs loaded: its card, an earlier answer, whether its letter was used."""

    identity: Identity
    letter_id: str | None = None


class StoredAnswer(Struct, frozen=True, gc=False):
    """The answer kept for a request that succeeded; a repeat gets it again."""

    body_hash: bytes
    answer: bytes
    """JSON of the outcome, without words for people."""


class Loaded(Struct, frozen=True, gc=False):
    """The result of one read for a whole batch."""

    cards: Mapping[bytes, Card] = field(default_factory=dict[bytes, Card])
    answers: Mapping[tuple[bytes, str, str], StoredAnswer] = field(
        default_factory=dict[tuple[bytes, str, str], StoredAnswer]
    )
    """By (card key, sender, request key)."""
    letters_used: frozenset[tuple[bytes, str]] = frozenset()
    """(card key, letter id) of letters that were used."""


class ClockRow(Struct, frozen=True, gc=False):
    """A hint when a clock falls due; the pure function decides again when it is swept."""

    clock: str
    cycle: int
    due_on: date | None
    """None closes the clock."""


class Change(Struct, frozen=True, gc=False):
    """One success to be written: the card's next version and everything that goes with it.

    Written in one transaction: the card (only if the stored version is ``card.version - 1``),
    the event, an activation row per application and cycle, the request's answer, the letter's
    use, the clocks, and one outbox row per destination.
    """

    card: Card
    event: Event
    identity: Identity | None = None
    answer: bytes = b""
    activations: tuple[tuple[Application, int], ...] = ()
    letter_id: str | None = None
    clocks: tuple[ClockRow, ...] = ()
    destinations: tuple[str, ...] = ()


class Attempt(Struct, frozen=True, gc=False):
    """A refusal, kept for audit and for the clerk with bounded retention."""

    identity: Identity
    status: str
    channel: str
    received_at: datetime
    point: PointId | None = None


class NewCard(Struct, frozen=True, gc=False):
    """A card as an import brings it; names and numbers are encrypted by the store's vault."""

    card: Card
    card_number: CardNumber
    card_identifier: str
    social_security_number: str
    name: str
    generation: str
    clocks: tuple[ClockRow, ...] = ()


class CardFile(Struct, frozen=True, gc=False):
    """Everything about one card for its holder or a clerk."""

    card: Card
    history: tuple[Event, ...]
    acknowledged: Mapping[int, datetime | None]
    """Sequence of each event told to the medical insurance side, to when it acknowledged."""


class DueCard(Struct, frozen=True, gc=False):
    """A card whose clock row fell due."""

    card: Card
    clock: ClockRow


class Pending(Struct, frozen=True, gc=False):
    """An outbox row: an event of a card on its way to a destination."""

    card_key: bytes
    sequence: int
    destination: str
    event: Event
    issuer: IssuerCode
    tries: int
    next_at: datetime
    failing_since: datetime | None = None
    """When it was tried first in vain."""


class Store(Protocol):
    """Cards and their histories. One ``load`` and one ``commit`` per batch."""

    async def load(self, asks: Sequence[Ask]) -> Loaded:
        """Read everything a batch needs, in one read."""
        ...

    async def commit(
        self, changes: Sequence[Change], attempts: Sequence[Attempt] = ()
    ) -> frozenset[int]:
        """Write a batch in one transaction, flushed to disk before it returns.

        Gives the positions in ``changes`` that lost a race (another writer changed the card
        first); nothing of those is written. A card may stand in a batch several times, with
        consecutive versions; if one loses, its later ones lose too.
        """
        ...

    async def due(
        self, on: date, after: tuple[date, bytes] | None, limit: int
    ) -> Sequence[DueCard]:
        """Give cards with a clock due before ``on``, ordered by (due day, key), after a place."""
        ...

    async def add_cards(self, cards: Sequence[NewCard], *, received_at: datetime) -> Sequence[str]:
        """Add or update cards in one transaction: ``added``, ``updated`` or ``unchanged`` each."""
        ...

    async def put_clocks(self, rows: Sequence[tuple[bytes, ClockRow]]) -> None:
        """Set clocks of cards in one transaction; a row without a day closes its clock."""
        ...

    async def close_clocks(self, rows: Sequence[tuple[Card, ClockRow]]) -> None:
        """Close clocks, but of no card that was changed since it was read."""
        ...

    async def card_file(self, key: bytes) -> CardFile | None:
        """Give a card with its history; None if it is unknown."""
        ...

    async def holder_matches(self, key: bytes, *, name: str = "", number: str = "") -> bool:
        """Tell whether a card belongs to that name or that social security number."""
        ...

    async def key_of_identifier(self, card_identifier: str) -> bytes | None:
        """Find a card by the 32 hexadecimal digits of its chip."""
        ...

    async def pending(self, destination: str, limit: int, now: datetime) -> Sequence[Pending]:
        """Give outbox rows due for sending, oldest first; of each card the earliest that waits.

        A later event of a card is not given, even if it is due, while an earlier one waits.
        """
        ...

    async def acknowledge(self, rows: Sequence[Pending], at: datetime) -> None:
        """Mark outbox rows as acknowledged by their destination."""
        ...

    async def postpone(
        self, rows: Sequence[Pending], until: Sequence[datetime], at: datetime
    ) -> None:
        """Count a try that failed ``at``, and set the next one of each row."""
        ...

    async def give_up(self, rows: Sequence[Pending], at: datetime) -> None:
        """Take rows off the outbox that nobody took, and keep which ones."""
        ...

    def histories(self, batch: int) -> AsyncIterator[Sequence[tuple[Card, Sequence[Event]]]]:
        """Walk all cards with their histories, for the audit."""
        ...


class Keys(Protocol):
    """Computes card keys; the only holder of the permanent index key."""

    def card_key(self, issuer: IssuerCode, number: CardNumber) -> bytes:
        """Give the 16-byte key of a card."""
        ...

    def pseudonym(self, purpose: str, text: bytes) -> bytes:
        """Give 16 bytes that stand for a text for ever, and tell nobody what it is."""
        ...


class PointSearch(Struct, frozen=True, gc=False):
    """Which points are wanted. Every None or empty part leaves that side open.

    ``chain`` is the issuer chain of the card that the point must serve, nearest first;
    ``region`` is where the point itself must lie.
    """

    channel: ChannelCode | None = None
    application: Application | None = None
    card_bank: BankCode | None = None
    chain: tuple[IssuerCode, ...] = ()
    kind: PointKind | None = None
    region: RegionCode | None = None


class PointHit(Struct, frozen=True, gc=False):
    """A point that was found, and how far it is; None without a place to measure from."""

    point: ServicePoint
    distance_m: float | None
    place: str
    """Where this hit stands in the order; give it back to go on after it."""
    rank: tuple[float, int]
    """The same to compare by: one order for every search from the same place."""


class Directory(Protocol):
    """The service points, by id and by nearness."""

    def __len__(self) -> int:
        """Count the points."""
        ...

    def stretch(self, start: int, limit: int) -> Sequence[ServicePoint]:
        """Give points in order of region, name and id, from a place (0 is the first) on."""
        ...

    def with_sum(self, total: int) -> Sequence[ServicePoint]:
        """Give the points whose ids have this CRC-32: usually one, or none."""
        ...

    def point(self, point_id: PointId) -> ServicePoint | None:
        """Give a point; None if the directory does not have it."""
        ...

    def schedule(self, point_id: PointId) -> Schedule | None:
        """Give the opening hours of a point; None if they are not known."""
        ...

    def nearest(
        self,
        lat: float,
        lon: float,
        search: PointSearch,
        *,
        open_at: datetime | None,
        after: str | None,
        limit: int,
    ) -> Sequence[PointHit]:
        """Give points in exact order of distance from a WGS-84 place."""
        ...

    def listed(
        self, search: PointSearch, *, open_at: datetime | None, after: str | None, limit: int
    ) -> Sequence[PointHit]:
        """Give points by region and name, where no place is known."""
        ...


class IdentityProvider(Protocol):
    """Verifies the assertion of an online channel about a person."""

    def verify(
        self, proof: Mapping[str, object], channel: ChannelCode, card_key: bytes, at: datetime
    ) -> bool:
        """Tell whether the assertion is genuine, fresh, and speaks of this card's holder."""
        ...


MEDICAL_INSURANCE = "medical_insurance"
"""The destination that is told of every change of the social application, from the first day."""


class Edition(Struct, frozen=True, gc=False):
    """An immutable edition of the rulebook: its texts, and who had adopted their rules then."""

    edition: str
    texts: Mapping[str, str]
    adopted: frozenset[IssuerCode]
    put_by: str
    in_force_from: datetime


class Archive(Protocol):
    """What changes rarely: editions of the rulebook, service points, import jobs, sweep runs."""

    async def current_edition(self) -> Edition | None:
        """Give the edition in force, the one put last; None in a new database."""
        ...

    async def put_edition(self, edition: Edition) -> None:
        """Keep an edition for ever and put it in force."""
        ...

    async def points(self) -> Sequence[ServicePoint]:
        """Give every service point."""
        ...

    async def put_points(self, points: Sequence[ServicePoint], /) -> Sequence[str]:
        """Add or update points: per point ``added``, ``updated`` or ``unchanged``."""
        ...

    async def points_version(self) -> str:
        """Name the state of the set of points, so that an index knows whether it is of it.

        Empty before the first point. No two writes give the same name, not even one here and one
        in a copy of the database that was restored.
        """
        ...

    async def has_open_job(self, kind: str) -> bool:
        """Tell whether a job of a kind was begun and is not finished; it may have been cut off."""
        ...

    async def job_rows_done(self, job: str) -> int:
        """Give how many rows of a job (named by kind and content hash) were committed; 0 if new."""
        ...

    async def job_progress(self, job: str, rows_done: int, *, finished: bool) -> None:
        """Keep how far a job has come."""
        ...

    async def sweep_place(self, on: date) -> tuple[date, bytes] | None:
        """Give where the sweep of that day stopped; None before its start."""
        ...

    async def sweep_progress(
        self,
        on: date,
        place: tuple[date, bytes] | None,
        tally: Mapping[str, int],
        *,
        finished: bool,
    ) -> None:
        """Keep where the sweep of that day is and what it has counted."""
        ...

    async def sweep_tally(self, on: date) -> Mapping[str, int]:
        """Give what the sweep of that day has counted so far; empty before its start."""
        ...
