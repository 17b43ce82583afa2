"""Turning the keys in every store that keeps holders sealed."""

import pytest
from msgspec.structs import replace

from tests.servers import KEPT

pytestmark = pytest.mark.parametrize("world", KEPT, indirect=True)


def test_turning_all_keys_keeps_every_card_findable_throughout(world):
    cards = [world.new_card(number) for number in range(10)]
    world.add(*cards)
    world.keys.add_data_key()
    world.keys.add_index_key()
    store, after, pages = world.store, None, 0
    while (after := world.run(store.reseal(after, 4))) is not None:
        pages += 1
        for new in cards:
            found = world.run(store.key_of_identifier(new.card_identifier))
            assert found == new.card.key
            assert world.run(store.holder_matches(new.card.key, name=new.name))
    assert pages == 3
    world.keys.drop_old_keys()
    for new in cards:
        assert world.run(store.key_of_identifier(new.card_identifier)) == new.card.key
        assert list(world.run(store.keys_of_number(new.social_security_number))) == [new.card.key]
        assert world.run(store.holder_matches(new.card.key, number=new.social_security_number))
    assert world.add(*cards) == ["unchanged"] * 10


def test_a_holder_changed_while_keys_turn_leaves_no_alias_behind(world):
    new = world.new_card(1, card_identifier="A" * 32)
    world.add(new)
    world.keys.add_index_key()
    world.add(replace(new, card_identifier="B" * 32))
    assert world.run(world.store.key_of_identifier("A" * 32)) is None
    assert world.run(world.store.key_of_identifier("B" * 32)) == new.card.key
