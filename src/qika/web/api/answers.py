"""What callers get: the structs behind every answer, by the names of the API."""

from datetime import date, datetime

from msgspec import Struct

from qika.activation.status import Status
from qika.cards.events import EventType, Loss
from qika.inquiry.plan import Notice
from qika.operations.streams.stream import StreamState
from qika.points.hours import Openness
from qika.rulebook.model import Clock, ClockStart, Consequence, Duty, WayBack
from qika.terms.names import Application, Basis, LossReason, PointKind, State, Who
from qika.web.problems import FieldError, ProblemCode


class NamedCode(Struct, frozen=True):
    """A code with its name."""

    code: str
    name: str


class RegionAnswer(Struct, frozen=True):
    """A region, with the divisions it lies in from the province down."""

    code: str
    name: str
    path: list[NamedCode]


class NoticeAnswer(Struct, frozen=True):
    """A remark at the top of a plan."""

    code: Notice
    text: str


class AuthorityAnswer(Struct, frozen=True):
    """Who is responsible, where to ask, and by which article."""

    name: str
    hotline: str
    responsible_for: str


class SourceAnswer(Struct, frozen=True):
    """Where a value comes from. ``confidence``: A official to K general knowledge."""

    id: str
    title: str
    article: str
    url: str
    dated: str
    confidence: str


class ConsequenceAnswer(Struct, frozen=True):
    """What follows when the day has passed."""

    code: Consequence
    text: str


class WayBackAnswer(Struct, frozen=True):
    """One step of the way back, in order."""

    code: WayBack
    text: str


class DeadlineAnswer(Struct, frozen=True, kw_only=True):
    """A term: what must be done by when, what follows, and the way back."""

    clock: Clock
    application: Duty
    affects: Application | None
    basis: Basis
    basis_text: str
    due_on: date | None
    reference_due_on: date | None
    days_left: int | None
    counted_from: date | None
    counted_to: date | None
    """Where the counting ends, before the day moves to a working day."""
    counting: str
    start: ClockStart
    days: int | None
    months: int | None
    working_days: int | None
    moves_to_working_day: bool
    provisional: bool
    done: bool
    """True for a card whose duty has been done; always false in a plan."""
    consequence: ConsequenceAnswer
    way_back: list[WayBackAnswer]
    note: str | None
    since: date | None
    grade: str
    source_ids: list[str]


class DocumentAnswer(Struct, frozen=True, kw_only=True, rename={"of": "for"}):
    """One thing to bring; any one of ``any_of`` will do where it is not empty."""

    code: str
    name: str
    of: Who
    any_of: list[str]
    any_of_names: list[str]
    only_if: str | None
    original: bool
    copies: int


class OpenAnswer(Struct, frozen=True):
    """Whether a point is open, until when, and when it opens next."""

    state: Openness
    until: datetime | None
    next_opening: datetime | None


class SpanAnswer(Struct, frozen=True):
    """Opening hours ``HH:MM``; ``closes`` past 24:00 is on the next day (26:00 is 02:00)."""

    opens: str
    closes: str


class DayAnswer(Struct, frozen=True):
    """The hours of one day: null unknown, empty closed."""

    date: date
    spans: list[SpanAnswer] | None


class PlaceAnswer(Struct, frozen=True):
    """Where a point is, in WGS-84 degrees; ``given_crs`` is the system of its source."""

    lat: float
    lon: float
    crs: str
    given_crs: str


class CapabilityAnswer(Struct, frozen=True):
    """One thing a point does; empty lists mean any bank's or any issuer's card."""

    channel: str
    applications: list[Application]
    card_banks: list[str]
    regions: list[str]
    source: str
    confirmed_on: date | None


class PointAnswer(Struct, frozen=True, kw_only=True):
    """A service point."""

    id: str
    name: str
    kind: PointKind
    region: str
    distance_m: float | None
    open: OpenAnswer
    next_seven_days: list[DayAnswer]
    address: str
    landmark: str
    phone: str
    coordinates: PlaceAnswer | None
    capabilities: list[CapabilityAnswer]
    example: bool


class OptionAnswer(Struct, frozen=True, kw_only=True):
    """A channel: offered or not and why, what to bring, what to do, where."""

    channel: str
    name: str
    applications: list[Application]
    offered: bool
    reason: Status | None
    reason_text: str | None
    basis: Basis | None
    since: date | None
    documents: list[DocumentAnswer]
    steps: list[str]
    usable_from: date | None
    usable_from_each: dict[str, date]
    """By application; ``usable_from`` is the latest of them."""
    points: list[PointAnswer]
    remarks: list[str]
    source_ids: list[str]


