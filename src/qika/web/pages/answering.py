"""What pages of one answer share: the question read from an address, its plan, its links."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote_plus

import msgspec
from starlette.responses import Response

from qika.operations.inquire import POINTS_PER_OPTION
from qika.rulebook.model import Clock
from qika.terms.names import Application, BankCode, Who
from qika.web.api.answers import (
    CandidatesAnswer,
    DeadlineAnswer,
    NotCoveredAnswer,
    OptionAnswer,
    PlanAnswer,
)
from qika.web.api.asking import WANTED
from qika.web.api.plans import Found, find_plan, options_for, plan_in_words, points_of
from qika.web.api.requests import PlanQuery
from qika.web.pages.page import PAGES, Page
from qika.web.pages.question import CARRIED, as_asked, given_of, question_of
from qika.web.pages.steps import ANSWER, THEN
from qika.web.pages.verdict import Verdict, verdict
from qika.web.problems import ProblemCode, ProblemError, problem_of

QUESTION_OF = {
    "region": "region",
    "collected_on": "collected",
    "collected": "collected",
    "made_on": "made",
    "applied_on": "applied",
    "card_bank": "bank",
    "application": "application",
    "who": "who",
    "near": "near",
}
"""The question page that asks for a field; other fields are asked for nowhere."""


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its plan, as pages show it."""

    page: Page
    given: Mapping[str, str]
    query: PlanQuery
    found: Found
    plan: PlanAnswer
    """Without points; the verdict has those of the way to take."""
    carried: Mapping[str, str]
    """The answers that follow the reader from page to page, by field."""
    written: Mapping[str, str]
    """The same as they stand in an address: ``name=value``."""

    @property
    def due(self) -> DeadlineAnswer | None:
        """Give the deadline for activation, if the rules speak of one."""
        return next((one for one in self.plan.deadlines if one.clock is Clock.ACTIVATION), None)

    @property
    def last_day(self) -> date | None:
        """Give the last day, by the region's rule or by reference practice."""
        return (self.due.due_on or self.due.reference_due_on) if self.due else None

    @property
    def applications(self) -> tuple[Application, ...]:
        """Give the applications asked about."""
        return WANTED[self.query.application]

    @property
    def bank(self) -> BankCode | None:
        """Give the bank on the card face, where it is known."""
        return self.found.answer.plan.question.card_bank

    @property
    def bank_name(self) -> str | None:
        """Name that bank."""
        return self.page.site.banks.name(self.bank, self.page.language) if self.bank else None

    def path(self, view: str) -> str:
        """Give the address of another page about this region, without the answers."""
        return self.page.link(f"{PAGES}/{self.plan.region.code}/{view}")

    def link(self, view: str, **changed: str | None) -> str:
        """Give the address of another page about this question; None takes a field off it."""
        parts = dict(self.written)
        for name, value in changed.items():
            if value is None:
                parts.pop(name, None)
            else:
                parts[name] = _written(name, value)
        return self.path(view) + (f"?{'&'.join(parts.values())}" if parts else "")

    def change(self, question: str) -> str:
        """Give the address of the page that asks one question of this again."""
        if question != "region":
            return self.link(f"question/{question}", **{THEN: ANSWER})
        return self.page.link(PAGES, **self.carried, r=self.plan.region.code, **{THEN: ANSWER})

    def options_for(self, who: Who) -> Sequence[OptionAnswer]:
        """Give the options that another person has who would go."""
        if who is self.query.who:
            return self.plan.options
        return options_for(self.page.site, self.found, who)

    def verdict(self, limit: int = POINTS_PER_OPTION) -> Verdict:
        """Draw the verdict, with the nearest points of the way to take."""
        plan = self.plan
        drawn = verdict(plan.options, plan.notices, self.query.who, self.applications)
        if drawn.way is None:
            return drawn
        points = points_of(self.page.site, self.found, drawn.way.channel, limit)
        way = msgspec.structs.replace(drawn.way, points=points)
        return replace(drawn, way=way, ways=(way, *drawn.ways[1:]))


def _written(name: str, value: str) -> str:
    """Write a field into an address; its name needs no quoting, and few values do."""
    return f"{name}={value if _PLAIN(value) else quote_plus(value)}"


def answered(page: Page, view: str) -> Answered | Response:
    """Answer what the address asks, or say on a page why there is no answer.

    ``view`` is the last part of the address, to which a chosen candidate leads.
    """
    given = given_of(page) | {"region": page.request.path_params["region"]}
    try:
        query = question_of(page, given)
        found = find_plan(page.site, query, page.language, pointed=False)
    except ProblemError as error:
        if error.code is not ProblemCode.WRONG_FIELDS:
            raise
        return _wrong(page, given, error)
    match found:
        case CandidatesAnswer():
            return _candidates(page, given, found, view)
        case NotCoveredAnswer():
            return page.render("elsewhere.html.j2", answer=found, form=page.link(PAGES))
        case Found():
            plan = plan_in_words(page.site, found)
            carried = {name: given[name] for name in CARRIED if name in given}
            written = {name: _written(name, value) for name, value in carried.items()}
            return Answered(page, given, query, found, plan, carried, written)


def _candidates(
    page: Page, given: Mapping[str, str], answer: CandidatesAnswer, view: str
) -> Response:
    carried = {name: given[name] for name in CARRIED if name in given}
    end = f"/{view}" if view else ""
    links = [(one, page.link(f"{PAGES}/{one.code}{end}", **carried)) for one in answer.candidates]
    return page.render(
        "candidates.html.j2", region=given["region"], links=links, form=page.link(PAGES)
    )


def _wrong(page: Page, given: Mapping[str, str], error: ProblemError) -> Response:
    """List what is wrong in an address, each with the question that asks for it again."""
    errors = as_asked(problem_of(error, page.language).errors, page.language)
    wrong = {one.field for one in errors}
    carried = {name: given[name] for name in CARRIED if name in given and name not in wrong}
    start = page.link(PAGES, **carried)
    links = [
        (
            one.message,
            start
            if "region" in wrong or QUESTION_OF.get(one.field, "region") == "region"
            else page.link(
                f"{PAGES}/{given['region']}/question/{QUESTION_OF[one.field]}", **carried
            ),
        )
        for one in errors
    ]
    return page.render("wrong_question.html.j2", 422, links=links, start=start)
