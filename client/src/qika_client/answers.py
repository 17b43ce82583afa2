"""What the service answers, with types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]


class Status(StrEnum):
    """The statuses of a decision; a later service may know more: ``Outcome.status`` is a text."""

    KEY_REUSED = "key_reused"
    CARD_NOT_FOUND = "card_not_found"
    IN_FUTURE = "in_future"
    CANCELLED = "cancelled"
    NOT_COLLECTED = "not_collected"
    LOSS_REPORTED = "loss_reported"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    ALREADY_ACTIVE = "already_active"
    CHANNEL_NOT_OFFERED = "channel_not_offered"
    IDENTITY_NOT_PROVED = "identity_not_proved"
    WRONG_BANK = "wrong_bank"
    OUTSIDE_SCOPE = "outside_scope"
    DOCUMENTS_MISSING = "documents_missing"
    DOCUMENT_EXPIRED = "document_expired"
    LETTER_USED = "letter_used"
    TRANSITION_NOT_ALLOWED = "transition_not_allowed"
    ACTIVATED = "activated"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class ApplicationOutcome:
    """What became of one application of a card."""

    status: str
    state: str
    since: datetime | None
    usable_from: date | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision about one request."""

    request_key: str
    status: str
    message: str
    next_step: str
    applications: Mapping[str, ApplicationOutcome]
    missing: tuple[Json, ...]
    """Documents that were missing, as the service describes them."""
    source_ids: tuple[str, ...]
    replayed: bool
    """Whether it had been decided before, and this is the answer that was given then."""

    @property
    def activated(self) -> bool:
        """Tell whether an application was activated by this request, now or before."""
        return self.status == Status.ACTIVATED


@dataclass(frozen=True, slots=True)
class WrongField:
    """A wrong field of a call or of a line."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line of a stream was not decided."""

    line: int
    code: str
    message: str
    errors: tuple[WrongField, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one line of a stream: an outcome, or a problem."""

    number: int
    outcome: Outcome | None
    problem: LineProblem | None


@dataclass(frozen=True, slots=True)
class Stream:
    """How a stream stands."""

    id: str
    state: str
    """``storing``, ``waiting``, ``working``, ``done`` or ``failed``."""
    rows: int
    rows_read: int
    outcomes: Mapping[str, int]
    problems: int
    first_problems: tuple[LineProblem, ...]
    kept_until: datetime | None
    location: str = field(repr=False, default="")

    @property
    def ended(self) -> bool:
        """Tell whether nothing will change any more."""
        return self.state in {"done", "failed"}


def outcome_of(said: Json) -> Outcome:
    """Read an outcome."""
    return Outcome(
        request_key=said["request_key"],
        status=said["status"],
        message=said["message"],
        next_step=said["next_step"],
        applications={name: _application(one) for name, one in said["applications"].items()},
        missing=tuple(said["missing"]),
        source_ids=tuple(said["source_ids"]),
        replayed=said["replayed"],
    )


def stream_of(said: Json) -> Stream:
    """Read how a stream stands."""
    return Stream(
        id=said["id"],
        state=said["state"],
        rows=said["rows"],
        rows_read=said["rows_read"],
        outcomes=said["outcomes"],
        problems=said["problems"],
        first_problems=tuple(_problem(one) for one in said["first_problems"]),
        kept_until=_moment(said["kept_until"]),
        location=said["location"],
    )


def line_of(said: Json) -> Line:
    """Read a line of results."""
    outcome, problem = said["outcome"], said["problem"]
    return Line(
        said["line"],
        outcome_of(outcome) if outcome else None,
        _problem(problem) if problem else None,
    )


def wrong_fields(said: Json) -> tuple[WrongField, ...]:
    """Read the wrong fields of a problem."""
    errors = said.get("errors", ())
    return tuple(WrongField(one["field"], one["code"], one["message"]) for one in errors)


def _application(said: Json) -> ApplicationOutcome:
    day = said["usable_from"]
    return ApplicationOutcome(
        said["status"],
        said["state"],
        _moment(said["since"]),
        date.fromisoformat(day) if day else None,
    )


def _problem(said: Json) -> LineProblem:
    return LineProblem(said["line"], said["code"], said["message"], wrong_fields(said))


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None
