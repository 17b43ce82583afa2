"""Card status: asked and answered in one page, at the partners' door."""

from urllib.parse import parse_qsl

from starlette.responses import Response

from qika.terms.names import Application
from qika.web.api.card_status import Tries, answer_card_status
from qika.web.api.fields import of_value
from qika.web.api.requests import CardStatusRequest
from qika.web.pages.page import Page
from qika.web.problems import FieldError, ProblemCode, ProblemError, problem_of

FORM_MAX = 4_096
FORM_TYPE = "application/x-www-form-urlencoded"


async def card_status(page: Page, tries: Tries) -> Response:
    """Ask and answer in one page; what is typed travels in the body, never in an address."""
    if page.request.method != "POST":
        return page.render("card_status.html.j2", answer=None, errors=[], wrong={}, issuer="")
    given = await _posted(page)
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


async def _posted(page: Page) -> dict[str, str]:
    """Read a small form."""
    kind = page.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise ProblemError(ProblemCode.UNSUPPORTED_MEDIA_TYPE)
    body = bytearray()
    async for part in page.request.stream():
        body += part
        if len(body) > FORM_MAX:
            raise ProblemError(ProblemCode.TOO_LARGE)
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=20)
    except ValueError as error:
        raise ProblemError(ProblemCode.UNREADABLE) from error
    return {name: value.strip() for name, value in pairs if value.strip()}
