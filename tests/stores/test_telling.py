"""What every store promises about what waits to be told, and about the listeners that are told."""

from dataclasses import replace as changed
from datetime import timedelta

import pytest
from msgspec.structs import replace

from qika.authority.listener import Listener, ListenerState
from qika.authority.partner import ANY
from qika.operations.activate import perform
from qika.operations.deliver import GIVE_UP_AFTER
from qika.operations.listeners import (
    Audience,
    BadNameError,
    LastSecretError,
    Listeners,
    ListenerTakenError,
    TooManyListenersError,
    TooManySecretsError,
    UnknownListenerError,
)
from qika.operations.ports import MEDICAL_INSURANCE
from qika.operations.replay import replay
from qika.storage.postgres.telling_statements import PENDING

from tests.servers import KEPT

HOUR = timedelta(hours=1)
EVERY = frozenset({ANY})


def listener(world, name: str = "fund", **changes) -> Listener:
    made = Listener(
        name, "https://fund.example/events", EVERY, EVERY, by_identifier=False,
        state=ListenerState.ON, reason="", since=world.now,
    )  # fmt: skip
    return changed(made, **changes)


def live(world, number: int, events: int, to: tuple[str, ...] = ("fund",)) -> bytes:
    """Give a card a history whose events wait for destinations."""
    new = world.new_card(number)
    world.add(new)
    card = new.card
    for one in range(events):
        moved = world.change(card, f"r{one}", destinations=to)
        at = world.now + one * HOUR
        event = replace(moved.event, received_at=at)
        activations = moved.activations if not one else ()
        assert not world.commit(replace(moved, event=event, activations=activations))
        card = moved.card
    return card.key


def waiting(world, at=None, to: str = "fund", limit: int = 100):
    return world.run(world.store.pending(to, limit, at or world.now + 99 * HOUR))


def told(world, row, at=None) -> None:
    world.run(world.store.acknowledge([row], at or world.now))


# -- the outbox ------------------------------------------------------------------------------------


def test_of_each_card_the_earliest_event_waits_and_the_next_follows_when_it_was_told(world):
    keys = {live(world, number, 3) for number in range(3)}
    for sequence in (1, 2, 3):
        rows = waiting(world)
        assert {(row.card_key, row.sequence) for row in rows} == {(key, sequence) for key in keys}
        for row in rows:
            told(world, row)
    assert waiting(world) == []


def test_a_card_that_fails_holds_up_its_own_events_and_nobody_elses(world):
    bad, good = live(world, 1, 2), live(world, 2, 2)
    (row,) = [row for row in waiting(world) if row.card_key == bad]
    later = world.now + 50 * HOUR
    world.run(world.store.postpone([row], [later], world.now))
    seen = []
    while rows := waiting(world, later - HOUR):
        seen += [(one.card_key, one.sequence) for one in rows]
        for one in rows:
            told(world, one)
    assert seen == [(good, 1), (good, 2)]
    (row,) = waiting(world, later)
    assert (row.card_key, row.sequence, row.tries, row.failing_since) == (bad, 1, 1, world.now)
    world.run(world.store.postpone([row], [later], later))
    (row,) = waiting(world, later)
    assert (row.tries, row.failing_since) == (2, world.now), "the first failure counts"


def test_the_order_of_a_card_holds_even_if_a_clock_gave_the_later_event_an_earlier_time(world):
    new = world.new_card(1)
    world.add(new)
    first = world.change(new.card, "one", destinations=("fund",))
    second = world.change(first.card, "two", activations=(), destinations=("fund",))
    tomorrow = replace(first.event, received_at=world.now + timedelta(days=1))
    world.commit(replace(first, event=tomorrow), second)
    assert waiting(world, world.now) == [], "the second is due, the first is not"
    (row,) = waiting(world, world.now + timedelta(days=1))
    assert row.sequence == 1


def test_each_row_of_a_page_is_postponed_to_a_time_of_its_own(world):
    for number in range(3):
        live(world, number, 1)
    rows = waiting(world)
    world.run(world.store.postpone(rows, [world.now + n * HOUR for n in (1, 2, 3)], world.now))
    assert [len(waiting(world, world.now + n * HOUR)) for n in range(4)] == [0, 1, 2, 3]


