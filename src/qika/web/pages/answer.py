"""The answer to one question: a plan, or why there is none."""

from collections.abc import Mapping

from starlette.responses import Response

from qika.rulebook.model import Clock
from qika.web.api.answers import CandidatesAnswer, NotCoveredAnswer, PlanAnswer
from qika.web.api.plans import answer_plan
from qika.web.open.blocks import region_block
from qika.web.pages.ask import candidates, form
from qika.web.pages.page import PAGES, Page
from qika.web.pages.question import given_of, question_of, refilled
from qika.web.problems import ProblemCode, ProblemError, problem_of


async def answer(page: Page) -> Response:
    """Show the plan for what the address asks; the form again if something in it is wrong."""
    given = given_of(page) | {"region": page.request.path_params["region"]}
    try:
        found = answer_plan(page.site, question_of(page, given), page.language)
    except ProblemError as error:
        if error.code is not ProblemCode.WRONG_FIELDS:
            raise
        return form(page, given, problem_of(error, page.language).errors)
    match found:
        case CandidatesAnswer():
            return candidates(page, given, found)
        case NotCoveredAnswer():
            return page.render("elsewhere.html.j2", answer=found, form=page.link(PAGES))
        case PlanAnswer():
            return _plan(page, given, found)


def _plan(page: Page, given: Mapping[str, str], plan: PlanAnswer) -> Response:
    bank = page.site.banks.code_of(given["card_bank"]) if "card_bank" in given else None
    return page.render(
        "answer.html.j2",
        plan=plan,
        asked=given,
        bank=page.site.banks.name(bank, page.language) if bank else None,
        change=page.link(PAGES, **refilled(given)) + "#q",
        due=next((one for one in plan.deadlines if one.clock is Clock.ACTIVATION), None),
        others=[one for one in plan.deadlines if one.clock is not Clock.ACTIVATION],
        offered=[one for one in plan.options if one.offered],
        refused=[one for one in plan.options if not one.offered],
        sources={one.id: number for number, one in enumerate(plan.sources, 1)},
        linked=region_block(
            page.site, plan, page.language, f"/{page.language}{PAGES}/{plan.region.code}"
        ),
    )
