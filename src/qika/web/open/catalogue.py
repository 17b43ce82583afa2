"""What there is to export: the plan of every issuer with rules of its own, and who serves whom.

An export renders the very answers of ``/v1/plans``, so that both say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from qika.activation.decide import day_of
from qika.points.point import ServicePoint
from qika.rulebook.reading import NATIONAL
from qika.terms.names import IssuerCode, Language
from qika.web.api.answers import OptionAnswer, PlanAnswer
from qika.web.api.plans import answer_plan
from qika.web.api.requests import PlanQuery
from qika.web.kept import Memory
from qika.web.pages.page import PAGES
from qika.web.site import Site

_catalogues: "Memory[Catalogue]" = Memory(4)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The services of one edition on one day, in one language."""

    site: Site
    language: Language
    on: date
    plans: Mapping[IssuerCode, PlanAnswer]
    """By issuer, in order of code. Points are not in them: those are exported by themselves."""

    def of_point(self, point: ServicePoint) -> PlanAnswer | None:
        """Give the service that a point belongs to: of the nearest issuer with rules."""
        chain = self.site.office.rulings.chain_of(IssuerCode(point.region))
        return next((self.plans[one] for one in chain if one in self.plans), None)

    def page_of(self, plan: PlanAnswer) -> str:
        """Give the address of the page about a region; a path while nobody said where we are."""
        return f"{self.site.origin}/{self.language}{PAGES}/{plan.region.code}"


def catalogue_of(site: Site, language: Language) -> Catalogue:
    """Give the catalogue of today."""
    on = day_of(site.office.clock())
    key = (site.office.rulings.book, site.regions, site.origin, on, language)
    return _catalogues.get(key, lambda: _catalogue(site, language, on))


def _catalogue(site: Site, language: Language, on: date) -> Catalogue:
    known = set(site.office.rulings.book.issuers) - {NATIONAL}
    plans: dict[IssuerCode, PlanAnswer] = {}
    for code in site.regions.every():
        if code in known:
            plan = answer_plan(site, PlanQuery(region=code), language)
            assert isinstance(plan, PlanAnswer), "an issuer with rules has a plan"
            plans[code] = plan
    return Catalogue(site, language, on, plans)


def offered(plan: PlanAnswer) -> list[OptionAnswer]:
    """Give the channels that a region offers."""
    return [one for one in plan.options if one.offered]
