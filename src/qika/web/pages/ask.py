"""Asking: one question on a page, its answer carried on in the address, nothing stored."""

from collections.abc import Mapping, Sequence

from starlette.responses import RedirectResponse, Response

from qika.activation.offer import offer
from qika.rulebook.book import Rules
from qika.terms.names import BankCode, IssuerCode, Who
from qika.web.api.asking import resolve
from qika.web.api.places import region
from qika.web.api.plans import answer_plan
from qika.web.pages.heard import BANK_NAME, UNSURE, example_month, heard
from qika.web.pages.page import PAGES, Page
from qika.web.pages.question import DATE_PARTS, given_of, question_of, refilled
from qika.web.pages.steps import ANSWER, EVERYWHERE, FIELDS, THEN, WAS, Step, Trail, carried
from qika.web.problems import FaultCode, FieldError, ProblemCode, ProblemError
from qika.web.site import Resolution
from qika.web.speech import SPEECH

KNOWN_BANKS = ("102", "103", "104", "105", "301", "403")
"""Banks offered where a region has not published which ones issue its cards."""

ANSWERED = "go"
"""A field of every form: its presence tells an answer from an address to be filled in."""

REGION_LENGTH_MAX = 80


async def ask(page: Page) -> Response:
    """Ask where the card was issued; an answer leads to the next question."""
    given = _given(page)
    if "region" not in page.request.query_params:
        return _ask_region(page, given, [])
    text = given.get("region", "")
    found = resolve(page.site.regions, text) if 0 < len(text) <= REGION_LENGTH_MAX else Resolution()
    if found.code is None:
        return _which(page, given, found, Step.BANK)
    if not page.site.regions.covered(found.code):
        return _elsewhere(page, found.code)
    old = {WAS: text} if found.renamed_from else {}
    trail = Trail(page, found.code, given | old)
    return _onward(trail.after(Step.REGION))


async def question(page: Page) -> Response:
    """Ask one question about the card of a region; an answer leads to the next."""
    name, text = page.request.path_params["name"], page.request.path_params["region"]
    if name not in tuple(Step) or name == Step.REGION:
        raise ProblemError(ProblemCode.NOT_FOUND)
    step, given, found = Step(name), _given(page), resolve(page.site.regions, text)
    if found.code is None:
        return _which(page, given | {"region": text}, found, step)
    if not page.site.regions.covered(found.code):
        return _elsewhere(page, found.code)
    trail = Trail(page, found.code, given)
    if trail.old_name() is None:
        given.pop(WAS, None)
    if step not in trail.steps:
        return _onward(trail.after(step))
    if ANSWERED not in page.request.query_params:
        return _ask(trail, step, [])
    said, errors = heard(page, found.code, step, given)
    trail = Trail(page, found.code, said)
    if errors:
        return _ask(trail, step, errors)
    return _onward(trail.after(step))


def _onward(target: str) -> Response:
    """Lead on; the address tells a person's answers, so that nobody keeps it."""
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})


def _given(page: Page) -> dict[str, str]:
    """Read the answers so far, with what leads a reader back."""
    query = page.request.query_params
    more = {name: query[name] for name in (THEN, WAS) if query.get(name)}
    return given_of(page) | more


def _which(page: Page, given: Mapping[str, str], found: Resolution, step: Step) -> Response:
    """Show the divisions that fit, each leading to a question; ask again where none does."""
    if not found.candidates:
        t, text = SPEECH[page.language].t, given.get("region", "")
        fits = 0 < len(text) <= REGION_LENGTH_MAX
        message = t("wrong-region-unknown", region=text) if fits else t("wrong-region")
        return _ask_region(page, given, [FieldError("region", FaultCode.UNKNOWN_REGION, message)])
    named = [region(page.site.regions, code, page.language) for code in found.candidates]
    links = [
        (one, trail.after(Step.REGION) if step is Step.BANK else trail.at(step))
        for one in named
        for trail in (Trail(page, IssuerCode(one.code), given),)
    ]
    return _candidates(page, given, links)


def _candidates(page: Page, given: Mapping[str, str], links: Sequence[object]) -> Response:
    back = page.link(PAGES, **refilled(given))
    return page.render("candidates.html.j2", region=given["region"], links=links, form=back)


