"""Statuses and problems explained."""

from starlette.responses import Response

from qika.activation.status import Status
from qika.web.pages.page import Page
from qika.web.problems import ProblemCode


async def problems(page: Page) -> Response:
    """Explain every status and problem, each under its code as anchor."""
    return page.render("problems.html.j2", statuses=list(Status), codes=list(ProblemCode))
