"""The pages themselves: start, question, answer, points, card status, errors explained."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from qika.activation.status import Status
from qika.rulebook.model import Clock
from qika.terms.names import Application, BankCode, ChannelCode, Language, PointKind, Who
from qika.web.answers import CandidatesAnswer, NotCoveredAnswer, PlanAnswer
from qika.web.asking import PLAN_FILLER, plan_faults
from qika.web.card_status import Tries, answer_card_status
from qika.web.fields import of_query, of_value
from qika.web.pages import PAGES, Page, route, static_routes
from qika.web.plans import answer_plan
from qika.web.points import answer_points
from qika.web.problems import FaultCode, FieldError, ProblemCode, ProblemError, problem_of
from qika.web.requests import CardStatusRequest, PlanQuery, PointsQuery, Wanted
from qika.web.shelf import Shelf
from qika.web.site import Site
from qika.web.speech import SPEECH

KNOWN_BANKS = ("102", "103", "104", "105", "301", "403")
"""Banks offered while typing; any other name is accepted too."""

WAYS = (
    "bank_counter", "hospital_first_use", "pharmacy_first_use", "bank_entrusted", "online_alipay",
)  # fmt: skip
FORM_MAX = 4_096
POINTS_PER_PAGE = "10"
FORM_TYPE = "application/x-www-form-urlencoded"

_PLAN_FIELDS = (
    "region", "collected_on", "collected", "made_on", "applied_on", "card_bank", "application",
    "who", "near", "near_crs", "on",
)  # fmt: skip
_CARRIED = _PLAN_FIELDS[1:]
_POINT_FIELDS = (
    "lat", "lon", "crs", "region", "channel", "application", "card_bank", "kind", "open", "cursor",
)  # fmt: skip


def routes(site: Site, tries: Tries, shelf: Shelf) -> list[BaseRoute]:
    """Give the routes of all pages that this process's doors allow."""
    pages: list[BaseRoute] = [*static_routes()]
    if "public" in site.doors:
        public = partial(route, site, shelf=shelf)
        pages.append(public("/", _home))
        for language in Language:
            pages += [
                public(f"/{language}", _home),
                public(f"/{language}{PAGES}", _ask),
                public(f"/{language}{PAGES}/{{region}}", _answer),
                public(f"/{language}/points", _points),
                public(f"/{language}/problems", _problems),
            ]
    if "partner" in site.doors:

        async def status(page: Page) -> Response:
            return await _card_status(page, tries)

        paths = (f"/{language}/card-status" for language in Language)
        pages += [route(site, path, status, ("GET", "POST")) for path in paths]
    return pages


async def _home(page: Page) -> Response:
    channels = page.site.office.rulings.book.channels
    known = [channels[code] for way in WAYS if (code := ChannelCode(way)) in channels]
    ways = [(one.code, one.name.in_language(page.language)) for one in known]
    return page.render("home.html.j2", ways=ways)


async def _ask(page: Page) -> Response:
    """Show the form; an answered one leads to the answer's own address."""
    given = _given(page)
    if "region" not in page.request.query_params:
        return _form(page, given, [])
    try:
        answer = answer_plan(page.site, _question(page, given), page.language)
    except ProblemError as error:
        return _form(page, given, problem_of(error, page.language).errors)
    if isinstance(answer, CandidatesAnswer):
        return _candidates(page, given, answer)
    carried = {name: given[name] for name in _CARRIED if name in given}
    target = page.link(f"{PAGES}/{answer.region.code}", **carried)
    return RedirectResponse(target, status_code=303)


async def _answer(page: Page) -> Response:
    given = _given(page) | {"region": page.request.path_params["region"]}
    try:
        answer = answer_plan(page.site, _question(page, given), page.language)
    except ProblemError as error:
        if error.code is not ProblemCode.WRONG_FIELDS:
            raise
        return _form(page, given, problem_of(error, page.language).errors)
    match answer:
        case CandidatesAnswer():
            return _candidates(page, given, answer)
        case NotCoveredAnswer():
            return page.render("elsewhere.html.j2", answer=answer, form=page.link(PAGES))
        case PlanAnswer():
            return _plan(page, given, answer)


