"""One rulebook, two doors: what the plan promises, the counter accepts.

Over generated regions, rule editions, cards, dates, channels and persons:
an option that the plan offers, carried out by that person with the documents that the plan lists,
at a point that the plan names, by the day that the plan names, is accepted; and whatever the plan
does not offer is, for a collected and sealed card, refused with the reason that the plan gives.

The request is built from the plan alone, by code of this file that knows nothing of offer().

Faults seeded by hand to see that this test catches them (each one made it fail):
1. ``decide`` took the rules of the day of receipt instead of the day the act happened
   (operations/activate.py, ``_case``: ``self.received_at`` for ``request.occurred_at``).
2. The plan left out what the method of first use makes people bring
   (inquiry/plan.py, ``_option``: the documents of the ``documents`` rule only).
3. The plan listed points by channel and bank but without asking whether the scope of the rules
   reaches them (operations/inquire.py, ``_serves``: always true).
4. The counter refused an agent everywhere but at ``bank_entrusted`` in an ``if`` of its own
   (activation/decide.py) while the rulebook of the region let agents come to another counter.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qika.activation.request import ActivationRequest, Identity, Letter, Presented
from qika.activation.status import Status
from qika.cards.deadlines import CardDates
from qika.inquiry.plan import Option
from qika.inquiry.question import Collected, Question
from qika.operations.activate import Answered, perform
from qika.operations.inquire import Answer, inquire
from qika.operations.office import Office
from qika.operations.rulings import Rulings
from qika.points.point import Capability, ServicePoint
from qika.rulebook.book import Rulebook
from qika.rulebook.model import (
    Clock,
    ClockStart,
    Consequence,
    Deadline,
    Dimensions,
    Duty,
    RequiredDocument,
    Rule,
)
from qika.terms.names import (
    Application,
    BankCode,
    Basis,
    ChannelCode,
    DocumentCode,
    Grade,
    IssuerCode,
    PointId,
    PointKind,
    RegionCode,
    SourceId,
    Who,
)

from tests.doubles import OneCardStore, PointList, office_of
from tests.people import CHINA, TODAY, PlainCalendar, at, card, point

CITY, PROVINCE = IssuerCode("990100"), IssuerCode("990000")
CHAIN = (CITY, PROVINCE)
CHANNELS = (
    "bank_counter", "bank_entrusted", "bureau_counter", "home_visit", "hospital_first_use",
    "pharmacy_first_use", "online_alipay", "kiosk", "app", "sms",
)  # fmt: skip
BANKS = ("102", "103")
DAYS = st.integers(0, 500).map(lambda back: TODAY - timedelta(days=back))
DOCUMENTS = ("card", "id_card", "old_card", "household_book", "power_of_attorney", "bank_proof")


@st.composite
def required(draw: st.DrawFn) -> RequiredDocument:
    codes = draw(st.lists(st.sampled_from(DOCUMENTS), min_size=1, max_size=3, unique=True))
    group = draw(st.booleans())
    return RequiredDocument(
        code=DocumentCode("identity_document" if group else codes[0]),
        of=draw(st.sampled_from(list(Who))),
        any_of=tuple(map(DocumentCode, codes)) if group else (),
        only_if=draw(st.sampled_from([None, None, "first_replacement"])),
    )


def _deadline(days: int, duty: Duty, *, moves: bool) -> Deadline:
    return Deadline(
        Clock.ACTIVATION, ClockStart.COLLECTED, duty, Application.SOCIAL,
        Consequence.LOSS_REPORT_SOCIAL, days=days, moves_to_working_day=moves,
    )  # fmt: skip


VALUES: dict[str, st.SearchStrategy[object]] = {
    "offered": st.booleans(),
    "who_may_act": st.lists(st.sampled_from(list(Who)), max_size=4, unique=True).map(tuple),
    "documents": st.lists(required(), max_size=3).map(tuple),
    "scope": st.sampled_from(
        ["county", "city", "province", "same_bank_nationwide", "any_cooperating_bank_in_province"]
    ),
    "first_use_method": st.sampled_from(["card_only", "old_card_then_new", "change_initial_pin"]),
    "usable_from": st.sampled_from(["same_day", "next_day", "following_month"]),
    "bank_links_social": st.sampled_from(["same_time", "next_day"]),
    "deadline": st.builds(
        _deadline, st.integers(1, 700), st.sampled_from([Duty.FINANCIAL, Duty.BOTH, Duty.SOCIAL]),
        moves=st.booleans(),
    ),
}  # fmt: skip


@st.composite
def rule(draw: st.DrawFn, book: Rulebook) -> Rule:
    name = draw(st.sampled_from([*VALUES, "offered", "offered", "documents"]))
    by = book.vocabulary.parameters[name].by

    def dim(which: str, values: list) -> object:
        return draw(st.sampled_from([None, *values])) if which in by else None

    return Rule(
        issuer=draw(st.sampled_from(CHAIN)),
        parameter=name,
        value=draw(VALUES[name]),
        dims=Dimensions(
            channel=dim("channel", list(map(ChannelCode, CHANNELS))),
            application=dim("application", list(Application)),
            who=dim("who", list(Who)),
            clock=Clock.ACTIVATION if "clock" in by else None,
        ),
        since=draw(st.none() | DAYS),
        grade=Grade.A,
        basis=draw(st.sampled_from([Basis.ADOPTED, Basis.PUBLISHED])),
        cites=(SourceId("generated/1"),),
    )


@st.composite
def directory(draw: st.DrawFn) -> tuple[ServicePoint, ...]:
    made = []
    for number in range(draw(st.integers(0, 5))):
        served = draw(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=4, unique=True))
        applications = draw(st.sampled_from([tuple(Application), (Application.SOCIAL,)]))
        issuers = draw(st.sampled_from([(), (CITY,), (PROVINCE,), (IssuerCode("440300"),)]))
        banks = draw(st.sampled_from([(), (BankCode("102"),), (BankCode("103"),)]))
        made.append(
            replace(
                point("bank_counter", bank=draw(st.sampled_from([None, *map(BankCode, BANKS)]))),
                id=PointId(f"generated:{number}"),
                kind=draw(st.sampled_from(list(PointKind))),
                region=RegionCode(draw(st.sampled_from(["990101", "990201", "440305"]))),
                capabilities=tuple(
                    Capability(ChannelCode(c), applications, banks, issuers, "generated", TODAY)
                    for c in served
                ),
            )
        )
    return tuple(made)


@dataclass(frozen=True)
class World:
    """A generated region with its rules and points, a card, and the question of its holder."""

    office: Office
    store: OneCardStore
    answer: Answer
    question: Question


@st.composite
def worlds(draw: st.DrawFn, book: Rulebook) -> World:
    rules = tuple(draw(st.lists(rule(book), max_size=14)))
    edition = replace(book, rules=book.rules + rules)
    collected_on = draw(DAYS)
    bank = BankCode(draw(st.sampled_from(BANKS)))
    held = card(bank=bank, collected_on=collected_on, issuer=CITY)
    question = Question(
        issuer=CITY,
        on=collected_on + timedelta(days=draw(st.integers(0, (TODAY - collected_on).days))),
        applications=draw(
            st.sampled_from([tuple(Application), (Application.SOCIAL,), (Application.FINANCIAL,)])
        ),
        who=draw(st.sampled_from(list(Who))),
        collected=Collected.YES,
        dates=CardDates(made_on=held.made_on, collected_on=collected_on),
        card_bank=bank,
    )
    store = OneCardStore(held)
    office = office_of(
        store,
        Rulings(edition, lambda issuer: CHAIN),
        PointList(draw(directory())),
        clock=lambda: at(TODAY, 23),
    )
    return World(office, store, inquire(office, question, near=(31.0, 111.0)), question)


def carried_out(world: World, option: Option, place: ServicePoint | None) -> ActivationRequest:
    """Do as the plan says: that person, those papers, that day, that place."""
    day = world.question.on
    papers = [document for document in option.documents if document.only_if is None]
    return ActivationRequest(
        identity=Identity(world.store.card.key, "tester", option.channel.code, b""),
        channel=option.channel.code,
        who=world.question.who,
        applications=option.applications or world.question.applications,
        occurred_at=datetime(day.year, day.month, day.day, 9, tzinfo=CHINA),
        point_id=place.id if place else None,
        presented=tuple(
            Presented(document.any_of[-1] if document.any_of else document.code, document.of)
            for document in papers
        ),
        letter=Letter("L", day) if option.channel.letter else None,
        identity_proved=True,
    )


def done(world: World, request: ActivationRequest) -> Answered:
    return asyncio.run(perform(world.office, [request]))[0]


def by_the_day_named(answer: Answer, on: date) -> bool:
    return all(term.due.last_day is None or on <= term.due.last_day for term in answer.plan.terms)


@settings(max_examples=300)
@given(data=st.data())
def test_what_the_plan_offers_the_counter_accepts(data, example_book):
    world = data.draw(worlds(example_book))
    if not by_the_day_named(world.answer, world.question.on):
        return
    for option, points in zip(world.answer.plan.options, world.answer.points, strict=True):
        if not option.offered:
            continue
        for place in [None, *(near.point for near in points)]:
            world.store.reset()
            outcome = done(world, carried_out(world, option, place)).outcome
            assert outcome.status is Status.ACTIVATED
            became = {a: outcome.applications[a] for a in option.applications}
            assert all(one.status is Status.ACTIVATED for one in became.values())
            assert tuple((a, one.usable_from) for a, one in became.items()) == option.usable_from


@settings(max_examples=300)
@given(data=st.data())
def test_what_the_plan_does_not_offer_is_refused_with_the_reason_it_gives(data, example_book):
    world = data.draw(worlds(example_book))
    for option in world.answer.plan.options:
        refused = [a for a in world.question.applications if a not in option.applications]
        asked = msgspec.structs.replace(
            carried_out(world, option, None), applications=tuple(refused)
        )
        if refused:
            world.store.reset()
            outcome = done(world, asked).outcome
            assert outcome.status is (option.reason or Status.CHANNEL_NOT_OFFERED)
            assert world.store.changes == []


@settings(max_examples=200)
@given(data=st.data())
def test_a_listed_document_left_at_home_is_missed_at_the_counter(data, example_book):
    world = data.draw(worlds(example_book))
    for option in world.answer.plan.options:
        needed = [document for document in option.documents if document.only_if is None]
        if not option.offered or not needed:
            continue
        forgotten = data.draw(st.sampled_from(needed))
        asked = carried_out(world, option, None)
        kept = tuple(
            shown
            for shown in asked.presented
            if shown.of != forgotten.of or shown.document not in forgotten.accepted_codes()
        )
        world.store.reset()
        outcome = done(world, msgspec.structs.replace(asked, presented=kept)).outcome
        assert outcome.status is Status.DOCUMENTS_MISSING
        assert forgotten in outcome.missing


def test_the_calendar_of_these_tests_is_a_calendar():
    assert not PlainCalendar().is_working_day(date(2026, 11, 21))


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_generated_channels_exist(channel, example_book):
    assert ChannelCode(channel) in example_book.channels
