"""What callers send: the structs behind every request body and query string."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from qika.cards.events import Loss
from qika.inquiry.question import Collected
from qika.terms.names import Application, PointKind, Use, Who
from qika.web.problems import Form
from qika.web.site import Crs

BATCH_MAX = 1_000
"""Requests in one call."""

PRESENTED_MAX = 40
"""Documents on one counter."""


class Wanted(StrEnum):
    """Which applications a person wants to activate."""

    SOCIAL = "social"
    FINANCIAL = "financial"
    BOTH = "both"


class RecordedType(StrEnum):
    """Events that a sender may record; activations and passed deadlines have their own ways."""

    COLLECTED = "collected"
    LOSS_REPORTED = "loss_reported"
    LOSS_RELEASED = "loss_released"
    REISSUED = "reissued"
    EXCHANGED = "exchanged"
    CANCELLED = "cancelled"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    ACTIVATION_REVERSED = "activation_reversed"


PLAIN = r"^[^\x00-\x1f\x7f]*$(?!\n)"
"""No control characters: a store cannot hold all of them, and nobody can see them. To Python, but
not to JSON Schema, ``$`` also stands before a last line break."""

Text = Annotated[
    str, Meta(min_length=1, max_length=80, pattern=PLAIN, description=Form.PLAIN.value)
]
Key = Annotated[
    str, Meta(min_length=1, max_length=128, pattern=PLAIN, description=Form.PLAIN.value)
]
Code = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)", description=Form.CODE.value),
]
Number = Annotated[
    str, Meta(min_length=1, max_length=32, pattern=PLAIN, description=Form.PLAIN.value)
]
PointRef = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=PLAIN, description=Form.PLAIN.value)
]
Written = Annotated[str, Meta(max_length=64, pattern=PLAIN, description=Form.PLAIN.value)]
PaperNumber = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=PLAIN, description=Form.PLAIN.value)
]
Moment = Annotated[datetime, Meta(tz=True)]
DayOrMonth = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$(?!\n)", description="YYYY-MM-DD, YYYY-MM"),
]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """Coordinates in degrees."""

    lat: Latitude
    lon: Longitude
    crs: Crs = Crs.WGS84


class PlanRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question: where, how, by when? Only ``region`` is required.

    ``near`` is a place, or ``lat,lon`` in ``near_crs``, or a region's name or code.
    """

    region: Text
    collected_on: DayOrMonth | None = None
    collected: Collected | None = None
    made_on: DayOrMonth | None = None
    applied_on: DayOrMonth | None = None
    card_bank: Text | None = None
    application: Wanted = Wanted.BOTH
    who: Who = Who.HOLDER
    near: Place | Text | None = None
    near_crs: Crs = Crs.WGS84
    on: date | None = None


class PlanQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same question as a query string."""

    region: Text
    collected_on: DayOrMonth | None = None
    collected: Collected | None = None
    made_on: DayOrMonth | None = None
    applied_on: DayOrMonth | None = None
    card_bank: Text | None = None
    application: Wanted = Wanted.BOTH
    who: Who = Who.HOLDER
    near: Text | None = None
    near_crs: Crs = Crs.WGS84
    on: date | None = None


class PointsQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A search for service points around a place, or in a region."""

    lat: Latitude | None = None
    lon: Longitude | None = None
    crs: Crs = Crs.WGS84
    region: Text | None = None
    channel: Code | None = None
    application: Application | None = None
    card_bank: Text | None = None
    kind: PointKind | None = None
    open: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    """``now`` or a time."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: PointRef | None = None


class CardRef(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A card: by issuer and number, or by the identifier of its chip."""

    issuer: Text | None = None
    card_number: Number | None = None
    card_identifier: (
        Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{32}$(?!\n)", description=Form.CHIP.value)] | None
    ) = None


class PresentedPaper(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A document that lay on the counter; its number is read and forgotten."""

    document: Code
    of: Who
    number: Written | None = None
    valid_until: date | None = None


class Agent(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The person who acts for the holder."""

    name: Text
    social_security_number: Number


class LetterPaper(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A power of attorney."""

    signed_on: date
    number: PaperNumber | None = None
    valid_until: date | None = None


class ActivationBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request to activate applications of one card."""

    request_key: Key
    card: CardRef
    channel: Code
    occurred_at: Moment
    applications: Annotated[list[Application], Meta(max_length=2)] = []
    who: Who | None = None
    point_id: PointRef | None = None
    use: Use | None = None
    presented: Annotated[list[PresentedPaper], Meta(max_length=PRESENTED_MAX)] = []
    agent: Agent | None = None
    letter: LetterPaper | None = None
    identity_proof: dict[str, Any] | None = None


class EventBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request to record what happened to a card."""

    request_key: Key
    card: CardRef
    type: RecordedType
    occurred_at: Moment
    applications: Annotated[list[Application], Meta(max_length=2)] = []
    loss: Loss | None = None
    point_id: PointRef | None = None


class ActivationBatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Several requests to activate."""

    requests: Annotated[list[ActivationBody], Meta(min_length=1, max_length=BATCH_MAX)]


class EventBatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Several events."""

    requests: Annotated[list[EventBody], Meta(min_length=1, max_length=BATCH_MAX)]


class CardStatusRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who asks knows the card's number and its holder's name or social security number."""

    card: CardRef
    name: Text | None = None
    social_security_number: Number | None = None
