"""This is wrong: a reader says what is wrong with a point, a rule or a page; nobody says who."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from qika.operations.activate import StoreBusyError
from qika.operations.reports import (
    TEXT_MAX,
    Said,
    Subject,
    names_somebody,
    of_page,
    of_point,
    of_rule,
    take,
)
from qika.terms.names import PointId
from qika.web.pages.page import PAGES, Page
from qika.web.pages.posted import from_elsewhere, posted
from qika.web.pages.regions import rules_now, today
from qika.web.pages.values import Teller
from qika.web.problems import FaultCode, FieldError, ProblemCode, ProblemError
from qika.web.speech import SPEECH

FORM_MAX = 16_384
"""Bytes: three texts of Chinese, each character as nine letters, and the names of the fields."""

REPORTED_PAGES = (
    "site", "regions", "status-words", "legal-basis", "sources", "accessibility", "employers",
)  # fmt: skip
"""Pages that belong to no region; ``site`` stands for everything else."""

FIELDS = ("wrong", "right", "seen")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Characters nobody typed to be read."""

TAKEN, ELSEWHERE, TOO_MANY, NOT_KEPT = 200, 403, 429, 503
WAIT_S = "3600"
"""Seconds after which the bounds of an hour are certainly new."""


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about, as the form shows it."""

    subject: Subject
    title: str
    shown: tuple[str, ...]
    """What Qika says of it now."""
    back: str
    """The page it stands on."""
    query: Mapping[str, str]
    """Names it in the address of the form."""


async def report(page: Page) -> Response:
    """Show the form, or keep what was written into it."""
    about = _about(page)
    if page.request.method != "POST":
        return _form(page, about, {})
    if from_elsewhere(page):
        return _form(page, about, {}, status=ELSEWHERE, trouble="report-elsewhere")
    given = {name: UNSEEN.sub("", text) for name, text in (await posted(page, FORM_MAX)).items()}
    errors = _errors(page, given)
    if errors:
        return _form(page, about, given, errors=errors)
    return await _taken(page, about, given)


async def _taken(page: Page, about: About, given: Mapping[str, str]) -> Response:
    """Keep a report that is in order; say so with its reference, or why it was not kept."""
    assert page.site.reports is not None, "the page is only there where reports are kept"
    said = Said(*(given.get(name, "") for name in FIELDS))
    try:
        reference = await take(
            page.site.office, page.site.reports, about.subject, said, page.language
        )
    except StoreBusyError:
        return _form(page, about, given, status=NOT_KEPT, trouble="report-not_kept")
    if reference is None:
        answer = _form(page, about, given, status=TOO_MANY, trouble="report-too_many")
        answer.headers["Retry-After"] = WAIT_S
        return answer
    return page.render("reported.html.j2", about=about, reference=reference)


def _form(
    page: Page,
    about: About,
    given: Mapping[str, str],
    *,
    errors: list[FieldError] | None = None,
    status: int = TAKEN,
    trouble: str = "",
) -> Response:
    errors = errors or []
    return page.render(
        "report.html.j2",
        422 if errors else status,
        about=about,
        given=given,
        errors=errors,
        wrong={error.field: error.message for error in errors},
        trouble=trouble,
        action=page.link("/report", **about.query),
        text_max=TEXT_MAX,
    )


def _errors(page: Page, given: Mapping[str, str]) -> list[FieldError]:
    """Say what is wrong with a form: nothing said, too much said, or somebody named."""
    t = SPEECH[page.language].t
    errors: list[FieldError] = []
    if "wrong" not in given:
        errors.append(FieldError("wrong", FaultCode.MISSING, t("report-missing")))
    for name in FIELDS:
        text = given.get(name, "")
        if len(text) > TEXT_MAX:
            message = t("report-too_long", length=TEXT_MAX)
            errors.append(FieldError(name, FaultCode.LENGTH, message))
        elif names_somebody(text, today(page)):
            errors.append(FieldError(name, FaultCode.FORMAT, t("report-somebody")))
    return errors


def _about(page: Page) -> About:
    """Read from the address what the report is about; raises ProblemError for what there is not."""
    query = page.request.query_params
    if "point" in query:
        return _about_point(page, PointId(query["point"]))
    if "region" in query:
        return _about_region(page, query["region"], query.get("parameter", ""))
    name = query.get("page", REPORTED_PAGES[0])
    if name not in REPORTED_PAGES:
        raise ProblemError(ProblemCode.NOT_FOUND)
    title = SPEECH[page.language].t(f"reported-{name}")
    back = page.link("" if name == REPORTED_PAGES[0] else f"/{name}")
    return About(of_page(name), title, (), back, {"page": name})


def _about_point(page: Page, point_id: PointId) -> About:
    point = page.site.office.directory.point(point_id)
    if point is None:
        raise ProblemError(ProblemCode.NOT_FOUND)
    shown = (point.address, point.landmark, point.phone, point.hours_text)
    back = page.link("/points", region=point.region)
    return About(
        of_point(point_id), point.name, tuple(filter(None, shown)), back, {"point": point_id}
    )


def _about_region(page: Page, text: str, parameter: str) -> About:
    code = page.site.regions.resolve(text).code
    if code is None:
        raise ProblemError(ProblemCode.NOT_FOUND)
    name, place = page.site.regions.name(code, page.language), f"{PAGES}/{code}"
    if not parameter:
        return About(of_rule(code, ""), name, (), page.link(place), {"region": code})
    rules = rules_now(page, code)
    known = rules.parameters.get(parameter)
    if known is None:
        raise ProblemError(ProblemCode.NOT_FOUND)
    speech = SPEECH[page.language]
    held = Teller(page.site, rules, page.language).held(parameter)
    return About(
        subject=of_rule(code, parameter),
        title=f"{name}{speech.t('label-separator')}{known.words.in_language(page.language)}",
        shown=tuple(speech.t("label-separator").join((*v.narrowed, v.said.text)) for v in held),
        back=page.link(f"{place}/rules/{parameter}"),
        query={"region": code, "parameter": parameter},
    )
