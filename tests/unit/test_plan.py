"""The plan: each notice has a smallest case, facts and sources come from the nearest issuer."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from qika.activation.status import Status
from qika.cards.deadlines import CardDates
from qika.inquiry.plan import Notice, Plan, plan, starts
from qika.inquiry.question import Collected, Question
from qika.rulebook.book import Rulebook
from qika.rulebook.model import (
    Clock,
    ClockStart,
    Consequence,
    Deadline,
    Dimensions,
    Duty,
    Rule,
)
from qika.terms.names import (
    Application,
    BankCode,
    Basis,
    Grade,
    IssuerCode,
    SourceId,
    Who,
)

from tests.people import ABC, EXAMPLE, ICBC, TODAY, PlainCalendar, replace, rules_of

PROVINCE = IssuerCode("980000")
CHAIN = (EXAMPLE, PROVINCE)


def rule(parameter: str, value: object, issuer: IssuerCode = EXAMPLE, **dims: str) -> Rule:
    return Rule(
        issuer=issuer,
        parameter=parameter,
        value=value,
        dims=Dimensions(**dims),
        since=date(2021, 1, 1),
        grade=Grade.A,
        basis=Basis.PUBLISHED,
        cites=(SourceId(f"{issuer}/{parameter}"),),
    )


def bare(book: Rulebook, *rules: Rule) -> Rulebook:
    """A book whose region says only this; the nation's reference practice stays."""
    national = tuple(one for one in book.rules if one.issuer == "000000")
    return replace(book, rules=national + rules)


def asked(book: Rulebook, *, fictitious: bool = False, **said: object) -> Plan:
    question = Question(EXAMPLE, **({"on": TODAY, "card_bank": ICBC} | said))
    return plan(question, lambda day: book.at(CHAIN, day), PlainCalendar(), fictitious=fictitious)


def dates(days_ago: int) -> CardDates:
    return CardDates(collected_on=TODAY - timedelta(days=days_ago))


Reached = Callable[[Rulebook], Plan]
REACHED: dict[Notice, Reached] = {
    Notice.FICTITIOUS: lambda book: asked(book, fictitious=True),
    Notice.NO_RULE_PUBLISHED: lambda book: asked(bare(book)),
    Notice.COLLECT_FIRST: lambda book: asked(book, collected=Collected.NO),
    Notice.OVERDUE: lambda book: asked(book, dates=dates(320)),
    Notice.MAY_BE_ENABLED_ALREADY: lambda book: asked(
        bare(book, rule("enabled_on", "collection", application=Application.SOCIAL))
    ),
    Notice.CONFIRM_RECEIPT_FIRST: lambda book: asked(
        bare(book, rule("receipt_confirmation_required", value=True))
    ),
    Notice.FINANCIAL_FIRST: lambda book: asked(
        bare(book, rule("activation_order", "financial_first"))
    ),
    Notice.BANK_UNKNOWN: lambda book: asked(book, card_bank=None),
    Notice.BANK_NOT_LISTED: lambda book: asked(bare(book, rule("card_banks", (ABC,)))),
    Notice.FINANCIAL_VOLUNTARY: lambda book: asked(
        bare(book, rule("financial_optional", value=True))
    ),
    Notice.GUARDIAN_BELOW_AGE: lambda book: asked(
        bare(book, rule("guardian_below_age", 16, channel="bank_counter"))
    ),
    Notice.CALENDAR_PROVISIONAL: lambda book: asked(book, dates=dates(0)),
}
UNREACHED: dict[Notice, Reached] = {
    Notice.FICTITIOUS: asked,
    Notice.NO_RULE_PUBLISHED: asked,
    Notice.COLLECT_FIRST: lambda book: asked(book, collected=Collected.UNKNOWN),
    Notice.OVERDUE: lambda book: asked(book, dates=dates(290)),
    Notice.MAY_BE_ENABLED_ALREADY: lambda book: asked(
        bare(book, rule("enabled_on", "collection", application=Application.SOCIAL)),
        applications=(Application.FINANCIAL,),
    ),
    Notice.CONFIRM_RECEIPT_FIRST: lambda book: asked(
        bare(book, rule("receipt_confirmation_required", value=False))
    ),
    Notice.FINANCIAL_FIRST: lambda book: asked(bare(book, rule("activation_order", "any"))),
    Notice.BANK_UNKNOWN: asked,
    Notice.BANK_NOT_LISTED: lambda book: asked(bare(book, rule("card_banks", (ABC, ICBC)))),
    Notice.FINANCIAL_VOLUNTARY: lambda book: asked(
        bare(book, rule("financial_optional", value=False))
    ),
    Notice.GUARDIAN_BELOW_AGE: lambda book: asked(bare(book)),
    Notice.CALENDAR_PROVISIONAL: lambda book: asked(book, dates=dates(290)),
}


