"""The answer: a question and the rules in force become a plan. Uses the counter's offer()."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from qika.activation.offer import (
    Ground,
    Offer,
    ground_of,
    offer,
    usable_after_days,
    usable_from,
)
from qika.activation.status import Status
from qika.cards.deadlines import Calendar, Due, deadline_of, due
from qika.inquiry.question import Collected, Question
from qika.rulebook.book import Rules
from qika.rulebook.model import (
    Channel,
    Clock,
    ClockStart,
    Deadline,
    Dimensions,
    Duty,
    RequiredDocument,
    Rule,
)
from qika.terms.names import Application, Basis, SourceId, Who
from qika.terms.words import Words


class Notice(StrEnum):
    """A remark that belongs at the top of a plan."""

    FICTITIOUS = "fictitious"
    NO_RULE_PUBLISHED = "no_rule_published"
    COLLECT_FIRST = "collect_first"
    OVERDUE = "overdue"
    MAY_BE_ENABLED_ALREADY = "may_be_enabled_already"
    CONFIRM_RECEIPT_FIRST = "confirm_receipt_first"
    FINANCIAL_FIRST = "financial_first"
    BANK_UNKNOWN = "bank_unknown"
    BANK_NOT_LISTED = "bank_not_listed"
    FINANCIAL_VOLUNTARY = "financial_voluntary"
    GUARDIAN_BELOW_AGE = "guardian_below_age"
    CALENDAR_PROVISIONAL = "calendar_provisional"


@dataclass(frozen=True, slots=True)
class Option:
    """One channel in the plan: offered or not and why, what to bring, what to do."""

    channel: Channel
    applications: tuple[Application, ...]
    reason: Status | None
    documents: tuple[RequiredDocument, ...]
    steps: Words | None
    usable_from: tuple[tuple[Application, date], ...]
    """When each application works, if the act happens on the day asked about."""
    ground: Ground | None
    """How firmly that stands; None where no rule speaks of the channel."""
    rules: tuple[Rule, ...]

    @property
    def offered(self) -> bool:
        """Tell whether this person may use this channel for something asked."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Term:
    """A deadline in the plan."""

    due: Due
    days_left: int | None
    """Days from the day asked about to the last day; negative when it is over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole answer, without words for people and without points."""

    question: Question
    rules: Rules
    notices: tuple[Notice, ...]
    terms: tuple[Term, ...]
    options: tuple[Option, ...]
    facts: tuple[Rule, ...]
    """Every other rule in force: loss, hotline, banks, validity and so on."""

    def cites(self) -> tuple[SourceId, ...]:
        """Give every source the plan rests on, each once, in order of appearance."""
        rules = [rule for option in self.options for rule in option.rules]
        rules += [term.due.rule for term in self.terms]
        return tuple(dict.fromkeys(c for rule in (*rules, *self.facts) for c in rule.cites))


_IN_OPTIONS_AND_TERMS = frozenset(
    {"offered", "who_may_act", "documents", "steps", "deadline", "first_use_method"}
)


def plan(
    question: Question, rules_on: Callable[[date], Rules], working: Calendar, *, fictitious: bool
) -> Plan:
    """Answer a question under the rules in force on the day it asks about."""
    rules = rules_on(question.on)
    terms = tuple(
        _term(falling, question.on)
        for clock in Clock
        if (falling := due(clock, question.dates, rules_on, question.on, working)) is not None
        and _concerns(falling.deadline, question)
    )
    return Plan(
        question=question,
        rules=rules,
        notices=_notices(question, rules, terms, fictitious=fictitious),
        terms=terms,
        options=options_of(rules, question.who, question.applications, question.on),
        facts=_facts(rules),
    )


def _term(falling: Due, on: date) -> Term:
    return Term(falling, (falling.last_day - on).days if falling.last_day else None)


def _concerns(deadline: Deadline, question: Question) -> bool:
    """A clock for collecting stops when the card is collected."""
    collected = question.collected is Collected.YES or question.dates.collected_on is not None
    return not (collected and deadline.duty is Duty.COLLECTION)


def starts(question: Question, rules_on: Callable[[date], Rules]) -> frozenset[ClockStart]:
    """Give the days of a card that matter to a question: those from which its terms may count.

    Looks at the rules of the day asked about and of the day of collection: either may bind.
    """
    days = {question.on, question.dates.collected_on or question.on}
    held = (deadline_of(rules_on(day), clock) for day in days for clock in Clock)
    return frozenset(
        one.start for one in held if one is not None and one.is_set and _concerns(one, question)
    )


