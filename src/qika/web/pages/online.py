"""Online through Alipay: whether a region offers it, the form, the way there, and the return.

Name and numbers travel in bodies only and are written nowhere. What has begun is carried by the
reader's browser in a sealed cookie; the address of the return says nothing about the outcome.
"""

import hashlib
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from qika.activation.request import Outcome
from qika.activation.status import Status
from qika.operations.activate import Answered, StoreBusyError
from qika.operations.batch import OverloadedError
from qika.operations.online import (
    ALIPAY,
    LASTS,
    Begun,
    CheckFailedError,
    CheckFault,
    Claim,
    Desk,
    Missed,
    begin,
    carried,
    finish,
    offered_online,
    short_form,
)
from qika.terms.names import CardNumber, IssuerCode
from qika.web.api.answers import PlanAnswer
from qika.web.api.card_status import TRIES_WITHIN, Tries
from qika.web.api.fields import of_value
from qika.web.api.outcomes import Told, outcomes
from qika.web.api.places import hotline
from qika.web.api.plans import answer_plan
from qika.web.api.requests import CardStatusRequest, PlanQuery
from qika.web.pages.page import PAGES, Page
from qika.web.pages.posted import from_elsewhere, posted
from qika.web.pages.regions import is_fictitious, rules_now
from qika.web.pages.take_along.share import drawn
from qika.web.problems import FaultCode, FieldError, ProblemCode, ProblemError, problem_of
from qika.web.speech import SPEECH

PLACE = f"{PAGES}/{{region}}/online"
CARD, CHECK, PICTURE, RETURN = "card", "check", "check.svg", "return"
"""The pages below it: the form, the way to Alipay, the same to be scanned, the way back."""

FORM_MAX = 4_096
FIELDS = ("card_number", "name", "social_security_number")
SECURE_COOKIE, COOKIE = "__Host-qika-online", "qika-online"
"""By https, and on loopback without it."""

WAIT_S = "15"
_DONE, _NOTHING, _WRONG, _ELSEWHERE, _LATE, _UNTRUSTED = 200, 404, 422, 403, 503, 502
_WORD = re.compile(r"[0-9a-f]{32}")
_IDENTITY_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
_FAILED = {
    CheckFault.LATE: _LATE,
    CheckFault.UNTRUSTED: _UNTRUSTED,
    CheckFault.REFUSED: _UNTRUSTED,
}


async def offer(page: Page) -> Response:
    """Say whether the plastic card can be enabled through Alipay there, and what works besides."""
    text = page.request.path_params["region"]
    plan = answer_plan(page.site, PlanQuery(region=text), page.language)
    if not isinstance(plan, PlanAnswer):
        there = page.link(f"{PAGES}/{quote(text)}")
        return RedirectResponse(there, 303, {"Cache-Control": "no-store"})
    shown = [one for one in plan.options if one.offered or one.channel == ALIPAY]
    cited = {source_id for one in shown for source_id in one.source_ids}
    sources = [one for one in plan.sources if one.id in cited]
    place = page.link(f"{PAGES}/{plan.region.code}")
    return page.render(
        "online_offer.html.j2",
        plan=plan,
        way=next((one for one in shown if one.channel == ALIPAY), None),
        others=[one for one in shown if one.channel != ALIPAY],
        sources=sources,
        numbers={one.id: number for number, one in enumerate(sources, 1)},
        set_up=_set_up(page, fictitious=plan.fictitious),
        begin=f"{place}/online/{CARD}",
        place=place,
    )


def _set_up(page: Page, *, fictitious: bool) -> bool:
    """Tell whether it can be done here; the demo's stand-in serves made-up regions only."""
    online = page.site.online
    return online is not None and (online.example is None or fictitious)


async def card(page: Page, tries: Tries, begun: Tries) -> Response:
    """Ask whose card it is; begin the check of its holder and send the reader on."""
    region = _region(page)
    offered = offered_online(page.site.office, region).offered
    if not offered or not _set_up(page, fictitious=is_fictitious(page, rules_now(page, region))):
        return RedirectResponse(page.link(f"{PAGES}/{region}/online"), 303)
    if page.request.method != "POST":
        return _form(page, region, {})
    if from_elsewhere(page):
        return _form(page, region, {}, status=_ELSEWHERE, trouble="online-elsewhere")
    given = await posted(page, FORM_MAX)
    errors = _errors(page, region, given)
    if errors:
        return _form(page, region, given, errors=errors)
    number = CardNumber(given["card_number"])
    claim = Claim(
        region,
        page.site.office.keys.card_key(region, number),
        given["name"],
        given["social_security_number"].upper(),
    )
    return await _begun(page, claim, given, tries, begun)


