"""What a rule is: a value with a place, a day from which it holds, a source and a basis."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from qika.terms.names import (
    Application,
    BankCode,
    Basis,
    ChannelCode,
    DocumentCode,
    Grade,
    IssuerCode,
    PointKind,
    SourceId,
    Who,
)
from qika.terms.words import Words


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: who said it, where it stands, of which day, how trustworthy."""

    id: SourceId
    title: str
    url: str
    dated: str
    """As the page shows it: ``2024-10-30``, ``2021-08``, ``2018`` or ``undated``."""
    grade: Grade
    article: str = ""


class Clock(StrEnum):
    """What a deadline counts down to."""

    ACTIVATION = "activation"
    CLEARANCE = "clearance"


class ClockStart(StrEnum):
    """The day from which a clock counts."""

    COLLECTED = "collected"
    MADE = "made"
    ARRIVED_AT_OUTLET = "arrived_at_outlet"
    APPLIED = "applied"


class Duty(StrEnum):
    """What has to be done before the deadline."""

    SOCIAL = "social"
    FINANCIAL = "financial"
    BOTH = "both"
    COLLECTION = "collection"


class Consequence(StrEnum):
    """What follows when the day has passed."""

    NONE = "none"
    LOSS_REPORT_SOCIAL = "loss_report_social"
    LOSS_REPORT_FINANCIAL = "loss_report_financial"
    OLD_CARD_RESTRICTED = "old_card_restricted"
    SEALED_CLEARED = "sealed_cleared"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class WayBack(StrEnum):
    """One step of the way back after a deadline; their order is part of the rule."""

    ACTIVATE_FINANCIAL_AT_BANK = "activate_financial_at_bank"
    RELEASE_SOCIAL_AT_BUREAU = "release_social_at_bureau"
    ENABLE_SOCIAL = "enable_social"
    APPLY_AGAIN = "apply_again"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A term: so many days or months from a start, for a duty, with what follows.

    Neither ``days`` nor ``months`` means that the region says there is no deadline.
    """

    clock: Clock
    start: ClockStart
    duty: Duty
    affects: Application | None
    consequence: Consequence
    days: int | None = None
    months: int | None = None
    working_days: int | None = None
    moves_to_working_day: bool = False
    """A last day that is not a working day moves to the next one (Civil Code art. 203)."""
    way_back: tuple[WayBack, ...] = ()
    retroactive: bool = False

    @property
    def is_set(self) -> bool:
        """Tell a term from the statement that there is none."""
        return bool(self.days or self.months or self.working_days)


@dataclass(frozen=True, slots=True)
class RequiredDocument:
    """One thing to bring.

    ``any_of`` lists documents that will do instead of ``code`` (which then names the group);
    ``only_if`` names the case in which it is wanted (None: always).
    """

    code: DocumentCode
    of: Who
    any_of: tuple[DocumentCode, ...] = ()
    only_if: str | None = None
    original: bool = True
    copies: int = 0

    def accepted_codes(self) -> tuple[DocumentCode, ...]:
        """Document codes any one of which meets this requirement."""
        return self.any_of or (self.code,)


Value: TypeAlias = (
    bool
    | int
    | str
    | Words
    | Deadline
    | tuple[str, ...]
    | tuple[Who, ...]
    | tuple[BankCode, ...]
    | tuple[RequiredDocument, ...]
)


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Narrows a rule; a dimension left out means the rule holds for every value of it."""

    channel: ChannelCode | None = None
    application: Application | None = None
    who: Who | None = None
    clock: Clock | None = None
    bank: BankCode | None = None

    def cover(self, asked: "Dimensions") -> bool:
        """Tell whether a rule of these dimensions answers a question of ``asked``."""
        return (
            (self.channel is None or self.channel == asked.channel)
            and (self.application is None or self.application == asked.application)
            and (self.who is None or self.who == asked.who)
            and (self.clock is None or self.clock == asked.clock)
            and (self.bank is None or self.bank == asked.bank)
        )

    def count(self) -> int:
        """How many dimensions are set: the more, the narrower the rule."""
        return sum(
            mine is not None
            for mine in (self.channel, self.application, self.who, self.clock, self.bank)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One value of one parameter, in one issuer's area, from one day on, with its sources.

    ``since`` is the day from which the source attests the value; None: the source bears no date,
    so the value is used only where no dated one is in force.
    """

    issuer: IssuerCode
    parameter: str
    value: Value
    dims: Dimensions
    since: date | None
    grade: Grade
    basis: Basis
    cites: tuple[SourceId, ...]
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A sourced remark on a region that fits no parameter, or that sources contradict."""

    issuer: IssuerCode
    topic: str
    text: Words
    grade: str
    cites: tuple[SourceId, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A researched fact that is not shipped as a rule or note, and why."""

    issuer: IssuerCode
    parameter: str
    reason: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to activate: what it can serve, who may come, where it happens."""

    code: ChannelCode
    name: Words
    applications: tuple[Application, ...]
    who: tuple[Who, ...]
    point_kinds: tuple[PointKind, ...]
    of_card_bank: bool
    first_use: bool
    identity_proof: bool
    letter: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its names, who issues it, and which form Qika prints for it, if any."""

    code: DocumentCode
    name: Words
    issued_by: Words
    form: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An entry of ``parameters.toml``: what a rule of this name may say."""

    name: str
    kind: str
    by: frozenset[str]
    part: str
    words: Words
    values: tuple[str, ...] = ()
    unit: str = ""
    brings: Mapping[str, tuple[RequiredDocument, ...]] = field(
        default_factory=dict[str, tuple[RequiredDocument, ...]]
    )
    """What a chosen value makes the holder bring besides the documents of the channel."""


@dataclass(frozen=True, slots=True)
class IssuerProfile:
    """The head of a rule file: whose rules these are."""

    code: IssuerCode
    name: Words
    parent: IssuerCode | None
    fictitious: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The closed lists a rule file is read against."""

    parameters: Mapping[str, Parameter]
    documents: Mapping[DocumentCode, Document]
    banks: Mapping[str, BankCode]
    """Every accepted name and code of a bank, to its code."""

    def bank_code(self, name: str) -> BankCode | None:
        """Give the code of a bank by name or code; None if the bank is unknown."""
        return self.banks.get(name)