@lru_cache(maxsize=16_384)
def options_of(
    rules: Rules, who: Who, wanted: tuple[Application, ...], on: date
) -> tuple[Option, ...]:
    """Give an option for each channel, offered ones first; the same for everyone who asks alike."""
    options = (_option(rules, channel, who, wanted, on) for channel in rules.channels.values())
    return tuple(sorted(options, key=_option_order))


def _option(
    rules: Rules, channel: Channel, who: Who, wanted: tuple[Application, ...], on: date
) -> Option:
    offered = offer(rules, channel.code, who)
    applications = tuple(a for a in offered.applications if a in wanted)
    reason = None if applications else (offered.reason or Status.CHANNEL_NOT_OFFERED)
    steps = rules.find("steps", Dimensions(channel=channel.code, who=who))
    grounds = _grounds(rules, offered, applications)
    return Option(
        channel=channel,
        applications=applications,
        reason=reason,
        documents=offered.documents if applications else (),
        steps=steps.value if applications and steps and isinstance(steps.value, Words) else None,
        usable_from=tuple((a, usable_from(rules, channel.code, a, on)) for a in applications),
        ground=ground_of(rules, offered, applications),
        rules=(*grounds, steps) if applications and steps else grounds,
    )


def _grounds(
    rules: Rules, offered: Offer, applications: tuple[Application, ...]
) -> tuple[Rule, ...]:
    later = tuple(
        rule
        for application in applications
        for rule in (
            usable_after_days(rules, offered.channel, application)[1],
            rules.find("scope", Dimensions(application=application)),
        )
        if rule is not None
    )
    return tuple(dict.fromkeys(offered.rules + later))


def _option_order(option: Option) -> tuple[bool, int]:
    """Offered ones first, then those that do the most at once."""
    return (not option.offered, -len(option.applications))


@lru_cache(maxsize=16_384)
def _facts(rules: Rules) -> tuple[Rule, ...]:
    """Give the value in force for each other parameter and case, the nearest issuer's only."""
    facts: list[Rule] = []
    for name, held in rules.by_parameter.items():
        if name in _IN_OPTIONS_AND_TERMS:
            continue
        seen: set[Dimensions] = set()
        for rule in held:
            if rule.dims not in seen and rule.issuer == held[0].issuer:
                seen.add(rule.dims)
                facts.append(rule)
    return tuple(facts)


def _notices(
    question: Question, rules: Rules, terms: tuple[Term, ...], *, fictitious: bool
) -> tuple[Notice, ...]:
    activation = [term for term in terms if term.due.clock is Clock.ACTIVATION]
    overdue = any(term.due.due_on and (term.days_left or 0) < 0 for term in activation)
    banks = rules.find("card_banks")
    listed = banks is None or question.card_bank is None or question.card_bank in _banks(banks)
    checks = {
        Notice.FICTITIOUS: fictitious,
        Notice.OVERDUE: overdue,
        Notice.COLLECT_FIRST: question.collected is Collected.NO,
        Notice.NO_RULE_PUBLISHED: any(term.due.basis is Basis.REFERENCE for term in activation),
        Notice.MAY_BE_ENABLED_ALREADY: any(
            _enabled_by_itself(rules, application) for application in question.applications
        ),
        Notice.CONFIRM_RECEIPT_FIRST: _says(rules, "receipt_confirmation_required", {True}),
        Notice.FINANCIAL_FIRST: _says(rules, "activation_order", {"financial_first"}),
        Notice.FINANCIAL_VOLUNTARY: _says(rules, "financial_optional", {True}),
        Notice.GUARDIAN_BELOW_AGE: "guardian_below_age" in rules.by_parameter,
        Notice.BANK_UNKNOWN: question.card_bank is None,
        Notice.BANK_NOT_LISTED: not listed,
        Notice.CALENDAR_PROVISIONAL: any(term.due.provisional for term in terms),
    }
    return tuple(notice for notice, holds in checks.items() if holds)


def _enabled_by_itself(rules: Rules, application: Application) -> bool:
    rule = rules.find("enabled_on", Dimensions(application=application))
    return rule is not None and rule.value in {"collection", "day_after_application"}


def _says(rules: Rules, parameter: str, values: set[object]) -> bool:
    return any(rule.value in values for rule in rules.by_parameter.get(parameter, ())[:1])


def _banks(rule: Rule) -> tuple[object, ...]:
    return rule.value if isinstance(rule.value, tuple) else ()
