"""A clock that was stepped: nothing is lost, nothing is done twice, and the answers say so."""

from collections import Counter
from dataclasses import replace as changed
from datetime import timedelta

import pytest
from msgspec.structs import replace

from qika.cards.events import EventType
from qika.operations.activate import perform
from qika.operations.deliver import HEARD, Reply, deliver
from qika.operations.ports import MEDICAL_INSURANCE
from qika.storage.chain import verify_chain

from tests.counting import each_is_stored_once


@pytest.fixture
def stepping(office_of):
    """Give the function from a world to an office by a clock that a test sets."""

    def make(world):
        at = [world.now]
        office = changed(office_of(world.store, world.keys), clock=lambda: at[0])
        return office, lambda moment: at.__setitem__(0, moment)

    return make


def test_a_clock_stepped_by_a_day_neither_loses_nor_doubles(world, stepping, request_of):
    office, set_clock = stepping(world)
    cards = [world.new_card(number) for number in range(30)]
    world.add(*cards)
    day = timedelta(days=1)
    requests = [request_of(new.card.key, "same") for new in cards]

    def outcomes(some):
        answers = world.run(perform(office, some))
        return Counter((str(one.outcome.status), one.replayed) for one in answers)

    assert outcomes(requests[:10]) == {("activated", False): 10}
    set_clock(world.now - day)  # what happened a minute ago by the right clock is in the future
    assert outcomes(requests) == {("activated", True): 10, ("in_future", False): 20}
    early = [replace(one, occurred_at=one.occurred_at - day) for one in requests[10:20]]
    assert outcomes(early) == {("activated", False): 10}
    set_clock(world.now + day)
    assert outcomes(requests[20:]) == {("activated", False): 10}
    set_clock(world.now)
    again = [*requests[:10], *early, *requests[20:]]
    assert outcomes(again) == {("activated", True): 30}, "a refusal used up no key"
    world.run(each_is_stored_once(office, {new.card.key for new in cards}))


def test_the_order_of_a_history_is_its_numbers_whatever_the_clock_said(world, stepping):
    office, set_clock = stepping(world)
    new = world.new_card(1)
    world.add(new)
    day = timedelta(days=1)
    received = [world.now, world.now - day, world.now + day]
    kinds = ("activated", "locked", "unlocked")
    for number, (at, kind) in enumerate(zip(received, kinds, strict=True)):
        set_clock(at)
        change = world.change(world.card(new.card.key), f"r{number}", destinations=())
        event = replace(change.event, type=EventType(kind), received_at=office.clock())
        activations = change.activations if number == 0 else ()
        assert world.commit(replace(change, event=event, activations=activations)) == set()
    file = world.run(world.store.card_file(new.card.key))
    assert [event.type for event in file.history] == list(kinds)
    assert [event.received_at for event in file.history] == received
    assert verify_chain(file.card, file.history)


class Insurer:
    """Takes events only while it is open, and counts them."""

    def __init__(self):
        self.open, self.heard = True, Counter()

    async def receive(self, rows):
        if self.open:
            self.heard.update(row.card_key for row in rows)
        return [HEARD if self.open else Reply("closed")] * len(rows)


def test_the_outbox_waits_for_a_clock_that_was_set_back_and_tells_each_event_once(
    world, stepping, request_of
):
    office, set_clock = stepping(world)
    cards = [world.new_card(number) for number in range(20)]
    world.add(*cards)
    day = timedelta(days=1)
    insurer = Insurer()

    def told():
        done = world.run(deliver(office, insurer, MEDICAL_INSURANCE))
        return done.acknowledged, done.postponed

    world.run(perform(office, [request_of(new.card.key, "same") for new in cards[:10]]))
    set_clock(world.now - day)
    assert told() == (0, 0), "what waits since tomorrow waits until tomorrow"
    set_clock(world.now + day)
    world.run(perform(office, [request_of(new.card.key, "same") for new in cards[10:]]))
    insurer.open = False
    assert told() == (0, 20), "half a minute after tomorrow"
    insurer.open = True
    set_clock(world.now)
    assert told() == (0, 0)
    set_clock(world.now + day + timedelta(minutes=1))
    assert told() == (20, 0)
    assert told() == (0, 0)
    assert insurer.heard == {new.card.key: 1 for new in cards}