async def _begun(
    page: Page, claim: Claim, given: dict[str, str], tries: Tries, begun: Tries
) -> Response:
    """Begin, within bounds for each card: wrong guesses, and checks that cost somebody money."""
    now = page.site.office.clock()
    if tries.exhausted(claim.card_key, now) or begun.exhausted(claim.card_key, now):
        retry = (("Retry-After", str(int(TRIES_WITHIN.total_seconds()))),)
        raise ProblemError(ProblemCode.TOO_MANY_TRIES, headers=retry)
    region, back = claim.issuer, partial(_return_address, page, claim.issuer)
    try:
        found = await begin(_desk(page), claim, back)
    except CheckFailedError as error:
        trouble = f"online-begin-{error.fault}"
        return _form(page, region, given, status=_FAILED[error.fault], trouble=trouble)
    except (StoreBusyError, OverloadedError):
        return _form(page, region, given, status=_LATE, trouble="online-busy")
    if found is None:
        tries.failed(claim.card_key, now)
        return _form(page, region, given, status=_WRONG, trouble="online-not_found")
    if isinstance(found, Outcome):
        return _outcome(page, region, Answered(found))
    begun.failed(claim.card_key, now)
    answer = RedirectResponse(_link(page, region, CHECK), 303, {"Cache-Control": "no-store"})
    return _carrying(page, answer, found[1])


async def check(page: Page) -> Response:
    """Show the way to Alipay, and where to write the digits that one comes back with."""
    region, begun = _region(page), _carried(page)
    if begun is None:
        return RedirectResponse(_link(page, region, CARD), 303, {"Cache-Control": "no-store"})
    return _way_there(page, region, begun)


async def picture(page: Page) -> Response:
    """Give Alipay's page as a QR code: its check runs in its app, which a desktop has not."""
    begun, headers = _carried(page), {"Cache-Control": "no-store"}
    if begun is None:
        return Response(status_code=_NOTHING, headers=headers)
    there = _desk(page).check.page(begun.check_id)
    return Response(drawn(there), headers=headers, media_type="image/svg+xml")


async def back(page: Page, tries: Tries) -> Response:
    """Finish what this browser has begun, or give the digits to carry to the one that has."""
    region = _region(page)
    mark, now = hashlib.sha256(_cookie(page).encode()).digest(), page.site.office.clock()
    if tries.exhausted(mark, now):
        retry = (("Retry-After", str(int(TRIES_WITHIN.total_seconds()))),)
        raise ProblemError(ProblemCode.TOO_MANY_TRIES, headers=retry)
    failed = partial(tries.failed, mark, now)
    if page.request.method != "POST":
        return await _finished(page, region, page.request.query_params.get("state", ""), failed)
    begun = _carried(page)
    if from_elsewhere(page) or begun is None:
        return _missed(page, region, "")
    digits = re.sub(r"\s", "", (await posted(page, FORM_MAX)).get("digits", ""))
    if digits != short_form(begun.word):
        failed()
        return _way_there(page, region, begun, wrong=SPEECH[page.language].t("online-wrong_digits"))
    return await _finished(page, region, digits, failed)


async def _finished(
    page: Page, region: IssuerCode, said: str, failed: Callable[[], None]
) -> Response:
    """Say how it ended; where nobody could tell, nothing is lost and it may be asked again."""
    try:
        found = await finish(_desk(page), _cookie(page), said)
    except CheckFailedError as error:
        return _unknown(page, region, said, f"online-back-{error.fault}", _FAILED[error.fault])
    except (StoreBusyError, OverloadedError):
        return _unknown(page, region, said, "online-busy", _LATE)
    if isinstance(found, Missed):
        return _missed(page, region, said)
    if found.outcome.status is Status.IDENTITY_NOT_PROVED:
        failed()
    return _outcome(page, region, found)


# -- what is shown -------------------------------------------------------------------------------


def _form(
    page: Page,
    region: IssuerCode,
    given: dict[str, str],
    *,
    errors: list[FieldError] | None = None,
    status: int = _DONE,
    trouble: str = "",
) -> Response:
    """Show the form; the identity number is never shown again."""
    errors = errors or []
    answer = page.render(
        "online_card.html.j2",
        _WRONG if errors else status,
        **_named(page, region),
        given={name: given.get(name, "") for name in FIELDS[:2]},
        errors=errors,
        wrong={error.field: error.message for error in errors},
        trouble=trouble,
        action=_link(page, region, CARD),
        begun=_link(page, region, CHECK) if _carried(page) else "",
        hotline=hotline(rules_now(page, region)),
        try_it=page.site.online.example if page.site.online else None,
    )
    if status == _LATE:
        answer.headers["Retry-After"] = WAIT_S
    return answer


