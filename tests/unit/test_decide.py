"""One row per status, in the order of the enum: the smallest case in which it is the answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from qika.activation.decide import decide
from qika.activation.record import decide_event
from qika.activation.request import EventRequest, Identity, Outcome
from qika.activation.status import Status
from qika.cards.events import EventType, Loss
from qika.rulebook.book import Rules
from qika.terms.names import Application, LossReason, PointId, PointKind, State, Who

from tests.people import (
    ABC,
    TODAY,
    at,
    card,
    case,
    point,
    request,
    rules_of,
    without_documents,
)

S, F = Application.SOCIAL, Application.FINANCIAL


def _event(kind: EventType, **changes: object) -> EventRequest:
    asked = EventRequest(Identity(b"k" * 16, "tester", "e-1", b""), kind, (), at(TODAY))
    return replace(asked, **changes)


def _suspended():
    held = card(State.FORMAL_LOSS, State.SEALED)
    return replace(held, social=replace(held.social, loss_reason=LossReason.DEADLINE))


def _at_point(rules: Rules, **where: object) -> Outcome:
    here = point("bank_counter", **where)
    asked = replace(request(rules), point_id=here.id)
    return decide(asked, replace(case(rules, card()), point=here))


def _expired(rules: Rules) -> Outcome:
    asked = request(rules)
    old = tuple(replace(p, valid_until=TODAY - timedelta(days=1)) for p in asked.presented)
    return decide(replace(asked, presented=old), case(rules, card()))


def _letter_used(rules: Rules) -> Outcome:
    asked = request(rules, "bank_entrusted", Who.AGENT)
    return decide(asked, replace(case(rules, card()), letter_used=True))


def _state(social: State, financial: State | None = None) -> Callable[[Rules], Outcome]:
    return lambda rules: decide(request(rules), case(rules, card(social, financial or social)))


CASES: dict[Status, Callable[[Rules], Outcome]] = {
    Status.CARD_NOT_FOUND: lambda rules: decide(request(rules), case(rules, None)),
    Status.IN_FUTURE: lambda rules: decide(
        request(rules, day=TODAY + timedelta(days=1)), case(rules, card())
    ),
    Status.CANCELLED: _state(State.CANCELLED),
    Status.NOT_COLLECTED: _state(State.NOT_COLLECTED),
    Status.LOSS_REPORTED: _state(State.TEMPORARY_LOSS),
    Status.LOCKED: _state(State.LOCKED),
    Status.SUSPENDED: lambda rules: decide(
        request(rules, "hospital_first_use"), case(rules, _suspended())
    ),
    Status.ALREADY_ACTIVE: _state(State.NORMAL),
    Status.CHANNEL_NOT_OFFERED: lambda rules: decide(
        request(rules, "bank_counter", Who.AGENT), case(rules, card())
    ),
    Status.IDENTITY_NOT_PROVED: lambda rules: decide(
        replace(request(rules, "online_alipay"), identity_proved=False), case(rules, card())
    ),
    Status.WRONG_BANK: lambda rules: _at_point(rules, bank=ABC),
    Status.OUTSIDE_SCOPE: lambda rules: _at_point(rules, applications=()),
    Status.DOCUMENTS_MISSING: lambda rules: decide(
        without_documents(request(rules)), case(rules, card())
    ),
    Status.DOCUMENT_EXPIRED: _expired,
    Status.LETTER_USED: _letter_used,
    Status.TRANSITION_NOT_ALLOWED: lambda rules: decide_event(
        _event(EventType.LOSS_RELEASED), case(rules, card())
    ),
    Status.ACTIVATED: lambda rules: decide(request(rules), case(rules, card())),
    Status.RECORDED: lambda rules: decide_event(
        _event(EventType.COLLECTED),
        case(rules, card(State.NOT_COLLECTED, State.NOT_COLLECTED, collected_on=None)),
    ),
}


@pytest.mark.parametrize("status", CASES, ids=str)
def test_each_status_is_reached(status, example_book):
    assert CASES[status](rules_of(example_book)).status is status


def test_the_table_has_a_row_for_every_status_in_the_order_of_the_enum():
    decided_without_the_store = [s for s in Status if s is not Status.KEY_REUSED]
    assert list(CASES) == decided_without_the_store


def test_an_earlier_status_wins_over_a_later_one(example_book):
    rules = rules_of(example_book)
    asked = without_documents(request(rules, "bank_counter", Who.AGENT))
    assert decide(asked, case(rules, card())).status is Status.CHANNEL_NOT_OFFERED
    assert decide(asked, case(rules, card(State.CANCELLED))).status is Status.CANCELLED


def test_the_bank_activates_both_applications_and_says_when_they_work(example_book):
    outcome = decide(request(rules_of(example_book)), case(rules_of(example_book), card()))
    assert outcome.activations == ((S, 1), (F, 1))
    assert {a: o.state for a, o in outcome.applications.items()} == {
        S: State.NORMAL,
        F: State.NORMAL,
    }
    assert outcome.applications[S].usable_from == TODAY
    assert outcome.event is not None
    assert outcome.event.sequence == outcome.card.version == 2


def test_first_use_at_a_hospital_enables_only_the_social_application(example_book):
    rules = rules_of(example_book)
    outcome = decide(request(rules, "hospital_first_use"), case(rules, card()))
    assert outcome.activations == ((S, 1),)
    assert outcome.card.financial.state is State.SEALED


def test_asking_a_hospital_for_the_financial_application_is_refused_for_that_one(example_book):
    rules = rules_of(example_book)
    asked = request(rules, "hospital_first_use", applications=(S, F))
    outcome = decide(asked, case(rules, card()))
    assert outcome.status is Status.ACTIVATED
    assert outcome.applications[F].status is Status.CHANNEL_NOT_OFFERED


def test_the_bank_still_activates_the_financial_side_of_a_suspended_card(example_book):
    rules = rules_of(example_book)
    outcome = decide(request(rules), case(rules, _suspended()))
    assert outcome.status is Status.ACTIVATED
    assert outcome.applications[S].status is Status.SUSPENDED
    assert outcome.activations == ((F, 1),)


def test_the_way_back_after_a_deadline_is_the_bank_first_and_then_the_release(example_book, due_of):
    rules = rules_of(example_book)
    suspended = _suspended()
    due = due_of(suspended)
    release = _event(EventType.LOSS_RELEASED)
    early = decide_event(release, replace(case(rules, suspended), due=due))
    assert early.status is Status.TRANSITION_NOT_ALLOWED
    paid = decide(request(rules), case(rules, suspended)).card
    after = decide_event(release, replace(case(rules, paid), due=due))
    assert after.status is Status.RECORDED
    assert after.card.social.state is State.SEALED
    assert after.card.financial.state is State.NORMAL


def test_an_act_of_the_last_day_heard_of_late_undoes_the_sweep(example_book, due_of):
    rules = rules_of(example_book)
    collected_on = TODAY - timedelta(days=320)
    suspended = replace(_suspended(), collected_on=collected_on)
    due = due_of(suspended)
    in_time = request(rules, day=due.last_day)
    outcome = decide(in_time, replace(case(rules, suspended), due=due))
    assert outcome.event.undoes == suspended.version
    assert outcome.card.social.state is State.NORMAL
    late = request(rules, day=due.last_day + timedelta(days=1))
    assert decide(late, replace(case(rules, suspended), due=due)).event.undoes is None


def test_a_point_the_directory_does_not_have_is_outside_the_scope(example_book):
    rules = rules_of(example_book)
    asked = replace(request(rules), point_id=PointId("nowhere:1"))
    unknown = replace(case(rules, card()), point_known=False)
    assert decide(asked, unknown).status is Status.OUTSIDE_SCOPE


def test_a_pharmacy_of_another_city_is_outside_the_scope(example_book):
    rules = rules_of(example_book)
    here = point("pharmacy_first_use", kind=PointKind.PHARMACY, region="440305", bank=None)
    asked = replace(request(rules, "pharmacy_first_use"), point_id=here.id)
    outcome = decide(asked, replace(case(rules, card()), point=here))
    assert outcome.status is Status.OUTSIDE_SCOPE


def test_a_letter_signed_after_the_visit_is_missing(example_book):
    rules = rules_of(example_book)
    asked = request(rules, "bank_entrusted", Who.AGENT)
    later = replace(asked, letter=replace(asked.letter, signed_on=TODAY + timedelta(days=1)))
    assert decide(later, case(rules, card())).status is Status.DOCUMENTS_MISSING


def test_a_lost_card_under_formal_loss_is_released_only_where_the_region_allows_it(example_book):
    rules = rules_of(example_book)
    report = decide_event(
        _event(EventType.LOSS_REPORTED, loss=Loss.FORMAL), case(rules, card(State.NORMAL))
    )
    assert report.card.social.state is State.FORMAL_LOSS
    back = decide_event(_event(EventType.LOSS_RELEASED), case(rules, report.card))
    assert back.card.social.state is State.NORMAL


def test_a_reversed_activation_may_happen_once_more_in_the_next_cycle(example_book):
    rules = rules_of(example_book)
    active = decide(request(rules), case(rules, card())).card
    undone = decide_event(_event(EventType.ACTIVATION_REVERSED), case(rules, active)).card
    again = decide(request(rules, key="r-2"), case(rules, undone))
    assert again.activations == ((S, 2), (F, 2))


def test_a_named_application_that_cannot_move_refuses_the_whole_event(example_book):
    rules = rules_of(example_book)
    held = card(State.NORMAL, State.CANCELLED)
    asked = _event(EventType.LOCKED, applications=(S, F))
    assert decide_event(asked, case(rules, held)).status is Status.TRANSITION_NOT_ALLOWED


def test_unlocking_returns_to_the_state_before(example_book):
    rules = rules_of(example_book)
    locked = decide_event(_event(EventType.LOCKED), case(rules, card(State.NORMAL))).card
    assert locked.social.state is State.LOCKED
    back = decide_event(_event(EventType.UNLOCKED), case(rules, locked)).card
    assert (back.social.state, back.financial.state) == (State.NORMAL, State.SEALED)