def test_what_was_given_up_waits_no_more_and_lets_the_next_one_pass(world):
    key = live(world, 1, 2)
    (row,) = waiting(world)
    later = world.now + GIVE_UP_AFTER
    world.run(world.store.give_up([row], later))
    (following,) = waiting(world)
    assert (following.card_key, following.sequence) == (key, 2)
    kept = world.run(world.store.backlog("fund"))
    assert (kept.waiting, kept.oldest) == (1, world.now + HOUR)
    assert (kept.given_up, kept.last_given_up) == (1, later)
    world.run(world.store.acknowledge([row], later))
    world.run(world.store.give_up([row], later))
    assert world.run(world.store.backlog("fund")) == kept, "a second time changes nothing"


def test_an_event_given_up_is_not_shown_as_acknowledged(world):
    key = live(world, 1, 2, (MEDICAL_INSURANCE,))
    (row,) = waiting(world, to=MEDICAL_INSURANCE)
    world.run(world.store.give_up([row], world.now))
    assert world.run(world.store.card_file(key)).acknowledged == {1: None, 2: None}


def test_each_destination_has_a_backlog_of_its_own(world):
    key = live(world, 1, 2, ("fund", "bank"))
    (row,) = waiting(world)
    told(world, row)
    assert [row.sequence for row in waiting(world)] == [2]
    assert [row.sequence for row in waiting(world, to="bank")] == [1]
    assert waiting(world, to="bank")[0].card_key == key


def test_events_are_queued_again_once_and_in_order_and_are_given_up_no_more(world):
    key, other = live(world, 1, 3), live(world, 2, 1, ())
    for _ in range(2):
        told(world, waiting(world)[0])
    (row,) = waiting(world)
    world.run(world.store.give_up([row], world.now))
    places = [(key, 3), (key, 1), (key, 2), (other, 1), (key, 9), (b"?" * 16, 1)]
    later = world.now + HOUR
    assert world.run(world.store.queue(places, "fund", later)) == 4
    assert world.run(world.store.queue(places, "fund", later)) == 0
    assert world.run(world.store.backlog("fund")).given_up == 0
    assert waiting(world, world.now) == []
    seen = []
    while rows := waiting(world, later):
        seen += [(one.card_key, one.sequence) for one in rows]
        for one in rows:
            told(world, one, later)
    assert sorted(seen[:2]) == sorted([(key, 1), (other, 1)])
    assert seen[2:] == [(key, 2), (key, 3)]


def test_the_first_acknowledgement_stays_when_an_event_was_told_again(world):
    key = live(world, 1, 1, (MEDICAL_INSURANCE,))
    told(world, waiting(world, to=MEDICAL_INSURANCE)[0])
    world.run(world.store.queue([(key, 1)], MEDICAL_INSURANCE, world.now))
    told(world, waiting(world, to=MEDICAL_INSURANCE)[0], world.now + HOUR)
    assert world.run(world.store.card_file(key)).acknowledged == {1: world.now}
    assert waiting(world, to=MEDICAL_INSURANCE) == []


def test_what_waits_for_a_destination_is_forgotten_page_by_page(world):
    for number in range(5):
        live(world, number, 2, ("fund", "bank"))
    world.run(world.store.give_up(waiting(world)[:2], world.now))
    gone = []
    while count := world.run(world.store.forget_waiting("fund", 3)):
        gone.append(count)
    assert sum(gone) == 10
    assert len(gone) > 2
    assert world.run(world.store.backlog("fund")).waiting == 0
    assert world.run(world.store.backlog("bank")).waiting == 10


def test_the_identification_codes_of_cards_are_given(world):
    named, blank = world.new_card(1), world.new_card(2, card_identifier="")
    world.add(named, blank)
    keys = [named.card.key, blank.card.key, b"?" * 16]
    found = world.run(world.store.identifiers(keys))
    assert found == {named.card.key: f"{1:032X}", blank.card.key: ""}
    assert world.run(world.store.identifiers([])) == {}


def test_earlier_events_are_looked_up_by_their_card_under_a_plan_for_an_empty_table(served):
    async def planned(connection):
        await connection.execute(f"prepare heads(text, bigint, bigint) as {PENDING}")
        return await connection.fetch("explain execute heads('fund', 5, 16)")

    lines = [row[0] for row in served.run(served.store._read(planned))]
    (at,) = [n for n, line in enumerate(lines) if "on outbox earlier" in line]
    assert "card_key = outbox.card_key" in lines[at + 1], "\n".join(lines)


# -- listeners -------------------------------------------------------------------------------------