def _way_there(page: Page, region: IssuerCode, begun: Begun, wrong: str = "") -> Response:
    return page.render(
        "online_check.html.j2",
        _WRONG if wrong else _DONE,
        **_named(page, region),
        there=_desk(page).check.page(begun.check_id),
        picture=_link(page, region, PICTURE),
        minutes=int(LASTS.total_seconds() // 60),
        action=_link(page, region, RETURN),
        again=_link(page, region, CARD),
        wrong=wrong,
    )


def _missed(page: Page, region: IssuerCode, said: str) -> Response:
    """Nothing was begun here: somewhere else perhaps, where the digits are waited for."""
    digits = short_form(said) if _WORD.fullmatch(said) else ""
    return page.render(
        "online_missed.html.j2",
        **_named(page, region),
        digits=f"{digits[:4]} {digits[4:]}" if digits else "",
        again=_link(page, region, CARD),
    )


def _unknown(page: Page, region: IssuerCode, said: str, why: str, status: int) -> Response:
    answer = page.render(
        "online_unknown.html.j2",
        status,
        **_named(page, region),
        why=why,
        retry=page.link(f"{PAGES}/{region}/online/{RETURN}", state=said),
        digits=not _WORD.fullmatch(said),
        action=_link(page, region, RETURN),
        said=said,
    )
    answer.headers["Retry-After"] = WAIT_S
    return answer


def _outcome(page: Page, region: IssuerCode, answered: Answered) -> Response:
    book = page.site.office.rulings.book
    told = outcomes(book, [Told("", answered)], page.language).outcomes[0]
    return page.render(
        "online_outcome.html.j2",
        **_named(page, region),
        told=told,
        unproved=answered.outcome.status is Status.IDENTITY_NOT_PROVED,
        there=_link(page, region, CHECK),
        again=_link(page, region, CARD),
    )


def _named(page: Page, region: IssuerCode) -> dict[str, Any]:
    place = page.link(f"{PAGES}/{region}")
    return {
        "name": page.site.regions.name(region, page.language),
        "fictitious": is_fictitious(page, rules_now(page, region)),
        "place": place,
        "offer": f"{place}/online",
    }


# -- what is read --------------------------------------------------------------------------------


def _errors(page: Page, region: IssuerCode, given: dict[str, str]) -> list[FieldError]:
    """Say what is wrong with a form; Alipay checks holders of an identity card only."""
    t = SPEECH[page.language].t
    errors = [
        FieldError(name, FaultCode.MISSING, t("field-missing"))
        for name in FIELDS
        if name not in given
    ]
    number = given.get("social_security_number")
    if number is not None and not _IDENTITY_NUMBER.fullmatch(number):
        message = t("online-identity_card_only")
        errors.append(FieldError("social_security_number", FaultCode.FORMAT, message))
    if errors:
        return errors
    said = {name: given[name] for name in FIELDS[1:]}
    whose = {"issuer": region, "card_number": given["card_number"]}
    try:
        of_value({"card": whose, **said}, CardStatusRequest)
    except ProblemError as error:
        if error.code is not ProblemCode.WRONG_FIELDS:
            raise
        return [
            FieldError(one.field.removeprefix("card."), one.code, one.message)
            for one in problem_of(error, page.language).errors
        ]
    return []


def _region(page: Page) -> IssuerCode:
    """Read the region of the address; raises ProblemError for what is none with cards."""
    code = page.site.regions.resolve(page.request.path_params["region"]).code
    if code is None or not page.site.regions.covered(code):
        raise ProblemError(ProblemCode.NOT_FOUND)
    return code


def _desk(page: Page) -> Desk:
    online = page.site.online
    assert online is not None, "these pages are only there where a provider is set"
    assert online.desk is not None, "and where cards can be found"
    return online.desk


def _link(page: Page, region: IssuerCode, name: str) -> str:
    return page.link(f"{PAGES}/{region}/online/{name}")


def _return_address(page: Page, region: IssuerCode, word: str) -> str:
    return page.absolute(page.link(f"{PAGES}/{region}/online/{RETURN}", state=word))


def _is_secure(page: Page) -> bool:
    return page.site.origin.startswith("https://")


def _cookie(page: Page) -> str:
    return page.request.cookies.get(SECURE_COOKIE if _is_secure(page) else COOKIE, "")


def _carried(page: Page) -> Begun | None:
    return carried(_desk(page), _cookie(page))


def _carrying(page: Page, answer: Response, sealed: str) -> Response:
    """Let the browser carry what has begun: read by no script, sent by no other site's form."""
    secure = _is_secure(page)
    answer.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        sealed,
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return answer
