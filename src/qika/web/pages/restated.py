"""The question said again, answer by answer, each with the address where it is changed."""

from dataclasses import dataclass

from qika.inquiry.question import Collected
from qika.terms.names import IssuerCode
from qika.web.api.requests import Wanted
from qika.web.pages.answering import Answered
from qika.web.pages.dates import day_in_words, month_in_words
from qika.web.speech import SPEECH

MONTH_LENGTH = len("YYYY-MM")


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
    texts = {
        "region": asked.plan.region.name,
        "bank": asked.bank_name or "",
        "collected": _collected(asked),
        "application": speech.t("said-both" if both else f"application-{query.application}"),
        "who": speech.t(f"who-{query.who}"),
        "near": _near(asked),
    }
    return [Said(name, text, asked.change(name)) for name, text in texts.items()]


def _collected(asked: Answered) -> str:
    speech, dates = SPEECH[asked.page.language], asked.found.answer.plan.question.dates
    if dates.collected_on is not None:
        monthly = len(asked.query.collected_on or "") == MONTH_LENGTH
        in_words = month_in_words if monthly else day_in_words
        return in_words(dates.collected_on, asked.page.language)
    return speech.t("said-not_collected") if asked.query.collected is Collected.NO else ""


def _near(asked: Answered) -> str:
    here = asked.found.here
    if here is None:
        return ""
    if isinstance(here, tuple):
        return SPEECH[asked.page.language].t("said-here")
    return asked.page.site.regions.name(IssuerCode(here), asked.page.language)
