"""The answer in one sentence: can it be done, by which way, and what stands in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from qika.inquiry.plan import Notice
from qika.rulebook.model import Duty
from qika.terms.names import Application, Basis, Who
from qika.web.api.answers import DeadlineAnswer, NoticeAnswer, OptionAnswer

LETTERS = ("power_of_attorney", "notarised_power_of_attorney", "witnessed_power_of_attorney")
"""Documents by which an agent shows the holder's will, from the plain one up."""


class Can(StrEnum):
    """Whether the person who asks can go and do it."""

    YES = "yes"
    COLLECT_FIRST = "collect_first"
    WAY_BACK = "way_back"
    """The last day has passed; what remains is the way back."""
    NO = "no"


_FIRST = {Who.HOMEBOUND: ("home_visit",), Who.AGENT: ("bank_entrusted",)}
"""What helps a person most who cannot come, or who comes for another."""
_THEN = ("bank_counter", "bureau_counter", "bank_entrusted")
"""Staffed counters come before what has to be understood first."""

_SAID_ABOVE = frozenset(
    {
        Notice.FICTITIOUS,
        Notice.OVERDUE,
        Notice.COLLECT_FIRST,
        Notice.NO_RULE_PUBLISHED,
        Notice.BANK_UNKNOWN,
        Notice.CALENDAR_PROVISIONAL,
    }
)
"""Notices that the answer says itself, where they belong."""

_DUTIES = {
    Duty.SOCIAL: frozenset({Application.SOCIAL}),
    Duty.FINANCIAL: frozenset({Application.FINANCIAL}),
    Duty.BOTH: frozenset(Application),
    Duty.COLLECTION: frozenset[Application](),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the first lines of an answer say."""

    can: Can
    way: OptionAnswer | None
    """The way to take; None where there is none for this person."""
    ways: tuple[OptionAnswer, ...]
    """Everything offered, the way to take first."""
    refused: tuple[OptionAnswer, ...]
    left_over: tuple[Application, ...]
    """Applications asked about that no way offered to this person activates."""
    notices: tuple[NoticeAnswer, ...]
    """Remarks still to be made."""


def verdict(
    options: Sequence[OptionAnswer],
    remarks: Sequence[NoticeAnswer],
    who: Who,
    asked: Sequence[Application],
) -> Verdict:
    """Draw the verdict from the options that ``who`` has, and a plan's notices."""
    offered = [one for one in options if one.offered]
    ways = tuple(sorted(offered, key=lambda one: _rank(one, who)))
    done = {application for one in ways for application in one.applications}
    notices = {notice.code for notice in remarks}
    if Notice.OVERDUE in notices:
        can = Can.WAY_BACK
    elif not ways:
        can = Can.NO
    else:
        can = Can.COLLECT_FIRST if Notice.COLLECT_FIRST in notices else Can.YES
    return Verdict(
        can=can,
        way=ways[0] if ways else None,
        ways=ways,
        refused=tuple(one for one in options if not one.offered),
        left_over=tuple(one for one in asked if one not in done),
        notices=tuple(one for one in remarks if _is_news(one.code, who)),
    )


def _is_news(notice: Notice, who: Who) -> bool:
    """Leave out what the answer says itself, and what is not about the person who asks."""
    if notice is Notice.GUARDIAN_BELOW_AGE:
        return who in {Who.HOLDER, Who.GUARDIAN}
    return notice not in _SAID_ABOVE


def _rank(option: OptionAnswer, who: Who) -> tuple[bool, int, int]:
    order = (*_FIRST.get(who, ()), *_THEN)
    place = order.index(option.channel) if option.channel in order else len(order)
    return (option.channel not in _FIRST.get(who, ()), -len(option.applications), place)


def stops_the_clock(option: OptionAnswer, due: DeadlineAnswer | None) -> bool:
    """Tell whether this way does all that the deadline demands."""
    return due is None or _DUTIES[due.application] <= set(option.applications)


def is_published(option: OptionAnswer) -> bool:
    """Tell whether the region's own rules speak of a way, for or against it."""
    return option.basis not in {None, Basis.REFERENCE, Basis.NONE}


@dataclass(frozen=True, slots=True)
class AgentRule:
    """What holds for a person who acts for the holder."""

    ways: tuple[OptionAnswer, ...]
    letter: str | None
    """The code of the letter that the bank wants; None: no letter is asked for."""
    or_witnessed: bool
    """True if bank staff may witness the letter instead."""
    refusal: OptionAnswer | None
    """The way for agents at the bank, where it is refused."""
    left_over: tuple[Application, ...]


def agent_rule(options: Sequence[OptionAnswer], asked: Sequence[Application]) -> AgentRule:
    """Draw the rule for agents from the options that an agent has."""
    drawn = verdict(options, (), Who.AGENT, asked)
    accepted = [
        code
        for way in drawn.ways
        for paper in way.documents
        for code in (paper.any_of or [paper.code])
        if code in LETTERS
    ]
    refused = (one for one in drawn.refused if one.channel == "bank_entrusted")
    return AgentRule(
        ways=drawn.ways,
        letter=min(accepted, key=LETTERS.index, default=None),
        or_witnessed=LETTERS[2] in accepted,
        refusal=next(refused, None),
        left_over=drawn.left_over,
    )