@pytest.mark.parametrize("notice", Notice, ids=str)
def test_each_notice_is_given_where_it_holds_and_only_there(notice, example_book):
    assert notice in REACHED[notice](example_book).notices
    assert notice not in UNREACHED[notice](example_book).notices


def test_reference_practice_is_never_overdue(example_book):
    answer = asked(bare(example_book), dates=dates(400))
    assert Notice.OVERDUE not in answer.notices
    assert answer.terms[0].days_left == -100
    assert answer.terms[0].due.reference_due_on is not None


def test_an_application_enabled_by_itself_is_noticed_although_the_other_one_is_not(example_book):
    book = bare(
        example_book,
        rule("enabled_on", "act", application=Application.FINANCIAL),
        rule("enabled_on", "day_after_application", application=Application.SOCIAL),
    )
    assert Notice.MAY_BE_ENABLED_ALREADY in asked(book).notices


def test_a_bank_not_known_is_not_called_unlisted(example_book):
    answer = asked(bare(example_book, rule("card_banks", (ABC,))), card_bank=None)
    assert Notice.BANK_NOT_LISTED not in answer.notices


def test_a_term_without_a_day_of_collection_has_no_days_left(example_book):
    answer = asked(example_book)
    activation = next(term for term in answer.terms if term.due.clock is Clock.ACTIVATION)
    assert activation.days_left is None
    assert Notice.OVERDUE not in answer.notices


@pytest.mark.parametrize(
    "said", [{"collected": Collected.YES}, {"dates": CardDates(TODAY, None, TODAY)}]
)
def test_the_clock_for_collecting_stops_when_the_card_is_collected(said, example_book):
    waiting = asked(example_book, dates=CardDates(made_on=TODAY))
    assert {term.due.clock for term in waiting.terms} == set(Clock)
    assert {term.due.clock for term in asked(example_book, **said).terms} == {Clock.ACTIVATION}


@pytest.mark.parametrize(
    ("said", "matters"),
    [
        ({}, {ClockStart.APPLIED, ClockStart.MADE}),
        ({"collected": Collected.YES}, {ClockStart.APPLIED}),
        ({"dates": dates(10)}, {ClockStart.APPLIED}),
        ({"dates": dates(400)}, {ClockStart.APPLIED, ClockStart.COLLECTED}),
    ],
)
def test_the_days_that_matter_are_those_that_a_term_of_now_or_of_collecting_counts_from(
    said, matters, example_book
):
    book = bare(
        example_book,
        term(Clock.ACTIVATION, ClockStart.COLLECTED, days=9),
        replace(term(Clock.ACTIVATION, ClockStart.APPLIED, days=9), since=dates(300).collected_on),
        term(Clock.CLEARANCE, ClockStart.MADE, days=9),
    )
    found = starts(Question(EXAMPLE, **({"on": TODAY} | said)), lambda day: book.at(CHAIN, day))
    assert found == matters


def test_where_there_is_no_term_no_day_matters(example_book):
    book = bare(example_book, term(Clock.ACTIVATION, ClockStart.MADE))
    assert starts(Question(EXAMPLE, TODAY), lambda day: book.at(CHAIN, day)) == frozenset()


