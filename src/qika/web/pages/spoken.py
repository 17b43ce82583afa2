"""What the templates of an answer have in common, whether they show results or the whole plan."""

from collections.abc import Sequence
from typing import Any

from qika.activation.place import ANY_BANK
from qika.rulebook.model import Clock
from qika.terms.names import Application, ChannelCode, Who
from qika.web.api.answers import OptionAnswer, PlanAnswer, RuleAnswer, SourceAnswer
from qika.web.pages.answering import Answered
from qika.web.pages.listing import Row, row_of
from qika.web.pages.restated import restated
from qika.web.pages.verdict import Verdict, agent_rule, is_published, stops_the_clock, verdict

_AT_HOME = ("home_visit", "bank_counter")
_CANNOT_COME = frozenset({Who.AGENT, Who.HOMEBOUND})
_OTHERS = (Who.HOLDER, Who.HOMEBOUND, Who.AGENT)
"""Who could go instead, in the order in which they are named."""


def spoken(asked: Answered, drawn: Verdict, view: str) -> dict[str, Any]:
    """Give what the templates of an answer have in common; ``view`` ends their address."""
    plan, site = asked.plan, asked.page.site
    channels = site.office.rulings.book.channels
    scope, cited = scopes(plan), sources_cited(plan)
    return {
        "asked": asked,
        "plan": plan,
        "due": asked.due,
        "others_due": [one for one in plan.deadlines if one.clock is not Clock.ACTIVATION],
        "last_day": asked.last_day,
        "verdict": drawn,
        "who": asked.query.who,
        "view": view,
        "of_bank": {code for code, one in channels.items() if one.of_card_bank},
        "placeless": {code for code, one in channels.items() if not one.point_kinds},
        "nearest": nearest(asked, drawn.way) if drawn.way else None,
        "scope": scope,
        "any_bank": bool(scope) and all(one.value == ANY_BANK for one in scope.values()),
        "stops_the_clock": stops_the_clock,
        "is_published": is_published,
        "answers": restated(asked),
        "cited": cited,
        "sources": {one.id: number for number, one in enumerate(cited, 1)},
        **cannot_come(asked, drawn),
    }


def sources_cited(plan: PlanAnswer) -> list[SourceAnswer]:
    """Give the sources of what an answer shows; those of the region's other rules stand there."""
    shown = (*plan.options, *plan.deadlines, *plan.notes)
    ids = {source_id for one in shown for source_id in one.source_ids}
    return [one for one in plan.sources if one.id in ids]


def cannot_come(asked: Answered, drawn: Verdict) -> dict[str, Any]:
    """Say what holds for visits at home and for agents, and who else could do it."""
    who, visit, agent = asked.query.who, None, None
    others: list[tuple[Who, Verdict]] = []
    if who in _CANNOT_COME:
        visit = _visit(asked.options_for(Who.HOMEBOUND))
        agent = agent_rule(asked.options_for(Who.AGENT), asked.applications)
    if not drawn.ways or drawn.left_over:
        lacking = set(drawn.left_over)
        others = [
            (one, found)
            for one in _OTHERS
            if one is not who
            and (found := _verdict_for(asked, one)).ways
            and lacking - set(found.left_over)
        ]
    return {"visit": visit, "agent": agent, "others": others}


def _verdict_for(asked: Answered, who: Who) -> Verdict:
    """Draw the verdict for another person who would go."""
    return verdict(asked.options_for(who), asked.plan.notices, who, asked.applications)


def _visit(options: Sequence[OptionAnswer]) -> OptionAnswer | None:
    """Give the way by which somebody comes to the holder; where none does, what is said of visits.

    A visit may be a way of its own, or what the bank's counter does for who cannot come.
    """
    ways = {one.channel: one for one in options}
    known = [ways[channel] for channel in _AT_HOME if channel in ways]
    return next((one for one in known if one.offered), ways.get(_AT_HOME[0]))


def scopes(plan: PlanAnswer) -> dict[str, RuleAnswer]:
    """Give the rule on where each application may be activated, the special before the general."""
    said = [one for one in plan.rules if one.parameter == "scope"]
    general = {str(each): one for one in said if not one.applies_to for each in Application}
    return general | {one.applies_to["application"]: one for one in said if one.applies_to}


def nearest(asked: Answered, way: OptionAnswer) -> Row | None:
    """Give the nearest point of a way.

    None where there is none, nobody said where they are, or any outlet of some bank it cannot be
    told which would be named.
    """
    channel = asked.page.site.office.rulings.book.channels[ChannelCode(way.channel)]
    any_bank = all(one.value == ANY_BANK for one in scopes(asked.plan).values())
    bank_lacks = channel.of_card_bank and asked.bank is None and not any_bank
    if asked.found.here is None or not way.points or bank_lacks:
        return None
    return row_of(
        0,
        way.points[0],
        asked.page.site.office.clock(),
        on=asked.plan.as_of,
        last_day=asked.last_day,
        ways=(way.channel,),
    )
