"""The question said again, answer by answer, each with the address where it is changed."""

from dataclasses import dataclass

from qika.inquiry.question import Collected
from qika.terms.names import IssuerCode
from qika.web.api.requests import Wanted
from qika.web.pages.answering import Answered
from qika.web.pages.steps import Step, in_words, steps_of
from qika.web.speech import SPEECH


@dataclass(frozen=True, slots=True)
class Said:
    """One answer that a person gave."""

    question: str
    """The last part of the address that asks for it."""
    text: str
    """Empty where the person gave no answer."""
    link: str


def restated(asked: Answered) -> list[Said]:
    """Say the question again."""
    speech, query = SPEECH[asked.page.language], asked.query
    both = query.application is Wanted.BOTH
    not_yet = speech.t("said-not_collected") if query.collected is Collected.NO else ""
    texts = {
        Step.REGION: asked.plan.region.name,
        Step.BANK: asked.bank_name or "",
        Step.COLLECTED: in_words(query.collected_on, asked.page.language) or not_yet,
        Step.MADE: in_words(query.made_on, asked.page.language) or "",
        Step.APPLIED: in_words(query.applied_on, asked.page.language) or "",
        Step.APPLICATION: speech.t("said-both" if both else f"application-{query.application}"),
        Step.WHO: speech.t(f"who-{query.who}"),
        Step.NEAR: _near(asked),
    }
    steps = steps_of(asked.page, IssuerCode(asked.plan.region.code), asked.given)
    return [Said(one, texts[one], asked.change(one)) for one in steps]


def _near(asked: Answered) -> str:
    here = asked.found.here
    if here is None:
        return ""
    if isinstance(here, tuple):
        return SPEECH[asked.page.language].t("said-here")
    return asked.page.site.regions.name(IssuerCode(here), asked.page.language)
