"""Which cards share a transaction: those of one group, whatever the shards are."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.activation.request import Identity
from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import Event, EventType
from qika.operations.ports import Attempt, Change
from qika.storage.postgres.lines import at_node
from qika.storage.postgres.placement import KeyRanges, ShardMap, grouped, hash_bytes
from qika.storage.postgres.statements import MOVE_CARDS, for_shards
from qika.storage.postgres.writes import parts_of, waves
from qika.terms.names import Application, IssuerCode, State

LOWEST, HIGHEST = -(1 << 31), (1 << 31) - 1
AT = datetime(2026, 3, 1, tzinfo=UTC)
SEALED = ApplicationRecord(State.SEALED)

keys = st.binary(min_size=16, max_size=16)


@st.composite
def shard_maps(draw) -> ShardMap:
    cuts = draw(st.sets(st.integers(LOWEST + 1, HIGHEST), max_size=64))
    lows = [LOWEST, *sorted(cuts)]
    return ShardMap.of_ranges(list(zip(lows, [low - 1 for low in lows[1:]] + [HIGHEST])))  # noqa: B905


groups = st.one_of(shard_maps(), st.builds(KeyRanges, st.integers(1, 16)))


def change(key: bytes, version: int) -> Change:
    card = Card(key, IssuerCode("990000"), None, None, None, None, SEALED, SEALED, version)
    event = Event(version, EventType.LOCKED, (Application.SOCIAL,), AT, AT, "bank", "edition")
    return Change(card, event)


@st.composite
def batches(draw):
    """A batch: cards that change once or several times, refusals, and the groups of the day."""
    pool = draw(st.lists(keys, min_size=1, max_size=40, unique=True))
    versions = dict.fromkeys(pool, 0)
    changes = []
    for key in draw(st.lists(st.sampled_from(pool), max_size=80)):
        versions[key] += 1
        changes.append(change(key, versions[key]))
    refused = draw(st.lists(st.sampled_from(pool), max_size=20))
    attempts = [Attempt(Identity(key, "bank", "r", b""), "x", "y", AT) for key in refused]
    return changes, attempts


def parted_well(changes, attempts, by):
    parts = parts_of(changes, attempts, by)
    for group, part in parts.items():
        held = {move.key for move in part.moves} | {row[0] for row in part.attempts}
        assert {by.group(key) for key in held} == {group}, "a transaction holds two groups"
    return parts


@given(batches(), groups, groups)
def test_no_transaction_holds_two_groups_before_or_after_a_rebalance(batch, before, after):
    changes, attempts = batch
    for by in (before, after):
        parts = parted_well(changes, attempts, by)
        moves = [move for part in parts.values() for move in part.moves]
        assert sorted(move.position for move in moves) == list(range(len(changes)))
        assert sum(len(part.attempts) for part in parts.values()) == len(attempts)


@given(batches(), groups)
def test_the_changes_of_a_card_keep_their_order_in_waves_and_stand_once_in_each(batch, by):
    for part in parts_of(batch[0], (), by).values():
        seen: dict[bytes, list[int]] = {}
        for wave in waves(part.moves):
            locked = [move.key for move in wave]
            assert locked == sorted(set(locked)), "cards are locked in the order of their keys"
            for move in wave:
                seen.setdefault(move.key, []).append(move.position)
        assert all(positions == sorted(positions) for positions in seen.values())


@given(st.lists(keys, max_size=60), groups)
def test_grouping_loses_nothing_and_keeps_the_order_within_a_group(many, by):
    parts = grouped(many, bytes, by)
    assert sorted(key for part in parts.values() for key in part) == sorted(many)
    for group, part in parts.items():
        assert part == [key for key in many if by.group(key) == group]


@given(shard_maps(), keys)
def test_every_key_has_the_shard_whose_range_holds_its_hash(shards, key):
    group = shards.group(key)
    low = shards.lowest[group]
    assert low <= hash_bytes(key)
    assert group + 1 == len(shards.lowest) or hash_bytes(key) < shards.lowest[group + 1]


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        [(LOWEST, 0)],
        [(LOWEST, 0), (2, HIGHEST)],
        [(LOWEST, 0), (0, HIGHEST)],
        [(LOWEST + 1, HIGHEST)],
    ],
)
def test_a_map_with_a_gap_or_an_overlap_is_refused(ranges):
    with pytest.raises(ValueError, match="shards"):
        ShardMap.of_ranges(ranges)


def test_the_hash_is_the_one_the_server_computes(postgres):
    texts = [("ab0" * 20)[:length] for length in range(50)]
    for text in texts:
        # hashtext and the hash of bytea are one function over the same bytes
        [(hashed,)] = postgres.sql("postgres", f"select hashtext('{text}')")
        assert hash_bytes(text.encode()) == hashed


@given(st.lists(keys, min_size=1, max_size=50), st.integers(1, 16))
def test_the_ranges_of_keys_rise_with_the_keys_and_use_every_writer(many, count):
    by = KeyRanges(count)
    numbers = [by.group(key) for key in sorted(many)]
    assert numbers == sorted(numbers)
    assert {by.group(bytes([first])) for first in range(256)} == set(range(count))


def test_only_citus_is_given_the_keys_beside_the_join():
    assert "and card.card_key = any($1)" in for_shards(MOVE_CARDS)
    assert "/*" not in for_shards(MOVE_CARDS)
    assert "/*shards and card.card_key = any($1) */" in MOVE_CARDS


@pytest.mark.parametrize(
    ("address", "host", "there"),
    [
        ("postgresql://u:p@db:1/qika?sslmode=require", "w1", "u:p@w1:5433/qika?sslmode=require"),
        ("postgresql://db/qika", "::1", "[::1]:5433/qika"),
    ],
)
def test_another_node_is_asked_as_the_same_user_in_the_same_way(address, host, there):
    assert at_node(address, host, 5433) == f"postgresql://{there}"
