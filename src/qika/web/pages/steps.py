"""The questions in their order: what fields each holds, where it stands, what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial

from qika.activation.decide import day_of as day_in_china
from qika.cards.deadlines import CardDates
from qika.inquiry.plan import starts
from qika.inquiry.question import Collected, Question
from qika.rulebook.model import ClockStart
from qika.terms.names import IssuerCode, Language, Who
from qika.web.api.asking import resolve
from qika.web.api.requests import Wanted
from qika.web.pages.dates import day_in_words, month_in_words
from qika.web.pages.page import PAGES, Page
from qika.web.pages.question import CARRIED
from qika.web.speech import SPEECH


class Step(StrEnum):
    """A question, by the last part of its address, in the order they are asked."""

    REGION = "region"
    BANK = "bank"
    COLLECTED = "collected"
    MADE = "made"
    APPLIED = "applied"
    APPLICATION = "application"
    WHO = "who"
    NEAR = "near"


FIELDS: Mapping[Step, tuple[str, ...]] = {
    Step.REGION: (),
    Step.BANK: ("card_bank",),
    Step.COLLECTED: ("collected_on", "collected"),
    Step.MADE: ("made_on",),
    Step.APPLIED: ("applied_on",),
    Step.APPLICATION: ("application",),
    Step.WHO: ("who",),
    Step.NEAR: ("near", "near_crs"),
}
"""The fields of the question that a page asks for; the region stands in the path."""

STARTED_BY: Mapping[Step, ClockStart] = {
    Step.MADE: ClockStart.MADE,
    Step.APPLIED: ClockStart.APPLIED,
}
"""Questions about a day that is asked for only where a term counts from it."""

EVERYWHERE = tuple(step for step in Step if step not in STARTED_BY)
"""The questions that every region asks."""

THEN, ANSWER = "then", "results"
"""``then=results`` in an address: this question was opened to change one answer, and the answer to
the whole comes next."""

WAS = "was"
"""The name the region was asked by, where it is an old one: the next pages say what it is now."""

MONTH_LENGTH = len("2026-03")


def carried(given: Mapping[str, str], *besides: str) -> dict[str, str]:
    """Give the answers and marks that follow a reader from page to page, without ``besides``."""
    names = [name for name in (*CARRIED, WAS, THEN) if name not in besides]
    return {name: given[name] for name in names if name in given}


@dataclass(frozen=True, slots=True)
class Trail:
    """A reader's way through the questions: the region, the answers so far, what comes after."""

    page: Page
    region: IssuerCode
    given: Mapping[str, str]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Give the questions that this region asks somebody with these answers, in order."""
        return steps_of(self.page, self.region, self.given)

    def carried(self, *besides: str) -> dict[str, str]:
        """Give what follows the reader on, without the fields that are asked anew."""
        return carried(self.given, *besides)

    def at(self, step: Step, **changed: str) -> str:
        """Give the address of a question, with the answers so far."""
        said = self.carried() | changed
        if step is Step.REGION:
            return self.page.link(PAGES, r=self.region, **said)
        return self.page.link(f"{PAGES}/{self.region}/question/{step}", **said)

    def answer(self, **changed: str) -> str:
        """Give the address of the answer to the whole."""
        said = self.carried(THEN, WAS) | changed
        return self.page.link(f"{PAGES}/{self.region}/{ANSWER}", **said)

    def after(self, step: Step) -> str:
        """Give the address of what comes after a question is answered."""
        later = [one for one in self.steps if _ORDER.index(one) > _ORDER.index(step)]
        if not later or self.given.get(THEN) == ANSWER:
            return self.answer()
        return self.at(later[0])

    def before(self, step: Step) -> str:
        """Give the address of what came before a question."""
        if self.given.get(THEN) == ANSWER:
            return self.answer()
        return self.at([one for one in self.steps if _ORDER.index(one) < _ORDER.index(step)][-1])

    def answers(self, but: Step) -> list[tuple[Step, str, str]]:
        """Give each other question answered so far, in words, with the address that changes it."""
        words = ((step, self._in_words(step)) for step in self.steps if step is not but)
        return [(step, said, self.at(step)) for step, said in words if said]

    def old_name(self) -> str | None:
        """Give the old name the region was asked by; None unless it is one of this region's."""
        regions = self.page.site.regions
        for text in (self.given.get(WAS), self.page.request.path_params.get("region")):
            found = resolve(regions, text) if text else None
            if found is not None and found.code == self.region and found.renamed_from:
                return found.renamed_from
        return None

    def _in_words(self, step: Step) -> str | None:
        language, regions = self.page.language, self.page.site.regions
        t = SPEECH[language].t
        match step:
            case Step.REGION:
                return regions.name(self.region, language)
            case Step.BANK:
                bank = self.page.site.banks.code_of(self.given.get("card_bank", ""))
                return self.page.site.banks.name(bank, language) if bank else None
            case Step.COLLECTED:
                said = self.given.get("collected")
                chosen = t(f"ask-collected-{said}") if said in tuple(Collected) else None
                return in_words(self.given.get("collected_on"), language) or chosen
            case Step.MADE | Step.APPLIED:
                return in_words(self.given.get(FIELDS[step][0]), language)
            case Step.APPLICATION:
                said = self.given.get("application")
                return t(f"ask-application-{said}") if said in tuple(Wanted) else None
            case Step.WHO:
                said = self.given.get("who")
                return t(f"ask-who-summary-{said}") if said in tuple(Who) else None
            case Step.NEAR:
                return self._near(language)

    def _near(self, language: Language) -> str | None:
        said = self.given.get("near")
        if not said:
            return None
        code = resolve(self.page.site.regions, said).code
        if code is not None:
            return self.page.site.regions.name(code, language)
        return SPEECH[language].t("ask-near-place")


_ORDER = tuple(Step)


def steps_of(page: Page, region: IssuerCode, given: Mapping[str, str]) -> tuple[Step, ...]:
    """Give the questions that a region asks, in order.

    The day a card was made or applied for is asked where a term counts from it that concerns
    somebody with these answers.
    """
    office, chosen = page.site.office, given.get("collected")
    question = Question(
        issuer=region,
        on=day_of(given.get("on")) or day_in_china(office.clock()),
        collected=Collected(chosen) if chosen in tuple(Collected) else Collected.UNKNOWN,
        dates=CardDates(collected_on=day_of(given.get("collected_on"))),
    )
    counted = starts(question, partial(office.rulings.on, region))
    return tuple(one for one in Step if one not in STARTED_BY or STARTED_BY[one] in counted)


def in_words(said: str | None, language: Language) -> str | None:
    """Write a day as it was said: a month without a day is told as a month."""
    day = day_of(said)
    if said is None or day is None:
        return None
    return (month_in_words if len(said) <= MONTH_LENGTH else day_in_words)(day, language)


def day_of(text: str | None) -> date | None:
    """Read a day, or a month as its first day; None if it is neither."""
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{text}-01" if len(text) <= MONTH_LENGTH else text)
    except ValueError:
        return None