def term(clock: Clock, start: ClockStart, days: int | None = None) -> Rule:
    duty = Duty.BOTH if clock is Clock.ACTIVATION else Duty.COLLECTION
    value = Deadline(clock, start, duty, None, Consequence.NONE, days=days)
    return rule("deadline", value, clock=clock)


def test_offered_ways_come_first_and_those_that_do_both_before_those_that_do_one(example_book):
    options = asked(example_book).options
    ranks = [(not option.offered, -len(option.applications)) for option in options]
    assert ranks == sorted(ranks)
    assert len(options) == len(example_book.channels)


def test_a_way_that_does_only_the_other_application_is_not_offered(example_book):
    answer = asked(example_book, applications=(Application.FINANCIAL,))
    hospital = next(o for o in answer.options if o.channel.code == "hospital_first_use")
    assert not hospital.offered
    assert hospital.reason is Status.CHANNEL_NOT_OFFERED
    assert (hospital.applications, hospital.documents, hospital.steps) == ((), (), None)
    assert hospital.usable_from == ()


def test_a_way_says_who_may_come_what_to_bring_and_from_when_it_works(example_book):
    answer = asked(example_book, who=Who.AGENT)
    offered = {option.channel.code: option for option in answer.options if option.offered}
    entrusted = offered["bank_entrusted"]
    assert "power_of_attorney" in {document.code for document in entrusted.documents}
    assert entrusted.steps is not None
    assert [a for a, _ in entrusted.usable_from] == list(entrusted.applications)
    assert "bank_counter" not in offered


def test_usable_from_follows_the_rule_and_cites_it(example_book):
    later = rule("usable_from", "following_month", channel="bank_counter")
    offers = [
        rule("offered", value=True, channel="bank_counter", application=application)
        for application in Application
    ]
    answer = asked(bare(example_book, later, *offers), on=date(2026, 12, 31))
    counter = next(o for o in answer.options if o.channel.code == "bank_counter")
    assert set(dict(counter.usable_from).values()) == {date(2027, 1, 1)}
    assert later in counter.rules


def test_the_bank_links_the_social_application_a_day_later_where_a_rule_says_so(example_book):
    offers = [
        rule("offered", value=True, channel=channel, application=application)
        for channel in ("bank_counter", "bureau_counter")
        for application in Application
    ]
    answer = asked(bare(example_book, rule("bank_links_social", "next_day"), *offers))
    usable = {o.channel.code: dict(o.usable_from) for o in answer.options if o.offered}
    tomorrow = TODAY + timedelta(days=1)
    assert usable["bank_counter"] == {Application.SOCIAL: tomorrow, Application.FINANCIAL: TODAY}
    assert usable["bureau_counter"][Application.SOCIAL] == TODAY


def test_a_first_use_brings_what_its_method_needs(example_book):
    offers = rule("offered", value=True, channel="hospital_first_use", application="social")
    method = rule("first_use_method", "old_card_then_new", channel="hospital_first_use")
    answer = asked(bare(example_book, offers, method))
    hospital = next(o for o in answer.options if o.channel.code == "hospital_first_use")
    assert hospital.documents[-1].code == "old_card"
    assert method in hospital.rules


COUNTER, BUREAU = {"channel": "bank_counter"}, {"channel": "bureau_counter"}


def reported(one: Rule) -> Rule:
    return replace(one, basis=Basis.REPORTED)


