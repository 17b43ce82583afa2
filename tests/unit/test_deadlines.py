"""The deadline arithmetic, case by case from tests/cases/deadlines.toml."""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.activation.sweep import decide_sweep
from qika.cards.deadlines import CardDates, Due, due, fulfilled, last_day
from qika.inquiry.plan import Notice, plan
from qika.inquiry.question import Question
from qika.rulebook.model import (
    Clock,
    ClockStart,
    Consequence,
    Deadline,
    Dimensions,
    Duty,
    Rule,
)
from qika.rulebook.values import Reader, read_value
from qika.terms.names import (
    Application,
    Basis,
    Grade,
    IssuerCode,
    SourceId,
    State,
)
from qika.terms.working_calendar import published_calendar

from tests.people import EXAMPLE, TODAY, PlainCalendar, at, card, replace, rules_of

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "deadlines.toml").read_text("utf-8"))
CALENDARS = {"plain": PlainCalendar(), "published": published_calendar()}
ISSUERS = {"region": EXAMPLE, "nation": IssuerCode("000000")}
USUAL = {
    "start": "collected",
    "duty": "financial",
    "affects": "social",
    "consequence": "loss_report_social",
}


def read_deadline(book, clock: str, value: object) -> Deadline:
    """Read a term as a rule file does, with what the case leaves out filled in."""
    given_value = USUAL | value if isinstance(value, dict) else value
    parameter = book.vocabulary.parameters["deadline"]
    dims = Dimensions(clock=Clock(clock))
    return read_value(parameter, dims, Reader({"value": given_value}), book.vocabulary)


def rule_of(book, case: dict, row: dict) -> Rule:
    clock = case.get("rule_clock", case.get("clock", "activation"))
    return Rule(
        issuer=ISSUERS[row["of"]],
        parameter="deadline",
        value=read_deadline(book, clock, row["value"]),
        dims=Dimensions(clock=Clock(clock)),
        since=row.get("since"),
        grade=Grade.A,
        basis=Basis(row.get("basis", "published")),
        cites=(SourceId("case/1"),),
    )


@pytest.mark.parametrize("case", CASES["count"], ids=lambda case: case["name"])
def test_counting(case, example_book):
    deadline = read_deadline(example_book, "activation", case["term"])
    calendar = CALENDARS[case.get("calendar", "plain")]
    assert last_day(deadline, case["start"], calendar) == case["last_day"]


@pytest.mark.parametrize("case", CASES["due"], ids=lambda case: case["name"])
def test_which_rule_binds(case, example_book):
    rules = tuple(rule_of(example_book, case, row) for row in case["rules"])
    book = replace(example_book, rules=rules)
    found = due(
        Clock(case.get("clock", "activation")),
        CardDates(**case["dates"]),
        lambda day: rules_of(book, day=day),
        TODAY,
        CALENDARS[case.get("calendar", "plain")],
    )
    if case.get("nothing"):
        assert found is None
        return
    assert found is not None
    said = SimpleNamespace(**{"due_on": None, "reference_due_on": None, "since": None} | case)
    assert found.due_on == said.due_on
    assert found.reference_due_on == said.reference_due_on
    assert found.basis == said.basis
    assert found.rule.since == said.since
    assert found.provisional is case.get("provisional", False)
    assert found.started_on == case.get("started_on", found.started_on)


def test_a_case_without_a_day_expects_one_on_purpose():
    """A misspelt key of a case would prove nothing."""
    known = {
        "name", "clock", "rule_clock", "dates", "rules", "calendar", "due_on", "reference_due_on",
        "basis", "since", "started_on", "provisional", "nothing",
    }  # fmt: skip
    assert {key for case in CASES["due"] for key in case} <= known
    assert {key for case in CASES["count"] for key in case} == {
        "name", "term", "start", "calendar", "last_day",
    }  # fmt: skip


