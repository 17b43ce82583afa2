"""Exactly once, through the operation and the gathering, on every store."""

import asyncio
from functools import partial

from qika.activation.status import Status
from qika.operations.activate import perform
from qika.operations.batch import Gatherer
from qika.storage.chain import verify_chain


def test_a_thousand_requests_at_once_for_one_card_activate_it_once(world, office, request_of):
    new = world.new_card(1)
    world.add(new)
    requests = [request_of(new.card.key, f"r{number}") for number in range(1_000)]

    async def work():
        gatherer = Gatherer(partial(perform, office), batch_max=64)
        return await asyncio.gather(*(gatherer.submit(request) for request in requests))

    answers = world.run(work())
    statuses = [answer.outcome.status for answer in answers]
    assert statuses.count(Status.ACTIVATED) == 1
    assert statuses.count(Status.ALREADY_ACTIVE) == 999
    file = world.run(world.store.card_file(new.card.key))
    assert len(file.history) == 1
    assert verify_chain(file.card, file.history)


def test_a_thousand_repeats_of_one_request_get_one_answer(world, office, request_of):
    new = world.new_card(1)
    world.add(new)
    request = request_of(new.card.key, "same")

    async def work():
        gatherer = Gatherer(partial(perform, office), batch_max=100)
        return await asyncio.gather(*(gatherer.submit(request) for _ in range(1_000)))

    answers = world.run(work())
    assert {answer.outcome.status for answer in answers} == {Status.ACTIVATED}
    assert [answer.replayed for answer in answers].count(False) == 1
    assert len(world.run(world.store.card_file(new.card.key)).history) == 1


def test_batches_that_race_for_the_same_cards_activate_each_once(world, office, request_of):
    cards = [world.new_card(number) for number in range(60)]
    world.add(*cards)

    async def work():
        batches = [
            perform(office, [request_of(new.card.key, f"b{number}") for new in cards])
            for number in range(3)
        ]
        return await asyncio.gather(*batches)

    statuses = [answer.outcome.status for batch in world.run(work()) for answer in batch]
    assert statuses.count(Status.ACTIVATED) == 60
    assert statuses.count(Status.ALREADY_ACTIVE) == 120
    for new in cards:
        file = world.run(world.store.card_file(new.card.key))
        assert len(file.history) == 1
        assert verify_chain(file.card, file.history)


def test_in_a_long_batch_the_first_request_of_a_card_wins_and_repeats_are_told(
    world, office, request_of
):
    cards = [world.new_card(number) for number in range(700)]
    world.add(*cards)
    asked = [(new, f"r{number}") for number in range(2) for new in cards]
    again = [(cards[5], "r0"), (cards[6], "r1")]
    requests = [request_of(new.card.key, key) for new, key in asked + again]
    answers = world.run(perform(office, requests))
    statuses = [answer.outcome.status for answer in answers]
    assert statuses[:700] == [Status.ACTIVATED] * 700
    assert statuses[700:1400] == [Status.ALREADY_ACTIVE] * 700
    assert (statuses[1400], answers[1400].replayed) == (Status.ACTIVATED, True)
    assert statuses[1401] == Status.ALREADY_ACTIVE
    assert all(len(world.run(world.store.card_file(new.card.key)).history) == 1 for new in cards)
