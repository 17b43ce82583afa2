"""What a channel offers to a person: the one function behind the plan and the counter."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import cast

from qika.activation.status import Status
from qika.rulebook.book import Rules
from qika.rulebook.model import Channel, Dimensions, RequiredDocument, Rule
from qika.terms.names import Application, Basis, ChannelCode, SourceId, Who


@dataclass(frozen=True)
class Offer:
    """A channel's offer to one kind of person: for what, with which documents, or why not."""

    channel: ChannelCode
    who: Who
    applications: tuple[Application, ...]
    """Applications this channel activates for this person; empty if it is not offered."""
    reason: Status | None
    documents: tuple[RequiredDocument, ...]
    rules: tuple[Rule, ...]
    """Every rule the offer rests on, to be shown with its source, day and confidence."""

    @property
    def offered(self) -> bool:
        """Tell whether the person may use the channel at all."""
        return self.reason is None

    @cached_property
    def cites(self) -> tuple[SourceId, ...]:
        """Give the sources of all rules behind this offer, each once."""
        return tuple(dict.fromkeys(cite for rule in self.rules for cite in rule.cites))


@lru_cache(maxsize=65_536)
def offer(rules: Rules, channel: ChannelCode, who: Who) -> Offer:
    """Say what ``channel`` offers to ``who`` under ``rules``.

    Nothing is offered unless a rule says so: an unknown channel, a person it does not serve, or
    applications without a rule give ``channel_not_offered``.
    """
    known = rules.channels.get(channel)
    if known is None:
        return Offer(channel, who, (), Status.CHANNEL_NOT_OFFERED, (), ())
    asked = {
        application: rules.find("offered", Dimensions(channel=channel, application=application))
        for application in known.applications
    }
    grounds = tuple(rule for rule in asked.values() if rule is not None)
    persons, persons_rule = _persons(rules, known)
    if persons_rule is not None:
        grounds = (*grounds, persons_rule)
    offered = tuple(a for a, rule in asked.items() if rule is not None and rule.value is True)
    if who not in persons or not offered:
        return Offer(channel, who, (), Status.CHANNEL_NOT_OFFERED, (), grounds)
    documents, papers_rules = _documents(rules, channel, who)
    return Offer(channel, who, offered, None, documents, grounds + papers_rules)


def _persons(rules: Rules, channel: Channel) -> tuple[tuple[Who, ...], Rule | None]:
    rule = rules.find("who_may_act", Dimensions(channel=channel.code))
    return (cast("tuple[Who, ...]", rule.value), rule) if rule else (channel.who, None)


def _documents(
    rules: Rules, channel: ChannelCode, who: Who
) -> tuple[tuple[RequiredDocument, ...], tuple[Rule, ...]]:
    papers = rules.find("documents", Dimensions(channel=channel, who=who))
    method = rules.find("first_use_method", Dimensions(channel=channel))
    listed = cast("tuple[RequiredDocument, ...]", papers.value) if papers else ()
    brought = (
        rules.parameters["first_use_method"].brings.get(str(method.value), ()) if method else ()
    )
    extra = tuple(document for document in brought if document not in listed)
    return listed + extra, tuple(rule for rule in (papers, method) if rule is not None)


@dataclass(frozen=True, slots=True)
class Ground:
    """How firmly it stands that a way is open to somebody, or shut, and since when."""

    basis: Basis
    since: date | None


_PRACTICE = Ground(Basis.REFERENCE, None)
"""What nobody's rule says, but the channels as they are packaged."""
_FIRM_FIRST = tuple(Basis)


def ground_of(rules: Rules, offered: Offer, applications: tuple[Application, ...]) -> Ground | None:
    """Say how firmly an offer of these applications stands: no firmer than any rule it needs.

    None where no rule speaks of the channel.
    """
    if not applications:
        return _ground(offered.rules[0]) if offered.rules else None
    channel = offered.channel
    asked = (rules.find("offered", Dimensions(channel=channel, application=a))
             for a in applications)  # fmt: skip
    grounds = [_ground(rule) for rule in asked if rule is not None]
    grounds += _admitting(rules, rules.channels[channel], offered.who)
    return max(grounds, key=lambda one: _FIRM_FIRST.index(one.basis))


def _admitting(rules: Rules, channel: Channel, who: Who) -> list[Ground]:
    """Give what else has to hold for a person to be served, besides that the channel is offered.

    A rule that a counter is open says nothing of visits at home, nor of whom it does not expect.
    """
    if who in channel.who and (who is not Who.HOMEBOUND or channel.who == (who,)):
        return []
    persons, rule = _persons(rules, channel)
    if rule is not None and who in persons:
        return [_ground(rule)]
    papers = rules.find("documents", Dimensions(channel=channel.code, who=who))
    return [_ground(papers) if papers is not None and papers.dims.who is who else _PRACTICE]


def _ground(rule: Rule) -> Ground:
    return Ground(rule.basis, rule.since)


@lru_cache(maxsize=65_536)
def usable_after_days(
    rules: Rules, channel: ChannelCode, application: Application
) -> tuple[str, Rule | None]:
    """Give the word for when an application works after the act, and the rule that says so."""
    rule = rules.find("usable_from", Dimensions(channel=channel, application=application))
    if rule is not None:
        return str(rule.value), rule
    known = rules.channels.get(channel)
    if known is not None and known.of_card_bank and application is Application.SOCIAL:
        linked = rules.find("bank_links_social")
        if linked is not None and linked.value == "next_day":
            return "next_day", linked
    return "same_day", None


@lru_cache(maxsize=65_536)
def usable_from(rules: Rules, channel: ChannelCode, application: Application, day: date) -> date:
    """Give the day from which an application can be used when the act happens on ``day``."""
    match usable_after_days(rules, channel, application)[0]:
        case "next_day":
            return day + timedelta(days=1)
        case "following_month":
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        case _:
            return day
