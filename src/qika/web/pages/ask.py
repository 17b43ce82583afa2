"""Asking: the form of a question, and which of several divisions is meant."""

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from qika.terms.names import BankCode, Who
from qika.web.api.answers import CandidatesAnswer
from qika.web.api.plans import answer_plan
from qika.web.api.requests import Wanted
from qika.web.pages.page import PAGES, Page
from qika.web.pages.question import CARRIED, as_asked, given_of, question_of
from qika.web.problems import FieldError, ProblemError, problem_of

KNOWN_BANKS = ("102", "103", "104", "105", "301", "403")
"""Banks offered while typing; any other name is accepted too."""


async def ask(page: Page) -> Response:
    """Show the form; an answered one leads to the answer's own address."""
    given = given_of(page)
    if "region" not in page.request.query_params:
        return form(page, given, [])
    try:
        found = answer_plan(page.site, question_of(page, given), page.language)
    except ProblemError as error:
        return form(page, given, problem_of(error, page.language).errors)
    if isinstance(found, CandidatesAnswer):
        return candidates(page, given, found)
    carried = {name: given[name] for name in CARRIED if name in given}
    target = page.link(f"{PAGES}/{found.region.code}", **carried)
    return RedirectResponse(target, status_code=303)


def form(page: Page, given: Mapping[str, str], errors: list[FieldError]) -> Response:
    """Show the form, filled with what was given, and what is wrong with it."""
    banks, errors = page.site.banks, as_asked(errors, page.language)
    return page.render(
        "form.html.j2",
        422 if errors else 200,
        given=given,
        errors=errors,
        wrong={error.field: error.message for error in errors},
        action=page.link(PAGES),
        banks=[banks.name(BankCode(code), page.language) for code in KNOWN_BANKS],
        who=list(Who),
        applications=list(Wanted),
    )


def candidates(page: Page, given: Mapping[str, str], answer: CandidatesAnswer) -> Response:
    """Show the divisions that fit the text."""
    carried = {name: given[name] for name in CARRIED if name in given}
    links = [(one, page.link(f"{PAGES}/{one.code}", **carried)) for one in answer.candidates]
    return page.render(
        "candidates.html.j2", region=given["region"], links=links, form=page.link(PAGES)
    )
