"""Card status: asked and answered in one page, at the partners' door."""

from starlette.responses import Response

from qika.terms.names import Application
from qika.web.api.card_status import Tries, answer_card_status
from qika.web.api.fields import of_value
from qika.web.api.requests import CardStatusRequest
from qika.web.pages.page import Page
from qika.web.pages.posted import posted
from qika.web.problems import FieldError, ProblemCode, ProblemError, problem_of

FORM_MAX = 4_096


async def card_status(page: Page, tries: Tries) -> Response:
    """Ask and answer in one page; what is typed travels in the body, never in an address."""
    if page.request.method != "POST":
        return page.render("card_status.html.j2", answer=None, errors=[], wrong={}, issuer="")
    given = await posted(page, FORM_MAX)
    card = {name: given[name] for name in ("issuer", "card_number") if name in given}
    said = {name: given[name] for name in ("name", "social_security_number") if name in given}
    answer, errors = None, list[FieldError]()
    try:
        asked = of_value({"card": card, **said}, CardStatusRequest)
        answer = await answer_card_status(page.site, asked, tries, page.language)
    except ProblemError as error:
        if error.code is not ProblemCode.WRONG_FIELDS:
            raise
        errors = problem_of(error, page.language).errors
    return page.render(
        "card_status.html.j2",
        422 if errors else 200,
        answer=answer,
        errors=errors,
        wrong={error.field: error.message for error in errors},
        issuer=given.get("issuer", ""),
        applications=list(Application),
    )
