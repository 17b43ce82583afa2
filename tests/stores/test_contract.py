"""What every store promises about cards and their changes."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from qika.activation.request import Identity
from qika.cards.card import ApplicationRecord
from qika.cards.events import EventType, Loss
from qika.operations.ports import MEDICAL_INSURANCE, Attempt, ClockRow, StoredAnswer
from qika.storage.chain import verify_chain
from qika.terms.names import (
    Application,
    BankCode,
    CardNumber,
    ChannelCode,
    IssuerCode,
    LossReason,
    PointId,
    State,
    Use,
    Who,
)


def test_a_card_comes_back_as_it_was_imported(world):
    new = world.new_card(1, applied_on=date(2025, 12, 31))
    assert world.add(new) == ["added"]
    loaded = world.run(world.store.load([world.ask(new.card.key), world.ask(b"?" * 16)]))
    assert loaded.cards == {new.card.key: new.card}
    assert not loaded.answers


def test_a_card_key_depends_on_issuer_and_number_and_not_on_spelling(world):
    key = world.keys.card_key(IssuerCode("990000"), CardNumber("a12"))
    assert len(key) == 16
    assert key == world.keys.card_key(IssuerCode("990000"), CardNumber(" A12\u3000"))
    assert key != world.keys.card_key(IssuerCode("990001"), CardNumber("A12"))
    assert key != world.keys.card_key(IssuerCode("990000"), CardNumber("A13"))


def test_a_change_is_written_whole(world):
    new = world.new_card(1)
    world.add(new)
    change = world.change(new.card, letter_id="L1")
    event = replace(
        change.event,
        applications=(Application.SOCIAL, Application.FINANCIAL),
        channel=ChannelCode("bank_counter"),
        point=PointId("x:1"),
        who=Who.AGENT,
        use=Use.PURCHASE,
        loss=Loss.FORMAL,
        reason=LossReason.DEADLINE,
        undoes=7,
    )
    assert world.commit(replace(change, event=event)) == set()
    file = world.run(world.store.card_file(new.card.key))
    assert file.history == (event,)
    assert replace(file.card, chain=b"") == change.card
    assert verify_chain(file.card, file.history)
    assert file.acknowledged == {1: None}
    loaded = world.run(world.store.load([world.ask(new.card.key, letter_id="L1")]))
    assert loaded.answers == {(new.card.key, "bank", "r1"): StoredAnswer(b"body", b'{"a":1}')}
    assert loaded.letters_used == {(new.card.key, "L1")}


def test_of_two_changes_on_one_version_the_second_loses_and_leaves_nothing(world):
    new, other = world.new_card(1), world.new_card(2)
    world.add(new, other)
    assert world.commit(world.change(new.card, "first")) == set()
    late = world.change(new.card, "late", letter_id="L9")
    assert world.commit(world.change(other.card), late) == {1}
    loaded = world.run(world.store.load([world.ask(new.card.key, "late", "L9")]))
    assert loaded.answers == {}
    assert loaded.letters_used == frozenset()
    assert len(world.run(world.store.card_file(new.card.key)).history) == 1
    assert world.card(other.card.key).version == 1


def test_a_change_of_an_unknown_card_loses(world):
    assert world.commit(world.change(world.new_card(1).card)) == {0}


def test_one_card_may_change_several_times_in_a_batch(world):
    new = world.new_card(1)
    world.add(new)
    first = world.change(new.card, "one")
    second = world.change(first.card, "two", activations=())
    third = world.change(second.card, "three", activations=())
    assert world.commit(first, second, third) == set()
    file = world.run(world.store.card_file(new.card.key))
    assert file.card.version == 3
    assert [event.sequence for event in file.history] == [1, 2, 3]
    assert verify_chain(file.card, file.history)


def test_if_one_change_of_a_card_loses_its_later_ones_lose_too(world):
    new = world.new_card(1)
    world.add(new)
    assert world.commit(world.change(new.card)) == set()
    stale = world.change(new.card, "stale")
    after = world.change(stale.card, "after", activations=())
    assert world.commit(stale, after) == {0, 1}


def test_an_application_is_activated_once_in_a_cycle_whatever_the_decision_says(world):
    new, other = world.new_card(1), world.new_card(2)
    world.add(new, other)
    world.commit(world.change(new.card))
    again = world.change(world.card(new.card.key), "again")
    assert world.commit(again, world.change(other.card)) == {0}
    assert world.card(new.card.key).version == 1
    cycle = replace(again, activations=((Application.SOCIAL, 2),))
    assert world.commit(cycle) == set()


def test_a_repeat_decided_before_the_first_was_written_loses_and_then_finds_the_answer(world):
    new = world.new_card(1)
    world.add(new)
    again = world.change(new.card, "same", activations=())
    world.commit(world.change(new.card, "same"))
    assert world.commit(again) == {0}
    loaded = world.run(world.store.load([world.ask(new.card.key, "same")]))
    assert (new.card.key, "bank", "same") in loaded.answers
    assert loaded.cards[new.card.key].version == 1


def test_a_letter_is_used_once_even_in_one_batch(world):
    new = world.new_card(1)
    world.add(new)
    first = world.change(new.card, "one", letter_id="L")
    second = world.change(first.card, "two", letter_id="L", activations=())
    assert world.commit(first, second) == {1}
    assert world.card(new.card.key).version == 1


def test_an_event_must_carry_the_number_of_the_version(world):
    new = world.new_card(1)
    world.add(new)
    change = world.change(new.card)
    if hasattr(world.store, "close"):
        wrong = replace(change, event=replace(change.event, sequence=5))
        with pytest.raises(ValueError, match="sequence"):
            world.commit(wrong)
    assert world.card(new.card.key).version == 0


def test_the_outbox_gives_rows_oldest_first_until_they_are_acknowledged(world):
    cards = [world.new_card(number) for number in range(3)]
    world.add(*cards)
    for number, new in enumerate(cards):
        change = world.change(new.card)
        at = world.now + timedelta(minutes=-number)
        world.commit(replace(change, event=replace(change.event, received_at=at)))
    rows = world.run(world.store.pending(MEDICAL_INSURANCE, 10, world.now))
    assert [row.card_key for row in rows] == [new.card.key for new in reversed(cards)]
    assert {(row.sequence, row.issuer, row.tries) for row in rows} == {(1, "990000", 0)}
    assert len(world.run(world.store.pending(MEDICAL_INSURANCE, 2, world.now))) == 2
    assert not world.run(world.store.pending("elsewhere", 10, world.now))
    early = world.now - timedelta(seconds=90)
    assert len(world.run(world.store.pending(MEDICAL_INSURANCE, 10, early))) == 1
    world.run(world.store.acknowledge(rows[:1], world.now))
    hour = world.now + timedelta(hours=1)
    world.run(world.store.postpone(rows, [hour] * 3, world.now))
    world.run(world.store.acknowledge(rows[:1], world.now + timedelta(days=1)))
    assert not world.run(world.store.pending(MEDICAL_INSURANCE, 10, world.now))
    later = world.run(world.store.pending(MEDICAL_INSURANCE, 10, world.now + timedelta(hours=1)))
    assert {(row.card_key, row.tries) for row in later} == {(r.card_key, 1) for r in rows[1:]}
    file = world.run(world.store.card_file(rows[0].card_key))
    assert file.acknowledged == {1: world.now}


def test_an_event_without_destination_is_told_to_nobody(world):
    new = world.new_card(1)
    world.add(new)
    world.commit(world.change(new.card, destinations=()))
    assert not world.run(world.store.pending(MEDICAL_INSURANCE, 10, world.now))
    assert world.run(world.store.card_file(new.card.key)).acknowledged == {}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_due_clocks_are_paged_in_a_stable_order_without_gap_or_repeat(world, limit):
    for number in range(12):
        day = date(2026, 4, 1 + number % 3)
        clocks = (ClockRow("activation", 1, day), ClockRow("clearance", 1, day))
        world.add(world.new_card(number, clocks=clocks))
    world.add(world.new_card(99, clocks=(ClockRow("activation", 1, date(2026, 4, 4)),)))
    seen, after = [], None
    while page := world.run(world.store.due(date(2026, 4, 4), after, limit)):
        seen += [(one.clock.due_on, one.card.key, one.clock.clock) for one in page]
        after = seen[-1][:2]
    assert len(seen) == 24
    assert seen == sorted(set(seen))


def test_clocks_can_be_set_anew_and_closed_without_a_change(world):
    new = world.new_card(1, clocks=(ClockRow("activation", 1, date(2026, 5, 1)),))
    world.add(new)
    earlier = ClockRow("activation", 1, date(2026, 3, 1))
    world.run(world.store.put_clocks([(new.card.key, earlier)]))
    (one,) = world.run(world.store.due(date(2027, 1, 1), None, 9))
    assert one.clock == earlier
    world.run(world.store.put_clocks([(new.card.key, ClockRow("activation", 1, None))]))
    world.run(world.store.put_clocks([]))
    assert world.run(world.store.due(date(2027, 1, 1), None, 9)) == []


def test_clocks_are_closed_only_of_cards_that_are_as_they_were_read(world):
    same, other = world.new_card(1), world.new_card(2)
    world.add(same, other)
    world.commit(world.change(other.card))
    row = ClockRow("activation", 1, None)
    world.run(world.store.close_clocks([(same.card, row), (other.card, row)]))
    world.run(world.store.close_clocks([]))
    (left,) = world.run(world.store.due(date(2027, 1, 1), None, 9))
    assert left.card.key == other.card.key


def test_a_change_moves_and_closes_clocks(world):
    new = world.new_card(1)
    world.add(new)
    moved = (ClockRow("activation", 1, date(2026, 5, 1)), ClockRow("clearance", 1, None))
    first = world.change(new.card, clocks=moved)
    world.commit(first)
    (one,) = world.run(world.store.due(date(2027, 1, 1), None, 9))
    assert one.clock == ClockRow("activation", 1, date(2026, 5, 1))
    closed = (ClockRow("activation", 1, None),)
    card = world.card(new.card.key)
    world.commit(world.change(card, "two", activations=(), clocks=closed))
    assert not world.run(world.store.due(date(2027, 1, 1), None, 9))


def test_importing_the_same_file_twice_changes_nothing(world):
    cards = [world.new_card(number) for number in range(5)]
    assert world.add(*cards) == ["added"] * 5
    world.commit(world.change(cards[0].card))
    before = world.run(world.store.card_file(cards[0].card.key))
    assert world.add(*cards) == ["unchanged"] * 5
    assert world.run(world.store.card_file(cards[0].card.key)) == before


def test_an_import_never_touches_the_life_of_a_card_that_has_a_history(world):
    new = world.new_card(1)
    world.add(new)
    done = (ClockRow("activation", 1, None),)
    world.commit(world.change(new.card, clocks=done))
    life = world.card(new.card.key)
    reset = ApplicationRecord(State.NOT_COLLECTED)
    update = world.new_card(
        1,
        bank=BankCode("103"),
        collected_on=date(2026, 2, 4),
        social=reset,
        financial=reset,
        name="Another Name",
    )
    assert world.add(update) == ["updated"]
    card = world.card(new.card.key)
    assert card == replace(life, bank="103", collected_on=date(2026, 2, 4))
    assert world.run(world.store.holder_matches(new.card.key, name="another name"))
    assert not world.run(world.store.due(date(2027, 1, 1), None, 9))
    assert verify_chain(card, world.run(world.store.card_file(new.card.key)).history)


def test_a_blank_in_a_file_says_nothing(world):
    new = world.new_card(1)
    world.add(new)
    blank = world.new_card(
        1,
        bank=None,
        made_on=None,
        collected_on=None,
        social=ApplicationRecord(State.NOT_COLLECTED),
        financial=ApplicationRecord(State.NOT_COLLECTED),
        name="",
        social_security_number="",
        card_identifier="",
        generation="",
        clocks=(ClockRow("activation", 1, None),),
    )
    assert world.add(blank) == ["unchanged"]
    assert world.card(new.card.key) == new.card
    assert len(world.run(world.store.due(date(2027, 1, 1), None, 9))) == 1


def test_a_card_without_history_becomes_collected_by_a_later_file(world):
    waiting = ApplicationRecord(State.NOT_COLLECTED)
    first = world.new_card(1, collected_on=None, social=waiting, financial=waiting, clocks=())
    world.add(first)
    assert world.add(world.new_card(1)) == ["updated"]
    assert world.card(first.card.key) == world.new_card(1).card
    assert len(world.run(world.store.due(date(2027, 1, 1), None, 9))) == 1


def test_a_card_twice_in_a_file_ends_as_its_last_row_says(world):
    first = world.new_card(1, card_identifier="A" * 32)
    last = world.new_card(1, card_identifier="B" * 32)
    assert world.add(first, last, last) == ["added", "updated", "unchanged"]
    assert world.run(world.store.key_of_identifier("b" * 32)) == first.card.key
    assert world.run(world.store.key_of_identifier("A" * 32)) is None
    assert world.add(first) == ["updated"]
    assert world.run(world.store.key_of_identifier("A" * 32)) == first.card.key
    assert world.run(world.store.key_of_identifier("B" * 32)) is None


def test_a_holder_matches_by_name_or_number_and_nothing_matches_nobody(world):
    new = world.new_card(1)
    world.add(new)
    matches = world.store.holder_matches
    key = new.card.key
    assert world.run(matches(key, name=" holder number 1"))
    assert world.run(matches(key, number="99000019900101001x"))
    assert world.run(matches(key, name="Holder Number 1", number="99000019900101001X"))
    assert not world.run(matches(key, name="Holder Number 1", number="990000199001010029"))
    assert not world.run(matches(key, name="Holder Number 2"))
    assert not world.run(matches(key))
    assert not world.run(matches(b"?" * 16, name="Holder Number 1"))
    anonymous = world.new_card(2, name="", social_security_number="")
    world.add(anonymous)
    assert not world.run(matches(anonymous.card.key, name="", number=""))
    assert not world.run(matches(anonymous.card.key, name=" "))


def test_cards_are_found_by_chip_and_by_number(world):
    same = "990000199001010022"
    cards = [world.new_card(n, social_security_number=same) for n in (1, 2)]
    world.add(*cards, world.new_card(3, card_identifier=""))
    assert world.run(world.store.key_of_identifier(f"{1:032x}")) == cards[0].card.key
    assert world.run(world.store.key_of_identifier("")) is None
    assert world.run(world.store.key_of_identifier("f" * 32)) is None
    found = world.run(world.store.keys_of_number(f" {same} "))
    assert list(found) == sorted(card.card.key for card in cards)
    world.add(world.new_card(2, card_identifier=f"{1:032x}"))
    assert world.run(world.store.key_of_identifier(f"{1:032x}")) is None


def test_the_audit_walks_every_card_once_in_order(world):
    cards = [world.new_card(number) for number in range(7)]
    world.add(*cards)
    world.commit(*(world.change(new.card) for new in cards[:3]))

    async def walk():
        return [page async for page in world.store.histories(3)]

    pages = world.run(walk())
    assert [len(page) for page in pages] == [3, 3, 1]
    walked = [one for page in pages for one in page]
    assert [card.key for card, _ in walked] == sorted(new.card.key for new in cards)
    assert sum(len(history) for _, history in walked) == 3
    assert all(verify_chain(card, history) for card, history in walked)


def test_a_chain_shows_a_changed_a_missing_and_a_swapped_event(world):
    new = world.new_card(1)
    world.add(new)
    first = world.change(new.card)
    second = world.change(first.card, "two", activations=())
    world.commit(first, second)
    file = world.run(world.store.card_file(new.card.key))
    one, two = file.history
    assert verify_chain(file.card, (one, two))
    assert not verify_chain(file.card, (replace(one, type=EventType.LOCKED), two))
    assert not verify_chain(file.card, (one, replace(two, occurred_at=world.now)))
    assert not verify_chain(file.card, (one,))
    assert not verify_chain(file.card, (two, one))
    assert not verify_chain(replace(file.card, version=3), (one, two))


def test_a_handover_sets_the_day_of_collection_and_no_other_event_does(world):
    waiting = ApplicationRecord(State.NOT_COLLECTED)
    new = world.new_card(1, collected_on=None, social=waiting, financial=waiting)
    world.add(new)
    change = world.change(replace(new.card, collected_on=date(2026, 3, 1)), activations=())
    world.commit(replace(change, event=replace(change.event, type=EventType.COLLECTED)))
    card = world.card(new.card.key)
    assert card.collected_on == date(2026, 3, 1)
    other = world.change(replace(card, collected_on=date(2020, 1, 1)), "two")
    world.commit(other)
    assert world.card(new.card.key).collected_on == date(2026, 3, 1)


def test_attempts_are_kept_until_they_are_old(world):
    identity = Identity(b"?" * 16, "bank", "r", b"body")
    attempts = [
        Attempt(identity, "card_not_found", "bank_counter", world.now - timedelta(days=days))
        for days in (1, 2, 3, 4)
    ]
    assert world.run(world.store.commit((), attempts)) == frozenset()
    before = world.now - timedelta(days=1, hours=12)
    assert world.run(world.store.delete_attempts(before, 2)) == 2
    assert world.run(world.store.delete_attempts(before, 2)) == 1
    assert world.run(world.store.delete_attempts(before, 2)) == 0


def test_a_large_batch_is_loaded_like_a_small_one(world):
    cards = [world.new_card(number) for number in range(200)]
    world.add(*cards)
    world.commit(*(world.change(new.card) for new in cards))
    asks = [world.ask(new.card.key) for new in cards]
    loaded = world.run(world.store.load(asks))
    assert len(loaded.cards) == len(loaded.answers) == 200