@pytest.mark.parametrize(
    ("rules", "channel", "who", "firm"),
    [
        ([], COUNTER, Who.HOLDER, Basis.REFERENCE),
        ([rule("offered", value=True, **COUNTER)], COUNTER, Who.HOLDER, Basis.PUBLISHED),
        (
            [rule("offered", value=True, **COUNTER, application=Application.SOCIAL)],
            COUNTER, Who.HOLDER, Basis.REFERENCE,
        ),
        ([rule("offered", value=True, **COUNTER)], COUNTER, Who.HOMEBOUND, Basis.REFERENCE),
        (
            [
                rule("offered", value=True, **COUNTER),
                reported(rule("who_may_act", (Who.HOLDER, Who.HOMEBOUND), **COUNTER)),
            ],
            COUNTER, Who.HOMEBOUND, Basis.REPORTED,
        ),
        (
            [
                rule("offered", value=True, **COUNTER),
                rule("documents", (), **COUNTER, who=Who.HOMEBOUND),
            ],
            COUNTER, Who.HOMEBOUND, Basis.PUBLISHED,
        ),
        (
            [rule("documents", (), **COUNTER, who=Who.HOMEBOUND)],
            COUNTER, Who.HOMEBOUND, Basis.REFERENCE,
        ),
        (
            [rule("offered", value=True, channel="home_visit")],
            {"channel": "home_visit"}, Who.HOMEBOUND, Basis.PUBLISHED,
        ),
        (
            [
                rule("offered", value=True, **BUREAU),
                reported(rule("who_may_act", (Who.HOLDER, Who.AGENT), **BUREAU)),
            ],
            BUREAU, Who.AGENT, Basis.REPORTED,
        ),
        ([rule("offered", value=False, **COUNTER)], COUNTER, Who.HOMEBOUND, Basis.PUBLISHED),
        ([], {"channel": "home_visit"}, Who.HOMEBOUND, None),
    ],
)  # fmt: skip
def test_a_way_stands_no_firmer_than_what_is_said_of_the_person_who_takes_it(
    rules, channel, who, firm, example_book
):
    options = asked(bare(example_book, *rules), who=who).options
    (option,) = [one for one in options if one.channel.code == channel["channel"]]
    assert (option.ground and option.ground.basis) == firm


def test_what_is_asked_for_alone_stands_on_its_own_rule(example_book):
    book = bare(example_book, rule("offered", value=True, **COUNTER, application="financial"))
    for application, firm in zip(Application, (Basis.REFERENCE, Basis.PUBLISHED), strict=True):
        options = asked(book, applications=(application,)).options
        (option,) = [one for one in options if one.channel.code == "bank_counter"]
        assert option.ground.basis is firm


def test_facts_are_those_of_the_nearest_issuer_and_each_case_once(example_book):
    book = bare(
        example_book,
        rule("hotline", ("12345",)),
        rule("hotline", ("12333",), PROVINCE),
        rule("pin_retry", 3, application="social"),
        rule("pin_retry", 6, PROVINCE, application="financial"),
        rule("validity_years", 10, PROVINCE),
        replace(rule("hotline", ("11111",)), since=date(2020, 1, 1)),
    )
    facts = [(fact.parameter, fact.value) for fact in asked(book).facts if fact.issuer in CHAIN]
    assert sorted(facts) == [
        ("hotline", ("12345",)), ("pin_retry", 3), ("validity_years", 10),
    ]  # fmt: skip


def test_what_options_and_terms_say_is_not_repeated_as_a_fact(example_book):
    names = {fact.parameter for fact in asked(example_book).facts}
    assert not names & {"offered", "documents", "steps", "deadline", "who_may_act"}
    assert "scope" in names


def test_a_plan_cites_every_source_once(example_book):
    answer = asked(example_book, dates=dates(10))
    cites = answer.cites()
    assert len(cites) == len(set(cites))
    resting = {c for option in answer.options for rule in option.rules for c in rule.cites}
    resting |= {c for term in answer.terms for c in term.due.rule.cites}
    resting |= {c for fact in answer.facts for c in fact.cites}
    assert set(cites) == resting


def test_a_plan_is_answered_under_the_rules_of_the_day_asked_about(example_book):
    before = date(2019, 12, 31)
    answer = asked(example_book, on=before)
    assert answer.rules.day == before
    assert Notice.NO_RULE_PUBLISHED in answer.notices


def test_an_unknown_bank_of_the_card_does_not_change_what_is_offered(example_book):
    known = asked(example_book, card_bank=BankCode("999"))
    unknown = asked(example_book, card_bank=None)
    assert known.options == unknown.options
    assert rules_of(example_book).find("card_banks") is not None
    assert Notice.BANK_NOT_LISTED in known.notices
