"""What every store promises about partners, their keys and the nonces they spent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qika.authority.partner import ANY, Algorithm, Partner, PartnerKey, Scope
from qika.operations.registry import (
    KeyTakenError,
    Registry,
    SpentNonce,
    TooManyKeysError,
    UnknownPartnerError,
)

SCOPE = Scope(
    frozenset({"310000", "320000"}), frozenset({ANY}), frozenset(), frozenset({"102"}), frozenset()
)
BANK = Partner("icbc", "ICBC Shanghai", SCOPE)


@pytest.fixture
def registry(world):
    return Registry(world.store)


def key(world, name: str, **changes) -> PartnerKey:
    made = PartnerKey(name, "icbc", Algorithm.ED25519, "-----BEGIN", world.now)
    return replace(made, **changes)


def test_a_partner_and_its_keys_come_back_as_they_were_put(world, registry):
    world.run(registry.put(BANK))
    one, other = key(world, "a"), key(world, "b", not_after=world.now + timedelta(9))
    for made in (one, other):
        world.run(registry.add_key(made, world.now))
    roll = world.run(world.store.roll())
    assert roll.partners == {"icbc": BANK}
    assert roll.keys == {"a": one, "b": other}
    assert roll.of_key("a") == (BANK, one)
    assert roll.of_key("c") is None
    assert roll.keys_of("icbc") == [one, other]


def test_a_partner_is_changed_suspended_and_resumed(world, registry):
    world.run(registry.put(BANK))
    changed = replace(BANK, name="ICBC", scope=replace(SCOPE, channels=frozenset()))
    world.run(registry.put(changed))
    assert registry.roll.partners == {"icbc": changed}
    world.run(registry.suspend("icbc", suspended=True))
    assert registry.roll.partners["icbc"].suspended
    world.run(registry.suspend("icbc", suspended=False))
    assert registry.roll.partners == {"icbc": changed}


def test_at_most_two_keys_are_in_force_and_one_that_ends_makes_room(world, registry):
    world.run(registry.put(BANK))
    for name in ("a", "b"):
        world.run(registry.add_key(key(world, name), world.now))
    with pytest.raises(TooManyKeysError, match="a, b"):
        world.run(registry.add_key(key(world, "c"), world.now))
    world.run(registry.end_key("a", world.now))
    world.run(registry.add_key(key(world, "c"), world.now))
    roll = registry.roll
    assert not roll.keys["a"].in_force(world.now)
    assert roll.keys["c"].in_force(world.now)


def test_keys_and_partners_that_are_not_there_are_named(world, registry):
    with pytest.raises(UnknownPartnerError, match="icbc"):
        world.run(registry.add_key(key(world, "a"), world.now))
    with pytest.raises(UnknownPartnerError, match="icbc"):
        world.run(registry.suspend("icbc", suspended=True))
    with pytest.raises(UnknownPartnerError, match="a"):
        world.run(registry.end_key("a", world.now))
    world.run(registry.put(BANK))
    world.run(registry.add_key(key(world, "a"), world.now))
    with pytest.raises(KeyTakenError, match="a"):
        world.run(registry.add_key(key(world, "a"), world.now))


def test_a_nonce_is_spent_once_until_it_expires(world):
    until = world.now + timedelta(minutes=5)
    one, other = SpentNonce("a", "n1", until), SpentNonce("b", "n1", until)
    assert list(world.run(world.store.spend([one, other, one], world.now))) == [True, True, False]
    assert list(world.run(world.store.spend([one], world.now))) == [False]
    later = until + timedelta(seconds=1)
    again = SpentNonce("a", "n1", later + timedelta(minutes=5))
    assert list(world.run(world.store.spend([again], later))) == [True]
