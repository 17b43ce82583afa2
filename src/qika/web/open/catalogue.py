"""What there is to export: the plan of every issuer with rules of its own, and who serves whom.

An export renders the very answers of ``/v1/plans``, so that both say the same.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import partial

from qika.activation.decide import day_of
from qika.inquiry.plan import plan
from qika.inquiry.question import Question
from qika.operations.inquire import Answer
from qika.points.point import ServicePoint
from qika.rulebook.reading import NATIONAL
from qika.terms.names import IssuerCode, Language
from qika.web.api.answers import OptionAnswer, PlanAnswer
from qika.web.api.plans import Found, plan_in_words
from qika.web.kept import Memory
from qika.web.pages.page import PAGES
from qika.web.site import Site

_issuers: Memory[tuple[IssuerCode, ...]] = Memory(4)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The services of one edition on one day, in one language, each made when it is asked for."""

    site: Site
    language: Language
    on: date
    issuers: tuple[IssuerCode, ...]
    """Those with rules of their own, in order of code."""
    _made: dict[IssuerCode, PlanAnswer] = field(default_factory=dict[IssuerCode, PlanAnswer])

    def plan(self, code: IssuerCode) -> PlanAnswer:
        """Give the service of an issuer. Points are not in it: those are exported by themselves."""
        made = self._made.get(code)
        if made is None:
            made = self._made[code] = self._plan(code)
        return made

    def _plan(self, code: IssuerCode) -> PlanAnswer:
        office = self.site.office
        book, rules_on = office.rulings.book, partial(office.rulings.on, code)
        fictitious = book.issuers[code].fictitious
        made = plan(Question(code, self.on), rules_on, office.calendar, fictitious=fictitious)
        answer = Answer(made, ((),) * len(made.options), book.notes_for(made.rules.chain))
        return plan_in_words(self.site, Found(answer, None, self.language, None))

    def has(self, code: str) -> bool:
        """Tell whether an issuer has rules of its own."""
        return code in self.issuers

    def of_point(self, point: ServicePoint) -> PlanAnswer | None:
        """Give the service that a point belongs to: of the nearest issuer with rules."""
        try:
            chain = self.site.office.rulings.chain_of(IssuerCode(point.region))
        except KeyError:  # a division that is gone since the list was taken in
            return None
        return next((self.plan(one) for one in chain if one in self.issuers), None)

    def names_above(self, point: ServicePoint) -> list[str]:
        """Name the divisions a point lies in, province first; its code where that is unknown."""
        try:
            path = self.site.regions.path(IssuerCode(point.region), self.language)
        except KeyError:
            path = ()
        return [name for _, name in path] or [point.region]

    def page_of(self, plan: PlanAnswer) -> str:
        """Give the address of the page about a region; a path while nobody said where we are."""
        return f"{self.site.origin}/{self.language}{PAGES}/{plan.region.code}"


def catalogue_of(site: Site, language: Language) -> Catalogue:
    """Give the catalogue of today."""
    key = (site.office.rulings.book, site.regions)
    issuers = _issuers.get(key, lambda: _issuers_of(site))
    return Catalogue(site, language, day_of(site.office.clock()), issuers)


def _issuers_of(site: Site) -> tuple[IssuerCode, ...]:
    known = set(site.office.rulings.book.issuers) - {NATIONAL}
    return tuple(code for code in site.regions.every() if code in known)


def offered(plan: PlanAnswer) -> list[OptionAnswer]:
    """Give the channels that a region offers."""
    return [one for one in plan.options if one.offered]