def test_a_listener_comes_back_as_it_was_put_and_is_switched(world):
    listeners = Listeners(world.store)
    fund = listener(world, regions=frozenset({"310000", "320000"}), words=frozenset({"enabled"}))
    world.run(listeners.add(fund, "whsec_a"))
    world.run(listeners.add(listener(world, "bank", by_identifier=True), "whsec_b"))
    assert [one.name for one in world.run(world.store.listeners())] == ["bank", "fund"]
    assert world.run(world.store.listeners())[1] == fund
    later = world.now + HOUR
    world.run(listeners.switch("fund", ListenerState.PAUSED, "moving house", later))
    world.run(world.store.note_fault("fund", "timeout", world.now))
    paused = changed(
        fund, state=ListenerState.PAUSED, reason="moving house", since=later,
        failing_since=world.now, fault="timeout",
    )  # fmt: skip
    assert world.run(world.store.listeners())[1] == paused
    world.run(world.store.note_fault("fund", "", None))
    world.run(listeners.switch("fund", ListenerState.ON, "", world.now))
    assert world.run(world.store.listeners())[1] == fund


def test_listeners_that_are_not_there_there_already_or_badly_named_are_named(world):
    listeners = Listeners(world.store)
    world.run(listeners.add(listener(world), "whsec_a"))
    with pytest.raises(ListenerTakenError, match="fund"):
        world.run(listeners.add(listener(world), "whsec_b"))
    for bad in ("", "Fund", "two words", "x" * 64, "-a"):
        with pytest.raises(BadNameError):
            world.run(listeners.add(listener(world, bad), "whsec_b"))
    with pytest.raises(UnknownListenerError, match="bank"):
        world.run(listeners.switch("bank", ListenerState.ON, "", world.now))
    for work in (listeners.remove, listeners.drop_secret):
        with pytest.raises(UnknownListenerError, match="bank"):
            world.run(work("bank"))


def test_there_are_only_so_many_listeners(world):
    listeners = Listeners(world.store)
    for number in range(32):
        world.run(listeners.add(listener(world, f"l{number}"), "whsec_a"))
    with pytest.raises(TooManyListenersError, match="32"):
        world.run(listeners.add(listener(world, "more"), "whsec_a"))


def test_two_secrets_are_in_force_at_most_and_one_at_least(world):
    listeners = Listeners(world.store)
    world.run(listeners.add(listener(world), "whsec_a"))
    with pytest.raises(LastSecretError):
        world.run(listeners.drop_secret("fund"))
    world.run(listeners.add_secret("fund", "whsec_b", world.now + HOUR))
    with pytest.raises(TooManySecretsError):
        world.run(listeners.add_secret("fund", "whsec_c", world.now))
    held = world.run(world.store.secrets("fund"))
    assert [(one.text, one.made_at) for one in held] == [
        ("whsec_a", world.now), ("whsec_b", world.now + HOUR),
    ]  # fmt: skip
    world.run(listeners.drop_secret("fund"))
    assert [one.text for one in world.run(world.store.secrets("fund"))] == ["whsec_b"]
    world.run(listeners.add_secret("fund", "whsec_c", world.now))
    assert [one.text for one in world.run(world.store.secrets("fund"))] == ["whsec_b", "whsec_c"]


def test_a_removed_listener_leaves_nothing_and_its_name_begins_anew(world):
    listeners = Listeners(world.store)
    world.run(listeners.add(listener(world), "whsec_a"))
    live(world, 1, 3)
    assert world.run(listeners.remove("fund")) == 3
    assert list(world.run(world.store.listeners())) == []
    assert list(world.run(world.store.secrets("fund"))) == []
    live(world, 2, 1)  # a process that had not heard of it yet
    world.run(listeners.add(listener(world), "whsec_b"))
    assert waiting(world) == []


def test_what_waited_for_the_insurance_side_before_it_listened_is_not_forgotten(world):
    live(world, 1, 1, (MEDICAL_INSURANCE,))
    world.run(Listeners(world.store).add(listener(world, MEDICAL_INSURANCE), "whsec_a"))
    assert len(waiting(world, to=MEDICAL_INSURANCE)) == 1


