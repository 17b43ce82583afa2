"""Rules as pages show them: each value with what it is for, whose it is, and its sources."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from qika.rulebook.book import Rules
from qika.rulebook.model import Deadline, RequiredDocument, Rule
from qika.rulebook.reading import NATIONAL
from qika.terms.names import Basis, ChannelCode, IssuerCode, Language, SourceId
from qika.terms.words import Words
from qika.web.api import wording
from qika.web.api.answers import DocumentAnswer, RuleAnswer, SourceAnswer
from qika.web.api.wording import rule_in_words
from qika.web.site import Site
from qika.web.speech import SPEECH


class Origin(StrEnum):
    """Who says a value, seen from the region of the page."""

    OWN = "own"
    """The region itself."""
    ABOVE = "above"
    """A division that the region lies in."""
    REFERENCE = "reference"
    """Practice elsewhere: never to be called a rule of the region."""


@dataclass(frozen=True, slots=True)
class Term:
    """What a deadline is for, what follows when it has passed, and the way back."""

    duty: str
    consequence: str
    way_back: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One rule in words."""

    rule: Rule
    said: RuleAnswer
    narrowed: tuple[str, ...]
    """The channel, application, person, clock and bank it is for; empty: for all."""
    origin: Origin
    whose: str
    """The division that says it; empty for practice elsewhere."""
    term: Term | None
    papers: tuple[DocumentAnswer, ...]
    steps: tuple[str, ...]
    sources: tuple[SourceAnswer, ...]

    @property
    def is_reference(self) -> bool:
        """Tell practice elsewhere from what somebody said about the region."""
        return self.origin is Origin.REFERENCE


def in_force(rules: Rules, parameter: str) -> tuple[Rule, ...]:
    """Give the rules of a parameter that answer some question; the others are overridden."""
    held = rules.by_parameter.get(parameter, ())
    return tuple(rule for rule in held if rules.find(parameter, rule.dims) is rule)


class Teller:
    """Puts the rules of one region into words of one language."""

    def __init__(self, site: Site, rules: Rules, language: Language) -> None:
        """Take the rules as they hold on a day."""
        self.site, self.rules, self.language = site, rules, language
        self.book = site.office.rulings.book
        self.t = SPEECH[language].t

    def held(self, parameter: str) -> tuple[Value, ...]:
        """Give the values in force of a parameter, the region's own before those from above."""
        return self.values(in_force(self.rules, parameter))

    def values(self, rules: Iterable[Rule]) -> tuple[Value, ...]:
        """Put rules into words."""
        return tuple(self.value(rule) for rule in rules)

    def value(self, rule: Rule) -> Value:
        """Put one rule into words."""
        origin = self.origin(rule)
        value = rule.value
        return Value(
            rule=rule,
            said=rule_in_words(rule, self.book, self.site.banks, self.language),
            narrowed=tuple(self._narrowed(rule)),
            origin=origin,
            whose="" if origin is Origin.REFERENCE else self.name(rule.issuer),
            term=self._term(value) if isinstance(value, Deadline) and value.is_set else None,
            papers=tuple(wording.documents(self.book, _papers(rule), self.language)),
            steps=self._steps(rule),
            sources=self.sources(rule.cites),
        )

    def origin(self, rule: Rule) -> Origin:
        """Say who says a rule; a region's file may hold practice that no text of its own proves."""
        if rule.issuer == NATIONAL or rule.basis is Basis.REFERENCE:
            return Origin.REFERENCE
        return Origin.OWN if rule.issuer == self.rules.issuer else Origin.ABOVE

    def name(self, issuer: IssuerCode) -> str:
        """Name a division, or the nation."""
        if issuer == NATIONAL:
            return self.t("whose-national")
        return self.site.regions.name(issuer, self.language)

    def sources(self, cites: Iterable[SourceId]) -> tuple[SourceAnswer, ...]:
        """Give the sources of some citations, each once."""
        return tuple(wording.sources(self.book, list(dict.fromkeys(cites))))

    def channel(self, code: ChannelCode) -> str:
        """Name a channel."""
        return self.rules.channels[code].name.in_language(self.language)

    def _narrowed(self, rule: Rule) -> Iterable[str]:
        dims = rule.dims
        if dims.channel is not None:
            yield self.channel(dims.channel)
        for name, one in (
            ("application", dims.application), ("who", dims.who), ("clock", dims.clock),
        ):  # fmt: skip
            if one is not None:
                yield self.t(f"{name}-{one}")
        if dims.bank is not None:
            yield self.site.banks.name(dims.bank, self.language)

    def _steps(self, rule: Rule) -> tuple[str, ...]:
        if rule.parameter != "steps" or not isinstance(rule.value, Words):
            return ()
        return tuple(rule.value.in_language(self.language).splitlines())

    def _term(self, one: Deadline) -> Term:
        return Term(
            self.t(f"duty-{one.duty}"),
            self.t(f"consequence-{one.consequence}"),
            tuple(self.t(f"way_back-{step}") for step in one.way_back),
        )


def _papers(rule: Rule) -> list[RequiredDocument]:
    several = rule.value if isinstance(rule.value, tuple) else ()
    return [one for one in several if isinstance(one, RequiredDocument)]
