"""A card's life: every state times every event, the sweep, and the paths of the decision."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.activation.decide import decide
from qika.activation.offer import Offer, offer
from qika.activation.record import decide_event
from qika.activation.request import EventRequest, Identity, Letter
from qika.activation.status import PRECEDENCE, Status, first, of_state
from qika.activation.sweep import SENDER, decide_sweep
from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import EventType, Loss
from qika.cards.life import collected, on_loss
from qika.rulebook.model import Consequence, Dimensions, Duty, Rule
from qika.terms.names import (
    Application,
    Basis,
    ChannelCode,
    Grade,
    LossReason,
    SourceId,
    State,
    Who,
)

from tests.people import EXAMPLE, TODAY, at, card, case, record, replace, request, rules_of

S, F = Application.SOCIAL, Application.FINANCIAL
TIME = at(TODAY)
IN_USE = {State.SEALED, State.NORMAL}


def event(kind: EventType, **changes: object) -> EventRequest:
    asked = EventRequest(Identity(b"k" * 16, "tester", "e-1", b""), kind, (), TIME)
    return replace(asked, **changes)


def suspended(**changes: object) -> Card:
    held = card(State.FORMAL_LOSS, State.SEALED)
    social = replace(held.social, loss_reason=LossReason.DEADLINE)
    return replace(held, social=social, **changes)


def saying(rules_book, *said: Rule):
    return rules_of(replace(rules_book, rules=rules_book.rules + said))


def rule(parameter: str, value: object, **dims: str) -> Rule:
    return Rule(
        issuer=EXAMPLE,
        parameter=parameter,
        value=value,
        dims=Dimensions(**dims),
        since=TODAY,
        grade=Grade.A,
        basis=Basis.ADOPTED,
        cites=(SourceId("test/1"),),
    )


# -- every state, every event --------------------------------------------------------------------

LOST = (State.TEMPORARY_LOSS, State.FORMAL_LOSS)
NEXT: dict[EventType, dict[State, State]] = {
    EventType.LOCKED: dict.fromkeys(IN_USE, State.LOCKED),
    EventType.UNLOCKED: {State.LOCKED: State.SEALED},
    EventType.CANCELLED: {s: State.CANCELLED for s in State if s is not State.CANCELLED},
    EventType.REISSUED: {s: State.CANCELLED for s in State if s is not State.CANCELLED},
    EventType.EXCHANGED: {s: State.CANCELLED for s in State if s is not State.CANCELLED},
    EventType.ACTIVATION_REVERSED: {State.NORMAL: State.SEALED},
    EventType.LOSS_RELEASED: dict.fromkeys(LOST, State.SEALED),
    EventType.LOSS_REPORTED: dict.fromkeys({*IN_USE, State.LOCKED}, State.TEMPORARY_LOSS),
    EventType.ACTIVATED: {},
    EventType.DEADLINE_PASSED: {},
}


@pytest.mark.parametrize("kind", NEXT, ids=str)
@pytest.mark.parametrize("state", State, ids=str)
def test_each_event_leads_where_it_says_or_is_refused(kind, state, example_book):
    held = card(state, State.SEALED)
    outcome = decide_event(event(kind, applications=(S,)), case(rules_of(example_book), held))
    to = NEXT[kind].get(state)
    if to is None:
        waiting = state is State.NOT_COLLECTED
        refused = Status.NOT_COLLECTED if waiting else Status.TRANSITION_NOT_ALLOWED
        assert outcome.status is refused
        assert outcome.card is None
        assert outcome.applications[S].state is state
        return
    assert outcome.status is Status.RECORDED
    assert outcome.card.social.state is to
    assert outcome.card.financial == held.financial
    assert outcome.event.applications == (S,)
    assert outcome.event.sequence == outcome.card.version == held.version + 1


def test_the_table_of_events_is_whole():
    assert NEXT.keys() | {EventType.COLLECTED} == set(EventType)


def test_collecting_seals_both_and_starts_the_clock():
    waiting = card(State.NOT_COLLECTED, State.NOT_COLLECTED, collected_on=None)
    held = collected(waiting, TIME, TODAY)
    assert (held.social.state, held.financial.state) == (State.SEALED, State.SEALED)
    assert held.collected_on == TODAY


def test_collecting_leaves_an_application_that_has_ended_alone():
    waiting = card(State.NOT_COLLECTED, State.CANCELLED, collected_on=None)
    held = collected(waiting, TIME, TODAY)
    assert (held.social.state, held.financial.state) == (State.SEALED, State.CANCELLED)


def test_a_card_is_collected_once(example_book):
    outcome = decide_event(event(EventType.COLLECTED), case(rules_of(example_book), card()))
    assert outcome.status is Status.TRANSITION_NOT_ALLOWED


def test_an_event_about_no_card_or_from_the_future_or_after_the_end_is_refused(example_book):
    rules = rules_of(example_book)
    tomorrow = event(EventType.LOCKED, occurred_at=at(TODAY + timedelta(days=1)))
    ended = card(State.CANCELLED, State.CANCELLED)
    locked = event(EventType.LOCKED)
    assert decide_event(locked, case(rules, None)).status is Status.CARD_NOT_FOUND
    assert decide_event(tomorrow, case(rules, card())).status is Status.IN_FUTURE
    assert decide_event(locked, case(rules, ended)).status is Status.CANCELLED


# -- loss ----------------------------------------------------------------------------------------


def test_a_temporary_loss_may_become_formal_and_remembers_what_was_before():
    temporary = on_loss(record(State.NORMAL), Loss.TEMPORARY, LossReason.LOST, TIME)
    formal = on_loss(temporary, Loss.FORMAL, LossReason.LOST, TIME)
    assert (formal.state, formal.before) == (State.FORMAL_LOSS, State.NORMAL)
    assert on_loss(formal, Loss.TEMPORARY, LossReason.LOST, TIME) is None
    assert on_loss(temporary, Loss.TEMPORARY, LossReason.LOST, TIME) is None


@pytest.mark.parametrize("state", sorted(IN_USE))
@pytest.mark.parametrize("loss", Loss)
def test_a_locked_card_can_be_lost_and_is_locked_again_when_it_is_found(state, loss, example_book):
    held, rules = card(state, state), rules_of(example_book)
    if state is State.NORMAL:
        used = replace(held.social, usable_from=TODAY)
        held = replace(held, social=used, financial=used)
    for kind in (EventType.LOCKED, EventType.LOSS_REPORTED, EventType.LOSS_RELEASED):
        outcome = decide_event(event(kind, loss=loss), case(rules, held))
        assert outcome.status is Status.RECORDED, kind
        held = outcome.card
    assert {held.social.state, held.financial.state} == {State.LOCKED}
    back = decide_event(event(EventType.UNLOCKED), case(rules, held)).card
    assert {back.social.state, back.financial.state} == {state}


def test_no_deadline_suspends_a_locked_application():
    locked = record(State.LOCKED)
    assert on_loss(locked, Loss.FORMAL, LossReason.DEADLINE, TIME) is None


def test_a_suspension_stays_one_when_the_card_is_reported_lost_too():
    held = suspended().social
    for loss in Loss:
        for reason in LossReason:
            assert on_loss(held, loss, reason, TIME) is None


def test_a_loss_report_opens_no_way_around_the_duty_of_a_suspended_card(example_book, due_of):
    rules, held = rules_of(example_book), suspended()
    lost = decide_event(event(EventType.LOSS_REPORTED, loss=Loss.FORMAL), case(rules, held)).card
    assert lost.social.suspended
    assert lost.financial.state is State.FORMAL_LOSS
    due = due_of(held)
    back = decide_event(event(EventType.LOSS_RELEASED), replace(case(rules, lost), due=due))
    assert back.card.social.suspended
    assert back.card.financial.state is State.SEALED


def test_a_formal_loss_is_final_for_the_application_of_which_a_rule_says_so(example_book):
    rules = saying(example_book, rule("formal_loss_reversible", "no", application="social"))
    held = card(State.FORMAL_LOSS, State.FORMAL_LOSS)
    release = event(EventType.LOSS_RELEASED, applications=(S,))
    assert decide_event(release, case(rules, held)).status is Status.TRANSITION_NOT_ALLOWED
    other = decide_event(replace(release, applications=(F,)), case(rules, held))
    assert other.card.financial.state is State.SEALED


def test_a_temporary_loss_is_released_even_where_a_formal_one_is_final(example_book):
    rules = saying(example_book, rule("formal_loss_reversible", "no"))
    outcome = decide_event(event(EventType.LOSS_RELEASED), case(rules, card(State.TEMPORARY_LOSS)))
    assert outcome.card.social.state is State.SEALED


def test_a_report_says_its_kind_and_reason_in_the_history(example_book):
    asked = event(EventType.LOSS_REPORTED, loss=Loss.FORMAL)
    outcome = decide_event(asked, case(rules_of(example_book), card()))
    assert (outcome.event.loss, outcome.event.reason) == (Loss.FORMAL, LossReason.LOST)
    assert outcome.event.applications == (S, F)


STATES = st.builds(
    ApplicationRecord,
    state=st.sampled_from(State),
    loss_reason=st.sampled_from([None, *LossReason]),
    before=st.sampled_from([None, *sorted(IN_USE)]),
    cycle=st.integers(1, 3),
)


@given(
    social=STATES,
    financial=STATES,
    kind=st.sampled_from(EventType),
    loss=st.sampled_from([None, *Loss]),
    applications=st.sampled_from([(), (S,), (F,), (S, F)]),
)
def test_no_event_wakes_the_dead_or_activates(
    social, financial, kind, loss, applications, example_book
):
    held = replace(card(), social=social, financial=financial)
    asked = event(kind, loss=loss, applications=applications)
    outcome = decide_event(asked, case(rules_of(example_book), held))
    if outcome.card is None:
        assert outcome.event is None
        return
    for application in Application:
        was, now = held.of(application), outcome.card.of(application)
        assert now == was or application in (applications or (S, F))
        assert was.state is not State.CANCELLED or now == was
        assert now.state is not State.NORMAL or State.NORMAL in {was.state, was.before}
    assert outcome.activations == ()


# -- the sweep -----------------------------------------------------------------------------------


def overdue(due_of, **changes: object):
    held = replace(card(), collected_on=TODAY - timedelta(days=320), **changes)
    return held, due_of(held)


def test_the_sweep_suspends_what_the_rule_affects_and_writes_why(due_of):
    held, due = overdue(due_of)
    outcome = decide_sweep(held, due, TODAY, TIME, "edition")
    assert outcome.card.social.suspended
    assert outcome.card.social.before is State.SEALED
    assert outcome.card.financial == held.financial
    assert outcome.event.type is EventType.DEADLINE_PASSED
    assert (outcome.event.sender, outcome.event.reason) == (SENDER, LossReason.DEADLINE)
    assert outcome.event.sequence == outcome.card.version == held.version + 1


@pytest.mark.parametrize("basis", [b for b in Basis if b is not Basis.ADOPTED])
def test_the_sweep_leaves_cards_of_regions_that_adopted_nothing(basis, due_of):
    held, due = overdue(due_of)
    assert decide_sweep(held, replace(due, basis=basis), TODAY, TIME, "edition") is None


def test_the_sweep_leaves_cards_without_a_rule_or_a_day(due_of):
    held, due = overdue(due_of)
    assert decide_sweep(held, None, TODAY, TIME, "edition") is None
    assert decide_sweep(held, replace(due, last_day=None), TODAY, TIME, "edition") is None


@pytest.mark.parametrize(
    "changes", [{"affects": None}, {"consequence": Consequence.CANCELLED}], ids=str
)
def test_the_sweep_leaves_cards_whose_rule_suspends_nothing(changes, due_of):
    held, due = overdue(due_of)
    milder = replace(due, deadline=replace(due.deadline, **changes))
    assert decide_sweep(held, milder, TODAY, TIME, "edition") is None


def test_the_sweep_leaves_cards_whose_holder_did_the_duty(due_of):
    held, due = overdue(due_of, financial=record(State.NORMAL))
    assert due.deadline.duty is Duty.FINANCIAL
    assert decide_sweep(held, due, TODAY, TIME, "edition") is None


@pytest.mark.parametrize("state", [s for s in State if s not in IN_USE])
def test_the_sweep_leaves_what_is_lost_locked_or_ended(state, due_of):
    held, due = overdue(due_of, social=record(state))
    assert decide_sweep(held, due, TODAY, TIME, "edition") is None


# -- the decision --------------------------------------------------------------------------------


def test_precedence_is_the_order_of_the_enumeration():
    assert first(list(reversed(Status))) is next(iter(Status))
    assert sorted(Status, key=PRECEDENCE.__getitem__) == list(Status)


def test_only_a_sealed_application_has_no_refusal_of_its_own():
    open_states = {s for s in State if of_state(s, None) is None}
    assert open_states == {State.SEALED}
    assert of_state(State.FORMAL_LOSS, LossReason.DEADLINE) is Status.SUSPENDED


def test_an_unknown_channel_offers_nothing_and_is_refused_for_both_applications(example_book):
    rules = rules_of(example_book)
    by_owl = ChannelCode("by_owl")
    empty = Offer(by_owl, Who.HOLDER, (), Status.CHANNEL_NOT_OFFERED, (), ())
    assert offer(rules, by_owl, Who.HOLDER) == empty
    outcome = decide(request(rules, "by_owl"), case(rules, card()))
    assert outcome.status is Status.CHANNEL_NOT_OFFERED
    assert set(outcome.applications) == {S, F}


def test_who_is_not_served_is_refused_for_what_the_channel_could_do(example_book):
    rules = rules_of(example_book)
    outcome = decide(request(rules, "hospital_first_use", Who.AGENT), case(rules, card()))
    assert {a: o.status for a, o in outcome.applications.items()} == {S: Status.CHANNEL_NOT_OFFERED}


def test_an_expired_letter_is_an_expired_document(example_book):
    rules = rules_of(example_book)
    asked = request(rules, "bank_entrusted", Who.AGENT)
    yesterday = TODAY - timedelta(days=1)
    old = replace(asked, letter=Letter("L-1", yesterday, valid_until=yesterday))
    today = replace(asked, letter=Letter("L-1", yesterday, valid_until=TODAY))
    assert decide(old, case(rules, card())).status is Status.DOCUMENT_EXPIRED
    accepted = decide(today, case(rules, card()))
    assert (accepted.status, accepted.letter_id) == (Status.ACTIVATED, "L-1")


def test_a_letter_is_missing_where_the_channel_asks_for_one(example_book):
    rules = rules_of(example_book)
    asked = replace(request(rules, "bank_entrusted", Who.AGENT), letter=None)
    assert decide(asked, case(rules, card())).status is Status.DOCUMENTS_MISSING


def test_a_document_of_the_wrong_person_does_not_count(example_book):
    rules = rules_of(example_book)
    asked = request(rules)
    swapped = tuple(replace(shown, of=Who.AGENT) for shown in asked.presented)
    outcome = decide(replace(asked, presented=swapped), case(rules, card()))
    assert outcome.status is Status.DOCUMENTS_MISSING
    assert outcome.missing == offer(rules, ChannelCode("bank_counter"), Who.HOLDER).documents


def test_a_valid_document_beside_an_expired_one_is_enough(example_book):
    rules = rules_of(example_book)
    asked = request(rules)
    old = tuple(replace(p, valid_until=TODAY - timedelta(days=1)) for p in asked.presented)
    both = replace(asked, presented=(*old, *asked.presented))
    assert decide(both, case(rules, card())).status is Status.ACTIVATED


def test_an_act_in_time_that_misses_the_duty_does_not_lift_the_suspension(example_book, due_of):
    rules = rules_of(example_book)
    held = suspended(collected_on=TODAY - timedelta(days=320))
    due = due_of(held)
    asked = request(rules, "hospital_first_use", day=due.last_day)
    outcome = decide(asked, replace(case(rules, held), due=due))
    assert outcome.status is Status.SUSPENDED
    assert outcome.card is None


def test_an_act_in_time_that_is_refused_leaves_the_card_suspended(example_book, due_of):
    rules = rules_of(example_book)
    held = suspended(collected_on=TODAY - timedelta(days=320))
    due = due_of(held)
    asked = replace(request(rules, day=due.last_day), presented=())
    outcome = decide(asked, replace(case(rules, held), due=due))
    assert outcome.status is Status.SUSPENDED
    assert outcome.applications[S].state is State.FORMAL_LOSS


def test_a_deadline_without_a_day_restores_nothing(example_book, due_of):
    rules = rules_of(example_book)
    held = suspended()
    due = replace(due_of(held), last_day=None)
    outcome = decide(request(rules), replace(case(rules, held), due=due))
    assert outcome.event.undoes is None
    assert outcome.card.social.suspended


def test_a_card_never_suspended_undoes_nothing(example_book, due_of):
    rules = rules_of(example_book)
    held = card()
    outcome = decide(request(rules), replace(case(rules, held), due=due_of(held)))
    assert (outcome.status, outcome.event.undoes) == (Status.ACTIVATED, None)


def test_an_act_just_after_midnight_counts_for_its_day_in_china(example_book):
    rules = rules_of(example_book)
    early = replace(request(rules), occurred_at=at(TODAY, 0).astimezone(UTC))
    assert early.occurred_at.date() < TODAY
    outcome = decide(early, case(rules, card()))
    assert outcome.applications[S].usable_from == TODAY