def _elsewhere(page: Page, code: IssuerCode) -> Response:
    """Say that the mainland's cards are not issued there."""
    answer = answer_plan(page.site, question_of(page, {"region": code}), page.language)
    return page.render("elsewhere.html.j2", answer=answer, form=page.link(PAGES))


def _ask_region(page: Page, given: Mapping[str, str], errors: Sequence[FieldError]) -> Response:
    text = given.get("region") or given.get("r", "")
    found = resolve(page.site.regions, text) if "region" not in given and text else Resolution()
    named = page.site.regions.name(found.code, page.language) if found.code else text
    trail = Trail(page, found.code, given) if found.code else None
    back = trail.answer() if trail and given.get(THEN) else f"/?lang={page.language}"
    return _render(
        page, Step.REGION, errors, given, EVERYWHERE,
        action=page.link(PAGES), hidden=carried(given, WAS),
        back=back, skip=None, answers=[], text=named,
    )  # fmt: skip


def _ask(trail: Trail, step: Step, errors: Sequence[FieldError]) -> Response:
    page, given = trail.page, trail.given
    profile = page.site.office.rulings.book.issuers.get(trail.region)
    return _render(
        page, step, errors, given, trail.steps,
        action=page.link(f"{PAGES}/{trail.region}/question/{step}"),
        hidden=trail.carried(*FIELDS[step]) | {ANSWERED: "next"},
        back=trail.before(step),
        skip=trail.answer(),
        answers=trail.answers(step),
        region=page.site.regions.name(trail.region, page.language),
        old_name=trail.old_name(),
        fictitious=profile is not None and profile.fictitious,
        **_offered(trail, step),
    )  # fmt: skip


def _render(
    page: Page,
    step: Step,
    errors: Sequence[FieldError],
    given: Mapping[str, str],
    steps: Sequence[Step],
    **values: object,
) -> Response:
    return page.render(
        "question.html.j2",
        422 if errors else 200,
        step=step,
        number=steps.index(step) + 1,
        total=len(steps),
        last=step is steps[-1] or given.get(THEN) is not None,
        errors=errors,
        wrong={error.field: error.message for error in errors},
        given=given,
        unsure=UNSURE,
        **values,
    )


def _offered(trail: Trail, step: Step) -> dict[str, object]:
    """Give what a question offers to choose from."""
    page, office = trail.page, trail.page.site.office
    rules = office.rulings.on(trail.region, office.clock().date())
    match step:
        case Step.BANK:
            listed = rules.find("card_banks")
            codes = listed.value if listed and isinstance(listed.value, tuple) else KNOWN_BANKS
            names = [(code, page.site.banks.name(BankCode(str(code)), page.language))
                     for code in codes]  # fmt: skip
            written = trail.given.get(BANK_NAME, "")
            return {"banks": names, "listed": listed is not None, "written": written}
        case Step.COLLECTED | Step.MADE | Step.APPLIED:
            name = FIELDS[step][0]
            return {"example": example_month(page), "day_name": name, "parts": DATE_PARTS[name]}
        case Step.WHO:
            ways = {who: _ways(rules, who) for who in Who}
            return {"ways": ways}
        case Step.NEAR:
            return {
                "here": trail.answer(near=trail.region),
                "places": _places(trail),
                "away": trail.answer() if "near" not in trail.given else _unplaced(trail),
            }
        case _:
            return {}


def _ways(rules: Rules, who: Who) -> int:
    """Count the ways that somebody has by the rules in force."""
    return sum(offer(rules, channel, who).offered for channel in rules.channels)


def _places(trail: Trail) -> list[tuple[object, str]]:
    """Give the divisions that a text about a place fits, where it fits several."""
    text, regions = trail.given.get("near", ""), trail.page.site.regions
    found = resolve(regions, text) if text else Resolution()
    named = (region(regions, code, trail.page.language) for code in found.candidates)
    return [(one, trail.answer(near=one.code)) for one in named]


def _unplaced(trail: Trail) -> str:
    said = trail.carried(THEN, WAS, *FIELDS[Step.NEAR])
    return trail.page.link(f"{PAGES}/{trail.region}/{ANSWER}", **said)