def _plan(page: Page, given: Mapping[str, str], plan: PlanAnswer) -> Response:
    bank = page.site.banks.code_of(given["card_bank"]) if "card_bank" in given else None
    return page.render(
        "answer.html.j2",
        plan=plan,
        asked=given,
        bank=page.site.banks.name(bank, page.language) if bank else None,
        change=page.link(PAGES, **_kept(given)) + "#q",
        due=next((one for one in plan.deadlines if one.clock is Clock.ACTIVATION), None),
        others=[one for one in plan.deadlines if one.clock is not Clock.ACTIVATION],
        offered=[one for one in plan.options if one.offered],
        refused=[one for one in plan.options if not one.offered],
        sources={one.id: number for number, one in enumerate(plan.sources, 1)},
    )


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    """Give what a form is filled with again; the region under a name that does not submit it."""
    kept = {name: given[name] for name in _CARRIED if name in given}
    return kept | ({"r": given["region"]} if "region" in given else {})


def _given(page: Page) -> dict[str, str]:
    """Read the fields of the question, blanks left out; parts of a date become one."""
    query = page.request.query_params
    given = {
        name: value.strip()
        for name in (*_PLAN_FIELDS, "year", "month", "day", "r")
        if (value := query.get(name, "")).strip()
    }
    parts = [given[name] for name in ("year", "month", "day") if name in given]
    if parts and "collected_on" not in given:
        given["collected_on"] = "-".join(part.zfill(2) for part in parts)
    elif "collected_on" in given and not parts:
        names = ("year", "month", "day")
        given |= dict(zip(names, given["collected_on"].split("-"), strict=False))
    return given


def _question(page: Page, given: Mapping[str, str]) -> PlanQuery:
    said = {name: given[name] for name in _PLAN_FIELDS if name in given}
    return of_query(
        urlencode(said),
        PlanQuery,
        PLAN_FILLER,
        lambda rest: plan_faults(page.site, rest, page.language),
    )


_ASKED_BY = {"region": "region", "collected_on": "collected_on", "lat": "place", "lon": "place"}
_SAID_BETTER = frozenset({FaultCode.UNKNOWN_REGION, FaultCode.AMBIGUOUS_REGION})


def _as_asked(errors: list[FieldError], language: Language) -> list[FieldError]:
    """Say a wrong field in the words of the question, where the API's words name no question."""
    speech = SPEECH[language]
    return [
        FieldError(error.field, error.code, speech.t(f"wrong-{_ASKED_BY[error.field]}"))
        if error.field in _ASKED_BY and error.code not in _SAID_BETTER
        else error
        for error in errors
    ]


def _form(page: Page, given: Mapping[str, str], errors: list[FieldError]) -> Response:
    banks, errors = page.site.banks, _as_asked(errors, page.language)
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


def _candidates(page: Page, given: Mapping[str, str], answer: CandidatesAnswer) -> Response:
    carried = {name: given[name] for name in _CARRIED if name in given}
    links = [(one, page.link(f"{PAGES}/{one.code}", **carried)) for one in answer.candidates]
    return page.render(
        "candidates.html.j2", region=given["region"], links=links, form=page.link(PAGES)
    )


async def _points(page: Page) -> Response:
    """Show the finder; ``place`` is a region or ``lat,lon``, as people type it."""
    query = page.request.query_params
    given = {n: v.strip() for n in (*_POINT_FIELDS, "place") if (v := query.get(n, "")).strip()}
    found, errors = None, list[FieldError]()
    if given:
        try:
            asked = of_query(urlencode(_search(given)), PointsQuery)
            found = answer_points(page.site, asked, page.language)
        except ProblemError as error:
            errors = _as_asked(problem_of(error, page.language).errors, page.language)
    filters = {name: value for name, value in given.items() if name != "cursor"}
    return page.render(
        "points.html.j2",
        422 if errors else 200,
        given=given,
        found=found,
        errors=errors,
        kinds=list(PointKind),
        filtered=partial(_filtered, page, filters),
    )


def _search(given: Mapping[str, str]) -> dict[str, str]:
    said = {name: value for name, value in given.items() if name != "place"}
    place = given.get("place", "").replace("\uff0c", ",")
    lat, comma, lon = place.partition(",")
    if comma:
        said |= {"lat": lat.strip(), "lon": lon.strip()}
    elif place:
        said["region"] = place
    return said | {"limit": POINTS_PER_PAGE}


def _filtered(page: Page, filters: Mapping[str, str], **changed: str | None) -> str:
    merged = {**filters, **changed}
    return page.link("/points", **{n: str(v) for n, v in merged.items() if v is not None})


async def _problems(page: Page) -> Response:
    return page.render("problems.html.j2", statuses=list(Status), codes=list(ProblemCode))


async def _card_status(page: Page, tries: Tries) -> Response:
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
