"""What holds in a region, in words: ways, terms, other values, and what nobody published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qika.activation.offer import offer
from qika.rulebook.model import Channel, Dimensions, Parameter
from qika.terms.names import Application, SourceId, Who
from qika.web.api.answers import SourceAnswer
from qika.web.pages.values import Origin, Teller, Value

PARTS = (
    "who_may_apply", "term_and_method", "scope", "loss_and_reissue", "functions",
    "rights_and_duties",
)  # fmt: skip
"""Sections of the rules that article 16 of the Measures asks a region to publish."""

LOSS = "loss_and_reissue"
ELSEWHERE_ON_THE_PAGE = frozenset(
    {"offered", "who_may_act", "documents", "steps", "first_use_method", "deadline", "hotline",
     "responsible_bureau"}
)  # fmt: skip
"""Parameters with a place of their own, or that only a question makes short enough to read."""


class Standing(StrEnum):
    """What the region says of a channel, from the firmest on."""

    OFFERED = "offered"
    REFERENCE = "reference"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said of one channel in one breath: for which applications, yes or no, by whom."""

    applications: tuple[Application, ...]
    offered: bool
    value: Value
    source_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as it stands in the region."""

    code: str
    name: str
    standing: Standing
    who: tuple[Who, ...]
    sayings: tuple[Saying, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Everything a region page says that depends on the rules alone."""

    ways: Mapping[Standing, tuple[Way, ...]]
    terms: tuple[Value, ...]
    loss: tuple[tuple[str, tuple[Value, ...]], ...]
    """Name of a parameter, and its values."""
    others: tuple[tuple[str, tuple[Value, ...]], ...]
    missing: tuple[tuple[str, tuple[Parameter, ...], tuple[Parameter, ...]], ...]
    """By section of article 16: without any value, and with practice elsewhere only."""
    counts: Mapping[Origin, int]
    sources: tuple[SourceAnswer, ...]


def standing(teller: Teller) -> Region:
    """Say what holds in a region."""
    rules = teller.rules
    ways = tuple(_way(teller, channel) for channel in rules.channels.values())
    terms = teller.held("deadline")
    facts = [
        (one, held)
        for one in rules.parameters.values()
        if one.name not in ELSEWHERE_ON_THE_PAGE and (held := teller.held(one.name))
    ]
    named = [(one.part, one.words.in_language(teller.language), held) for one, held in facts]
    every = [value for _, _, held in named for value in held]
    every += [*terms, *(one.value for way in ways for one in way.sayings)]
    every += [*teller.held("hotline"), *teller.held("responsible_bureau")]
    return Region(
        ways={one: tuple(way for way in ways if way.standing is one) for one in Standing},
        terms=terms,
        loss=tuple((name, held) for part, name, held in named if part == LOSS),
        others=tuple((name, held) for part, name, held in named if part != LOSS),
        missing=missing(teller),
        counts={one: sum(value.origin is one for value in every) for one in Origin},
        sources=_sources(teller, ways, every),
    )


def _way(teller: Teller, channel: Channel) -> Way:
    rules = teller.rules
    sayings = _sayings(teller, channel)
    return Way(
        code=channel.code,
        name=channel.name.in_language(teller.language),
        standing=_stands(sayings),
        who=tuple(who for who in Who if offer(rules, channel.code, who).offered),
        sayings=sayings,
    )


def _sayings(teller: Teller, channel: Channel) -> tuple[Saying, ...]:
    """Put together what has the same ground, so that nothing borrows another's."""
    found: dict[tuple[object, ...], list[tuple[Application, Value]]] = {}
    for one in channel.applications:
        dims = Dimensions(channel=channel.code, application=one)
        rule = teller.rules.find("offered", dims)
        if rule is not None:
            ground = (rule.value, rule.issuer, rule.basis, rule.grade, rule.since, rule.note)
            found.setdefault(ground, []).append((one, teller.value(rule)))
    return tuple(
        Saying(
            applications=tuple(one for one, _ in said),
            offered=said[0][1].rule.value is True,
            value=said[0][1],
            source_ids=tuple(
                dict.fromkeys(cite for _, value in said for cite in value.said.source_ids)
            ),
        )
        for said in found.values()
    )


def _stands(sayings: Iterable[Saying]) -> Standing:
    said = [one for one in sayings if not one.value.is_reference]
    if any(one.offered for one in said):
        return Standing.OFFERED
    if any(one.offered for one in sayings):
        return Standing.REFERENCE
    return Standing.REFUSED if said else Standing.UNKNOWN


def missing(
    teller: Teller,
) -> tuple[tuple[str, tuple[Parameter, ...], tuple[Parameter, ...]], ...]:
    """Give, by section, the parameters for which nobody in the chain is known to say anything."""
    found: list[tuple[str, tuple[Parameter, ...], tuple[Parameter, ...]]] = []
    for part in PARTS:
        silent = [
            one
            for one in teller.rules.parameters.values()
            if one.part == part and not _published(teller, one.name)
        ]
        nothing = tuple(one for one in silent if not teller.rules.by_parameter.get(one.name))
        practice = tuple(one for one in silent if one not in nothing)
        if silent:
            found.append((part, nothing, practice))
    return tuple(found)


def _published(teller: Teller, parameter: str) -> bool:
    held = teller.rules.by_parameter.get(parameter, ())
    return any(teller.origin(rule) is not Origin.REFERENCE for rule in held)


def _sources(
    teller: Teller, ways: Iterable[Way], values: Iterable[Value]
) -> tuple[SourceAnswer, ...]:
    cites = [cite for value in values for cite in value.said.source_ids]
    cites += [cite for way in ways for one in way.sayings for cite in one.source_ids]
    return teller.sources(SourceId(cite) for cite in cites)