def test_one_holder_at_a_time_has_the_lease_until_it_is_over_or_given_back(world):
    take, minute = world.store.take_lease, timedelta(minutes=1)

    def may(holder: str, now) -> bool:
        return world.run(take("fund", holder, now, now + minute))

    start = world.now
    assert may("a", start)
    assert not may("b", start + minute / 2)
    assert world.run(take("bank", "b", start, start + minute)), "each listener has its own"
    assert may("a", start + minute / 2), "the holder prolongs it"
    assert not may("b", start + minute)
    assert may("b", start + 1.5 * minute), "it was over"
    world.run(world.store.free_lease("fund", "a"))
    assert not may("a", start + 2 * minute), "only the holder gives it back"
    world.run(world.store.free_lease("fund", "b"))
    assert may("a", start + 2 * minute)


def test_a_lease_that_a_wrong_clock_made_stops_nobody(world):
    minute, ahead = timedelta(minutes=1), world.now + timedelta(days=1)
    assert world.run(world.store.take_lease("fund", "a", ahead, ahead + minute))
    assert world.run(world.store.take_lease("fund", "b", world.now, world.now + minute))
    slow = world.now - minute / 2
    assert not world.run(world.store.take_lease("fund", "c", slow, slow + minute)), "half a minute"


@pytest.mark.parametrize("world", KEPT, indirect=True)
def test_secrets_are_sealed_and_outlive_a_turn_of_the_keys(world):
    world.run(Listeners(world.store).add(listener(world), "whsec_a"))
    world.keys.add_data_key()
    world.run(world.store.reseal(None, 100))
    world.keys.drop_old_keys()
    assert [one.text for one in world.run(world.store.secrets("fund"))] == ["whsec_a"]


# -- replay ----------------------------------------------------------------------------------------


def test_a_replay_tells_what_was_received_since_a_moment_in_the_order_of_each_card(world, office):
    keys = [live(world, number, 3, ()) for number in range(3)]
    fund = listener(world)
    done = world.run(replay(office, world.store, fund, world.now + HOUR))
    assert (done.cards, done.events, done.queued) == (3, 6, 6)
    again = world.run(replay(office, world.store, fund, world.now + HOUR))
    assert (again.events, again.queued) == (6, 0)
    seen = []
    while rows := waiting(world):
        seen += [(row.card_key, row.sequence) for row in rows]
        for row in rows:
            told(world, row)
    assert sorted(seen) == sorted((key, sequence) for key in keys for sequence in (2, 3))
    for key in keys:
        assert [sequence for one, sequence in seen if one == key] == [2, 3]


@pytest.mark.parametrize(
    ("changes", "events"),
    [
        ({"regions": frozenset({"990000"})}, 2),
        ({"regions": frozenset({"310000"})}, 0),
        ({"words": frozenset({"enabled"})}, 2),
        ({"words": frozenset({"cancelled"})}, 0),
    ],
)
def test_a_replay_tells_a_listener_only_what_it_hears_of(world, office, changes, events):
    live(world, 1, 2, ())
    fund = listener(world, **changes)
    assert world.run(replay(office, world.store, fund, world.now)).events == events


def test_a_walk_over_histories_goes_on_after_a_key(world):
    keys = sorted(live(world, number, 1) for number in range(5))

    async def walk(after):
        pages = [page async for page in world.store.histories(2, after)]
        return [card.key for page in pages for card, _ in page]

    assert world.run(walk(b"")) == keys
    assert world.run(walk(keys[2])) == keys[3:]


# -- audience --------------------------------------------------------------------------------------


def test_a_listener_that_was_added_hears_of_what_happens_from_then_on(world, office, request_of):
    cards = [world.new_card(number) for number in range(2)]
    world.add(*cards)
    world.run(perform(office, [request_of(cards[0].card.key, "a")]))
    office.audience.take([listener(world), listener(world, "far", regions=frozenset({"310000"}))])
    world.run(perform(office, [request_of(cards[1].card.key, "a")]))
    assert [row.card_key for row in waiting(world)] == [cards[1].card.key]
    assert waiting(world, to="far") == []
    assert len(waiting(world, to=MEDICAL_INSURANCE)) == 2, "it is told from the first day"


def test_an_audience_that_is_taken_anew_forgets_what_it_kept(world):
    audience, event = Audience(), world.change(world.new_card(1).card).event

    def of():
        return audience.of("990000", event, lambda issuer: (issuer,))

    assert of() == (MEDICAL_INSURANCE,)
    audience.take([listener(world)])
    assert of() == (MEDICAL_INSURANCE, "fund")
    audience.take([listener(world, MEDICAL_INSURANCE, words=frozenset({"cancelled"}))])
    assert of() == ()
    audience.take([])
    assert of() == (MEDICAL_INSURANCE,)