class RuleAnswer(Struct, frozen=True, kw_only=True):
    """A value in force: of which parameter, for what, since when, how sure, from where."""

    parameter: str
    name: str
    value: bool | int | str | list[str]
    text: str
    applies_to: dict[str, str]
    basis: Basis
    since: date | None
    grade: str
    note: str | None
    source_ids: list[str]


class NoteAnswer(Struct, frozen=True):
    """A sourced remark."""

    topic: str
    text: str
    grade: str
    source_ids: list[str]


class PlanAnswer(Struct, frozen=True, kw_only=True):
    """Where, how, by when, what to bring, and on what grounds."""

    region: RegionAnswer
    renamed_from: str | None
    rule_version: str
    as_of: date
    fictitious: bool
    notices: list[NoticeAnswer]
    authority: AuthorityAnswer
    deadlines: list[DeadlineAnswer]
    options: list[OptionAnswer]
    sources: list[SourceAnswer]
    rules: list[RuleAnswer]
    notes: list[NoteAnswer]


class CandidatesAnswer(Struct, frozen=True):
    """Several divisions fit the text; ask again with one of the codes."""

    candidates: list[RegionAnswer]


class NotCoveredAnswer(Struct, frozen=True, kw_only=True):
    """A region in which the mainland's social security cards are not issued."""

    not_covered: bool
    region: RegionAnswer
    authority: AuthorityAnswer


class PointsAnswer(Struct, frozen=True, kw_only=True):
    """One page of service points; ``candidates`` where the region text fits several."""

    items: list[PointAnswer]
    next_cursor: str | None
    candidates: list[RegionAnswer] = []


class ApplicationAnswer(Struct, frozen=True):
    """What became of one application."""

    status: Status
    state: State
    since: datetime | None
    usable_from: date | None


class OutcomeAnswer(Struct, frozen=True, kw_only=True):
    """A decision on one request."""

    request_key: str
    status: Status
    message: str
    next_step: str
    applications: dict[str, ApplicationAnswer]
    missing: list[DocumentAnswer]
    source_ids: list[str]
    replayed: bool


class OutcomesAnswer(Struct, frozen=True):
    """Decisions in the order asked."""

    outcomes: list[OutcomeAnswer]


class HeldApplication(Struct, frozen=True):
    """One application of a card as it stands."""

    state: State
    reason: LossReason | None
    since: datetime | None
    usable_from: date | None
    text: str


class EventAnswer(Struct, frozen=True, kw_only=True):
    """One line of a card's history; ``acknowledged_at``: when the insurer confirmed it."""

    sequence: int
    type: EventType
    text: str
    applications: list[Application]
    occurred_at: datetime
    received_at: datetime
    channel: str | None
    point_id: str | None
    loss: Loss | None
    reason: LossReason | None
    undoes: int | None
    acknowledged_at: datetime | None


class CardStatusAnswer(Struct, frozen=True, kw_only=True):
    """A card as it stands; ``found`` false also where the holder does not match."""

    found: bool
    message: str
    next_step: str
    applications: dict[str, HeldApplication]
    deadlines: list[DeadlineAnswer]
    history: list[EventAnswer]


class HealthAnswer(Struct, frozen=True):
    """This process lives, or may be sent work."""

    status: str
    version: str


class SignatureCheckAnswer(Struct, frozen=True, kw_only=True):
    """What this installation makes of a signature; nothing is done and no nonce is spent."""

    accepted: bool
    code: str | None
    """What is wrong with it, as in ``errors[].code``; null if it is right."""
    message: str
    partner: str | None
    signature_base: str | None
    """The text that must have been signed, line by line; null if it could not be built."""


class LineProblemAnswer(Struct, frozen=True, kw_only=True):
    """Why a line of a stream was not decided."""

    line: int
    """Counted from 1."""
    code: ProblemCode
    message: str
    errors: list[FieldError]


class StreamAnswer(Struct, frozen=True, kw_only=True):
    """How a stream of activations stands."""

    id: str
    location: str
    """Where this answer is given again."""
    state: StreamState
    received_at: datetime
    ended_at: datetime | None
    kept_until: datetime | None
    """When it is forgotten, and its results with it."""
    rows: int
    rows_read: int
    outcomes: dict[str, int]
    """Rows that were decided, by status."""
    problems: int
    """Rows that were not."""
    first_problems: list[LineProblemAnswer]
    """The first hundred of them; the results have all."""
    results: str | None
    """Where the results are, once it is done."""


class StreamLine(Struct, frozen=True, kw_only=True):
    """One line of the results: what became of that line of the stream."""

    line: int
    outcome: OutcomeAnswer | None = None
    problem: LineProblemAnswer | None = None