@given(start=st.dates(date(2004, 1, 1), date(2090, 1, 1)), days=st.integers(1, 700))
def test_a_moved_last_day_is_the_first_working_day_from_the_unmoved_one(start, days):
    calendar = PlainCalendar()
    bare = Deadline(
        Clock.ACTIVATION, ClockStart.COLLECTED, Duty.FINANCIAL, None, Consequence.NONE, days=days
    )
    plain = last_day(bare, start, calendar)
    moved = last_day(replace(bare, moves_to_working_day=True), start, calendar)
    assert (plain - start).days == days
    assert calendar.is_working_day(moved)
    between = range((moved - plain).days)
    assert not any(calendar.is_working_day(plain + timedelta(days=n)) for n in between)


@given(start=st.dates(date(2004, 1, 1), date(2090, 1, 1)), months=st.integers(1, 60))
def test_months_end_on_the_same_number_or_the_last_day_of_the_month(start, months):
    bare = Deadline(
        Clock.CLEARANCE, ClockStart.MADE, Duty.COLLECTION, None, Consequence.NONE, months=months
    )
    end = last_day(bare, start, PlainCalendar())
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


class _WorkingForEver:
    def is_working_day(self, _: date) -> bool:
        return True

    def is_provisional(self, _: date) -> bool:
        return False


class _NeverWorking(_WorkingForEver):
    def is_working_day(self, _: date) -> bool:
        return False


@pytest.mark.parametrize("term", [{"working_days": 1}, {"days": 1, "moves_to_working_day": True}])
def test_a_calendar_without_a_working_day_ends_the_count_instead_of_hanging(term, example_book):
    deadline = read_deadline(example_book, "activation", term)
    assert last_day(deadline, TODAY, _NeverWorking()) > TODAY + timedelta(days=36_000)


def _after(example_book, days: int) -> tuple[Due, date]:
    """The deadline of a card of the example city asked about ``days`` after its collection."""
    collected_on = date(2026, 1, 1)
    on = collected_on + timedelta(days=days)
    found = due(
        Clock.ACTIVATION,
        CardDates(collected_on=collected_on),
        lambda day: rules_of(example_book, day=day),
        on,
        _WorkingForEver(),
    )
    assert found is not None
    return found, on


@pytest.mark.parametrize(("days", "left"), [(299, 1), (300, 0), (301, -1)])
def test_day_300_is_the_last_day_and_day_301_is_over(days, left, example_book):
    _, on = _after(example_book, days)
    asked = Question(EXAMPLE, on, dates=CardDates(collected_on=date(2026, 1, 1)))
    answer = plan(
        asked, lambda day: rules_of(example_book, day=day), _WorkingForEver(), fictitious=True
    )
    term = next(term for term in answer.terms if term.due.clock is Clock.ACTIVATION)
    assert term.days_left == left
    assert (Notice.OVERDUE in answer.notices) is (left < 0)


@pytest.mark.parametrize(("days", "swept"), [(299, False), (300, False), (301, True)])
def test_the_sweep_suspends_on_day_301_and_not_before(days, swept, example_book):
    found, on = _after(example_book, days)
    outcome = decide_sweep(card(), found, on, at(on), "edition")
    assert (outcome is not None) is swept


STATES = {
    Duty.SOCIAL: {(State.NORMAL, State.SEALED), (State.NORMAL, State.NORMAL)},
    Duty.FINANCIAL: {(State.SEALED, State.NORMAL), (State.NORMAL, State.NORMAL)},
    Duty.BOTH: {(State.NORMAL, State.NORMAL)},
}


@pytest.mark.parametrize("duty", STATES)
def test_a_duty_is_fulfilled_by_the_applications_it_names(duty):
    both = (State.SEALED, State.NORMAL)
    done = {
        (social, financial)
        for social in both
        for financial in both
        if fulfilled(duty, {Application.SOCIAL: social, Application.FINANCIAL: financial})
    }
    assert done == STATES[duty]


def test_the_duty_to_collect_is_fulfilled_by_collecting():
    sealed = dict.fromkeys(Application, State.SEALED)
    waiting = dict.fromkeys(Application, State.NOT_COLLECTED)
    assert fulfilled(Duty.COLLECTION, sealed)
    assert not fulfilled(Duty.COLLECTION, waiting)
