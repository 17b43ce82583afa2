"""What a region wants of an agent, read off the plan that it gives to one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request

from qika.terms.names import Application, Basis, Who
from qika.web.api.answers import OptionAnswer, PlanAnswer, SourceAnswer
from qika.web.api.plans import PlanAnswers, answer_of_rules
from qika.web.api.requests import PlanQuery
from qika.web.pages.page import Page

PLAIN, NOTARISED, WITNESSED = (
    "power_of_attorney", "notarised_power_of_attorney", "witnessed_power_of_attorney",
)  # fmt: skip
"""Letters among the documents of ``documents.toml``."""


class LetterKind(StrEnum):
    """What kind of letter is wanted; the strictest of all ways open to an agent."""

    UNASKED = "unasked"
    PLAIN = "plain"
    WITNESSED = "witnessed"
    NOTARISED = "notarised"


@dataclass(frozen=True, slots=True)
class AgentRules:
    """Where an agent is accepted, for what, and with which letter."""

    plan: PlanAnswer
    options: tuple[OptionAnswer, ...]
    """Ways open to an agent; none where the region refuses agents."""

    @property
    def accepted(self) -> bool:
        """Tell whether an agent may do anything at all."""
        return bool(self.options)

    @property
    def applications(self) -> tuple[Application, ...]:
        """Give what an agent may activate, in the usual order."""
        able = {one for option in self.options for one in option.applications}
        return tuple(one for one in Application if one in able)

    @property
    def kind(self) -> LetterKind:
        """Give the kind of letter that is wanted."""
        papers = self._papers()
        if WITNESSED in papers:
            return LetterKind.WITNESSED
        if NOTARISED in papers:
            return LetterKind.NOTARISED
        return LetterKind.PLAIN if PLAIN in papers else LetterKind.UNASKED

    @property
    def reference_only(self) -> bool:
        """Tell whether nothing but common practice elsewhere stands behind it."""
        return all(option.basis is Basis.REFERENCE for option in self.options)

    @property
    def sources(self) -> list[SourceAnswer]:
        """Give the sources of what holds for agents, also where they are refused."""
        of = self.options or self.plan.options
        cited = {cite for option in of for cite in option.source_ids}
        return [one for one in self.plan.sources if one.id in cited]

    def _papers(self) -> frozenset[str]:
        papers = [paper for option in self.options for paper in option.documents]
        return frozenset(code for paper in papers for code in (paper.code, *paper.any_of))


def agent_rules(page: Page, region: str, who: Who = Who.AGENT) -> "AgentRules | PlanAnswers":
    """Read what holds for agents in a region; where there is no one plan, the answer itself.

    Raises ProblemError if the region is not known.
    """
    found = answer_of_rules(page.site, PlanQuery(region=region, who=who), page.language)
    if not isinstance(found, PlanAnswer):
        return found
    return AgentRules(found, tuple(one for one in found.options if one.offered))


def region_asked(request: Request, given: Mapping[str, str]) -> str:
    """Give the region named in the form, else in the address."""
    return given.get("region") or request.query_params.get("region", "").strip()
