"""The plan that an address asks for: what all that can be taken along starts from."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from qika.web.api.answers import PlanAnswer
from qika.web.api.plans import answer_plan
from qika.web.pages.page import PAGES, Page
from qika.web.pages.question import CARRIED, given_of, question_of
from qika.web.problems import ProblemCode, ProblemError


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the fields of the question it answers."""

    given: Mapping[str, str]
    plan: PlanAnswer

    @property
    def carried(self) -> dict[str, str]:
        """Give the fields that an address of the same question carries; blanks are left out."""
        return {name: self.given[name] for name in CARRIED if name in self.given}


def planned(page: Page, *, today: bool = False) -> Planned | Response:
    """Give the plan; where there is none, lead to the page that says why or asks again.

    ``today``: the plan of the day on which it is fetched, whatever day the address names.
    """
    region = page.request.path_params["region"]
    given = given_of(page) | {"region": region}
    if today:
        given.pop("on", None)
    try:
        found = answer_plan(page.site, question_of(page, given), page.language)
    except ProblemError as error:
        if error.code is not ProblemCode.WRONG_FIELDS:
            raise
        found = None
    if isinstance(found, PlanAnswer):
        return Planned(given, found)
    target = page.link(f"{PAGES}/{region}/plan", **dict(page.request.query_params))
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})
