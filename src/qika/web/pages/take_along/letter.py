"""A power of attorney: what the region wants of an agent, then the form, then a PDF.

What is typed comes in the body of a POST and goes out in its answer. It is kept nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from qika.activation.decide import day_of
from qika.terms.names import BankCode, Language, Who
from qika.web.api.answers import CandidatesAnswer, NotCoveredAnswer, PlanAnswer
from qika.web.pages.ask import KNOWN_BANKS
from qika.web.pages.page import PAGES, Page
from qika.web.pages.posted import posted_pairs
from qika.web.pages.take_along.agents import AgentRules, agent_rules, region_asked
from qika.web.pages.take_along.letter_form import BLANK, LENGTHS, Letter, LetterReader
from qika.web.pages.take_along.letter_print import LetterSheet
from qika.web.press.press import MissingGlyphsError, NoPressError, PressBusyError
from qika.web.problems import FaultCode, FieldError, ProblemCode, ProblemError
from qika.web.speech import SPEECH

PATH = "/power-of-attorney"
FORM_MAX = 8_192
"""Bytes of the form: each field at its longest, in Chinese, as a browser encodes it."""

UNAVAILABLE, WRONG, OK = 503, 422, 200


@dataclass(frozen=True, slots=True)
class _Shown:
    """How the form is shown: filled with what, and what is to be said above it."""

    given: Mapping[str, str] = field(default_factory=dict[str, str])
    applications: Sequence[str] = ()
    errors: Sequence[FieldError] = ()
    trouble: str = ""
    """``font``, ``engine`` or ``busy`` where no PDF could be made."""

    @property
    def status(self) -> int:
        """Give the status of the answer."""
        return UNAVAILABLE if self.trouble else WRONG if self.errors else OK


async def letter(page: Page) -> Response:
    """Say what holds for agents and offer the form; answer a filled form with the PDF."""
    if page.request.method != "POST":
        given = {"card_bank": bank} if (bank := _bank_named(page)) else {}
        return _of_region(page, region_asked(page.request, {}), _Shown(given))
    pairs = await posted_pairs(page, FORM_MAX)
    given = dict(pairs)
    shown = _Shown(given, [value for name, value in pairs if name == "application"])
    found = _rules(page, region_asked(page.request, given))
    if not isinstance(found, AgentRules) or not found.accepted:
        return _of_region(page, region_asked(page.request, given), shown)
    return await _filled(page, found, pairs, shown)


async def blank(page: Page) -> Response:
    """Give the letter with lines to fill in by hand."""
    region = region_asked(page.request, {})
    found = _rules(page, region)
    if not isinstance(found, AgentRules) or not found.accepted:
        return _of_region(page, region, _Shown())
    try:
        return await _pdf(page, found, BLANK)
    except (NoPressError, PressBusyError) as error:
        return _form(page, found, _Shown(trouble=_trouble(error)))


async def _filled(
    page: Page, rules: AgentRules, pairs: Sequence[tuple[str, str]], shown: _Shown
) -> Response:
    reader = LetterReader(rules, day_of(page.site.office.clock()), page.language)
    read = reader.read(pairs)
    trouble = ""
    if read is not None:
        try:
            return await _pdf(page, rules, read)
        except MissingGlyphsError as error:
            reader.lacking(read, error.characters)
            if not reader.errors:
                raise
        except (NoPressError, PressBusyError) as error:
            trouble = _trouble(error)
    return _form(page, rules, _Shown(shown.given, shown.applications, reader.errors, trouble))


def _trouble(error: NoPressError | PressBusyError) -> str:
    return "busy" if isinstance(error, PressBusyError) else str(error)


async def _pdf(page: Page, rules: AgentRules, said: Letter) -> Response:
    """Print a letter; raises what the press raises."""
    if page.site.press is None:
        raise NoPressError("engine")
    spoken = {page.language: rules}
    if page.language is not Language.ZH:
        chinese = agent_rules(Page(page.request, page.site, Language.ZH), rules.plan.region.code)
        assert isinstance(chinese, AgentRules), "the same region in another language"
        spoken = {Language.ZH: chinese, **spoken}
    made = await page.site.press.make(LetterSheet(said, spoken).printed())
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": 'attachment; filename="power-of-attorney.pdf"',
    }
    return Response(made, headers=headers, media_type="application/pdf")


def _rules(page: Page, region: str) -> "AgentRules | CandidatesAnswer | NotCoveredAnswer | None":
    """Read what holds for agents; None where no region is named, or none of that name is known."""
    if not region or len(region) > LENGTHS["holder_name"]:
        return None
    try:
        found = agent_rules(page, region)
    except ProblemError as error:
        if error.code is not ProblemCode.WRONG_FIELDS:
            raise
        return None
    assert not isinstance(found, PlanAnswer), "a plan comes as rules for agents"
    return found


def _of_region(page: Page, region: str, shown: _Shown) -> Response:
    match _rules(page, region):
        case None:
            return _ask_region(page, region)
        case CandidatesAnswer(candidates=found):
            links = [(one, page.link(PATH, region=one.code)) for one in found]
            return page.render(
                "candidates.html.j2", region=region, links=links, form=page.link(PATH)
            )
        case NotCoveredAnswer() as found:
            return page.render("elsewhere.html.j2", answer=found, form=page.link(PATH))
        case AgentRules() as found:
            return _form(page, found, shown)


def _ask_region(page: Page, region: str) -> Response:
    """Ask where the card was issued, before anything else."""
    asked = "region" in page.request.query_params or page.request.method == "POST"
    name = "wrong-letter-unknown_region" if region else "wrong-letter-region"
    words = SPEECH[page.language].t(name)
    errors = [FieldError("region", FaultCode.UNKNOWN_REGION, words)] if asked else []
    return page.render(
        "letter_region.html.j2",
        WRONG if errors else OK,
        region=region,
        errors=errors,
        action=page.link(PATH),
    )


def _form(page: Page, rules: AgentRules, shown: _Shown) -> Response:
    plan, banks = rules.plan, page.site.banks
    visit = agent_rules(page, plan.region.code, Who.HOMEBOUND)
    visited = isinstance(visit, AgentRules) and any(
        one.channel == "home_visit" for one in visit.options
    )
    errors = {error.field: error.message for error in reversed(shown.errors)}
    return page.render(
        "letter.html.j2",
        shown.status,
        rules=rules,
        plan=plan,
        given=shown.given,
        chosen=shown.applications or (rules.applications if len(rules.applications) == 1 else ()),
        errors=list(shown.errors),
        wrong=errors,
        trouble=shown.trouble,
        lengths=LENGTHS,
        ids={name: name for name in LENGTHS} | {"": "holder_name", "application": "application-0"},
        allowed=_named(page, rules),
        banks=[banks.name(BankCode(code), page.language) for code in KNOWN_BANKS],
        action=page.link(PATH),
        blank=page.link(f"{PATH}.pdf", region=plan.region.code),
        guardian=page.link(f"{PAGES}/{plan.region.code}", who=Who.GUARDIAN),
        holder=page.link(f"{PAGES}/{plan.region.code}", who=Who.HOLDER),
        visit=page.link(f"{PAGES}/{plan.region.code}", who=Who.HOMEBOUND) if visited else None,
    )


def _named(page: Page, rules: AgentRules) -> str:
    """Name what an agent may do."""
    speech = SPEECH[page.language]
    names = (speech.t(f"letter-does-{one}") for one in rules.applications)
    return speech.t("list-separator").join(names)


def _bank_named(page: Page) -> str:
    """Give the name of the bank that an address carries by code."""
    asked = page.request.query_params.get("card_bank", "")
    code = page.site.banks.code_of(asked) if asked else None
    return page.site.banks.name(code, page.language) if code else ""
