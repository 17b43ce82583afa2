"""What was answered to one question: the answer as it is carried on, or what to do about it."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from qika.activation.decide import day_of as day_in_china
from qika.inquiry.question import Collected
from qika.terms.names import Who
from qika.web.api.asking import plan_faults, resolve
from qika.web.api.requests import Wanted
from qika.web.pages.page import Page
from qika.web.pages.question import question_of
from qika.web.pages.steps import FIELDS, Step, day_of
from qika.web.problems import FaultCode, FieldError, ProblemError
from qika.web.speech import SPEECH

UNSURE = "unsure"
"""Chosen by those who do not know: the field is left out, as if it had not been asked."""

BANK_NAME = "bank_name"
"""The field for a bank that is not among those offered."""

BEFORE = "before"
"""The field that tells which answer about collecting was marked when the page was opened."""

Given = dict[str, str]
Heard = tuple[Given, list[FieldError]]


def heard(page: Page, region: str, step: Step, given: Mapping[str, str]) -> Heard:
    """Read the answer to a question; gives all answers so far, and what is wrong with this one."""
    said, errors = _READ[step](page, dict(given))
    if errors:
        return said, errors
    asked = {"region": region} | {n: said[n] for n in FIELDS[step] if n in said}
    try:
        faults = plan_faults(page.site, question_of(page, asked), page.language)
    except ProblemError as error:
        faults = error.faults
    return said, [_of_step(page, step, said, fault.code) for fault in faults[:1]]


def _of_step(page: Page, step: Step, said: Given, code: FaultCode) -> FieldError:
    """Say what is wrong in the words of the question."""
    t = SPEECH[page.language].t
    if code is FaultCode.AMBIGUOUS_REGION:
        fits = resolve(page.site.regions, said["near"]).candidates
        return FieldError("near", code, t("ask-near-which", count=len(fits)))
    return FieldError(FIELDS[step][0], code, t(f"ask-{step}-wrong"))


def _wrong(page: Page, name: str, code: FaultCode, message: str, **args: str) -> list[FieldError]:
    return [FieldError(name, code, SPEECH[page.language].t(f"ask-{message}", **args))]


def _bank(page: Page, given: Given) -> Heard:
    """A written name counts more than a bank that was chosen before."""
    written = page.request.query_params.get(BANK_NAME, "").strip()
    if not written and "card_bank" not in given:
        return given, _wrong(page, "card_bank", FaultCode.MISSING, "bank-wrong")
    if not written and given["card_bank"] == UNSURE:
        return _without(given, "card_bank"), []
    bank = page.site.banks.code_of(written or given["card_bank"])
    if bank is None:
        kept = _without(given, "card_bank") | {BANK_NAME: written}
        return kept, _wrong(page, BANK_NAME, FaultCode.UNKNOWN_BANK, "bank-unknown")
    return given | {"card_bank": bank}, []


def _collected(page: Page, given: Given) -> Heard:
    written, chosen = given.get("collected_on"), given.get("collected")
    if written is None and chosen is None:
        return given, _wrong(page, "collected_on", FaultCode.MISSING, "collected-wrong")
    if written is None:
        return given, []
    before = page.request.query_params.get(BEFORE)  # a radio cannot be unchosen
    denied = chosen if chosen in {Collected.NO, Collected.UNKNOWN} and chosen != before else None
    wrong = _wrong_day(page, Step.COLLECTED, written, denied)
    return (given, wrong) if wrong else (_without(given, "collected"), [])


def _day(step: Step) -> Callable[[Page, Given], Heard]:
    """Read a day that nobody has to know."""
    name = FIELDS[step][0]

    def read(page: Page, given: Given) -> Heard:
        written = given.get(name)
        unsure = UNSURE if page.request.query_params.get(step) == UNSURE else None
        if written is None:
            missing = _wrong(page, name, FaultCode.MISSING, f"{step}-wrong")
            return given, [] if unsure else missing
        wrong = _wrong_day(page, step, written, unsure)
        return (given | ({step: UNSURE} if unsure else {}), wrong) if wrong else (given, [])

    return read


def _wrong_day(page: Page, step: Step, written: str, denied: str | None) -> list[FieldError]:
    """Say what is wrong with a written day; ``denied``: the answer chosen beside that denies it."""
    name = FIELDS[step][0]
    if denied:
        words = SPEECH[page.language].t(f"ask-{step}-{denied}")
        return _wrong(page, name, FaultCode.CONFLICT, "day-both", chosen=words)
    day, today = day_of(written), day_in_china(page.site.office.clock())
    late = day is not None and day > today
    return _wrong(page, name, FaultCode.RANGE, f"{step}-future") if late else []


def _choice(name: str, choices: tuple[str, ...]) -> Callable[[Page, Given], Heard]:
    def read(page: Page, given: Given) -> Heard:
        said = given.get(name)
        if said == UNSURE:
            return _without(given, name), []
        if said not in choices:
            return given, _wrong(page, name, FaultCode.CHOICE, f"{name}-wrong")
        return given, []

    return read


def _near(_: Page, given: Given) -> Heard:
    """A place may be left out; then nothing is left of one given before."""
    return (given, []) if "near" in given else (_without(given, "near_crs"), [])


def _without(given: Given, name: str) -> Given:
    return {one: said for one, said in given.items() if one != name}


_READ: Mapping[Step, Callable[[Page, Given], Heard]] = {
    Step.BANK: _bank,
    Step.COLLECTED: _collected,
    Step.MADE: _day(Step.MADE),
    Step.APPLIED: _day(Step.APPLIED),
    Step.APPLICATION: _choice("application", tuple(Wanted)),
    Step.WHO: _choice("who", tuple(Who)),
    Step.NEAR: _near,
}


def example_month(page: Page) -> tuple[int, int]:
    """Give a month that has passed, as an example of how to write one."""
    past = page.site.office.clock().date().replace(day=1) - timedelta(days=60)
    return past.year, past.month
