"""Identifiers and the closed sets of words that every layer speaks."""

from enum import StrEnum
from typing import NewType

RegionCode = NewType("RegionCode", str)
"""Six digits of GB/T 2260, e.g. ``440305``; ``990000`` is the fictitious demo region."""

IssuerCode = NewType("IssuerCode", str)
"""A region code, or the name of an issuer without one of its own (``xpcc``)."""

CardNumber = NewType("CardNumber", str)
"""Number on the card face, unique only together with its issuer; new on every re-issue."""

BankCode = NewType("BankCode", str)
"""First three digits of the clearing code (``102``), or twelve where banks share three."""

ChannelCode = NewType("ChannelCode", str)
"""Name of a file in ``rulebook/channels``, e.g. ``bank_counter``."""

DocumentCode = NewType("DocumentCode", str)
"""Key of ``rulebook/documents.toml``, e.g. ``id_card``."""

PointId = NewType("PointId", str)
"""``source:source_id`` of a service point as its list names it."""

SourceId = NewType("SourceId", str)
"""``<file>/<id>`` of a source in the rulebook, e.g. ``440300/sz-2022``."""


class Application(StrEnum):
    """The two applications on one card; each has its own life cycle."""

    SOCIAL = "social"
    FINANCIAL = "financial"


class Who(StrEnum):
    """The person who acts. A guardian is not an agent."""

    HOLDER = "holder"
    AGENT = "agent"
    GUARDIAN = "guardian"
    HOMEBOUND = "homebound"


class State(StrEnum):
    """State of one application of one card."""

    NOT_COLLECTED = "not_collected"
    SEALED = "sealed"
    NORMAL = "normal"
    TEMPORARY_LOSS = "temporary_loss"
    FORMAL_LOSS = "formal_loss"
    LOCKED = "locked"
    CANCELLED = "cancelled"


class LossReason(StrEnum):
    """Why an application is on loss: the holder lost the card, or a deadline passed."""

    DEADLINE = "deadline"
    LOST = "lost"


class Basis(StrEnum):
    """How firmly a rule stands, strongest first; every answer shows it."""

    ADOPTED = "adopted"
    PUBLISHED = "published"
    REPORTED = "reported"
    REFERENCE = "reference"
    NONE = "none"


class Grade(StrEnum):
    """Confidence in a source: A official, B two pages agree, C one page, K general knowledge."""

    A = "A"
    B = "B"
    C = "C"
    K = "K"


class Use(StrEnum):
    """What the first use of a card was at a hospital or pharmacy."""

    REGISTRATION = "registration"
    OUTPATIENT = "outpatient"
    HOSPITALISATION = "hospitalisation"
    PURCHASE = "purchase"


class PointKind(StrEnum):
    """Kind of a service point."""

    BANK_OUTLET = "bank_outlet"
    HOSPITAL = "hospital"
    PHARMACY = "pharmacy"
    BUREAU = "bureau"
    COMMUNITY_CENTRE = "community_centre"
    KIOSK = "kiosk"


class Language(StrEnum):
    """Languages in which Qika answers; Chinese first."""

    ZH = "zh"
    EN = "en"
