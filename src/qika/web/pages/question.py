"""The question as pages carry it: the fields of a query, read, checked and carried on."""

import unicodedata
from collections.abc import Mapping

from qika.terms.names import Language
from qika.web.api.asking import PLAN_FILLER, plan_faults
from qika.web.api.fields import of_pairs
from qika.web.api.requests import PlanQuery
from qika.web.pages.page import Page
from qika.web.problems import FaultCode, FieldError
from qika.web.speech import SPEECH

QUESTION_FIELDS = (
    "region", "collected_on", "collected", "made_on", "applied_on", "card_bank", "application",
    "who", "near", "near_crs", "on",
)  # fmt: skip
"""Names of a question in an address, as at ``/v1/plans``."""
DATE_PARTS: Mapping[str, tuple[str, str, str]] = {
    "collected_on": ("year", "month", "day"),
    "made_on": ("made_year", "made_month", "made_day"),
    "applied_on": ("applied_year", "applied_month", "applied_day"),
}
"""Year, month and day as people write them, each in a field; they stand for a day of the card."""
_EVERY_PART = tuple(part for parts in DATE_PARTS.values() for part in parts)
CARRIED = QUESTION_FIELDS[1:]
"""Those that follow a reader from page to page; the region stands in the path."""


def refilled(given: Mapping[str, str]) -> dict[str, str]:
    """Give what a form is filled with again; the region under a name that does not submit it."""
    kept = {name: given[name] for name in CARRIED if name in given}
    return kept | ({"r": given["region"]} if "region" in given else {})


def given_of(page: Page) -> dict[str, str]:
    """Read the fields of the question, blanks left out; parts of a date become one."""
    query = page.request.query_params
    given = {
        name: value.strip()
        for name in (*QUESTION_FIELDS, *_EVERY_PART, "r")
        if (value := query.get(name, "")).strip()
    }
    for day, names in DATE_PARTS.items():
        if any(name in given for name in names):
            given[day] = _date_of(given, names)
        elif day in given:
            given |= dict(zip(names, given[day].split("-"), strict=False))
    return given


def _date_of(given: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Join the parts of a date, full-width digits read as digits; a gap leaves no date."""
    parts = [unicodedata.normalize("NFKC", given.get(name, "")) for name in names]
    while not parts[-1]:
        parts.pop()
    return "-".join(part.zfill(2) for part in parts)


def question_of(page: Page, given: Mapping[str, str]) -> PlanQuery:
    """Read the question; raises ProblemError with every wrong field."""
    said = {name: given[name] for name in QUESTION_FIELDS if name in given}
    return of_pairs(
        tuple(said.items()),
        PlanQuery,
        PLAN_FILLER,
        lambda rest: plan_faults(page.site, rest, page.language),
    )


_ASKED_BY = {"region": "region", "collected_on": "collected_on", "lat": "place", "lon": "place"}
_SAID_BETTER = frozenset({FaultCode.UNKNOWN_REGION, FaultCode.AMBIGUOUS_REGION})


def as_asked(errors: list[FieldError], language: Language) -> list[FieldError]:
    """Say a wrong field in the words of the question, where the API's words name no question."""
    speech = SPEECH[language]
    return [
        FieldError(error.field, error.code, speech.t(f"wrong-{_ASKED_BY[error.field]}"))
        if error.field in _ASKED_BY and error.code not in _SAID_BETTER
        else error
        for error in errors
    ]
