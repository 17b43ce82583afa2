"""Seals: what was sealed cannot be changed unseen, not even with its chain written anew."""

import asyncio
from datetime import date, datetime, timedelta

import apsw
import pytest
from msgspec.structs import replace

from qika.activation.decide import CHINA
from qika.storage.chain import facts, links
from qika.storage.seal_key import KEY, TRUSTED, SealKeys
from qika.storage.seals import NotSealedError, WhyNot, end_of, examine, seal
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault, VaultError

from tests.servers import fetched

FIRST = date(2026, 3, 1)
SECOND = FIRST + timedelta(days=1)
LATER = datetime(2026, 3, 9, tzinfo=CHINA)


@pytest.fixture
def keys(tmp_path):
    folder = tmp_path / "keys.d"
    folder.mkdir()
    return SealKeys.in_folder(folder)


def activate(world, number, at, key="r1"):
    """Activate a card at a moment of receipt; gives its key."""
    new = world.new_card(number)
    world.add(new)
    again(world, new.card.key, at, key)
    return new.card.key


def again(world, key, at, request_key):
    change = world.change(world.card(key), request_key)
    cycle = () if world.card(key).version else change.activations
    event = replace(change.event, received_at=at)
    assert world.commit(replace(change, event=event, activations=cycle)) == set()


def at(day, hour=9):
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)


def test_a_seal_holds_while_histories_go_on(world, keys):
    first, second = activate(world, 1, at(FIRST)), activate(world, 2, at(FIRST, 23))
    made, _ = world.run(seal(world.store, keys, FIRST, LATER))
    assert (made.on, made.cards, made.previous) == (FIRST, 2, b"")
    again(world, first, at(SECOND), "r2")
    activate(world, 3, at(SECOND))
    found = world.run(examine(world.store, keys))
    assert found.whole
    assert found.cards == 3
    following, _ = world.run(seal(world.store, keys, SECOND, LATER))
    assert (following.cards, following.previous) == (2, made.root)
    again(world, second, LATER, "r2")
    found = world.run(examine(world.store, keys))
    assert found.whole
    assert [one.on for one in found.seals] == [FIRST, SECOND]


def test_days_left_out_are_sealed_with_the_next_one_and_none_twice(world, keys):
    activate(world, 1, at(FIRST))
    activate(world, 2, at(SECOND))
    made, _ = world.run(seal(world.store, keys, SECOND, LATER))
    assert made.cards == 2
    activate(world, 3, at(SECOND + timedelta(days=1)))
    same, found = world.run(seal(world.store, keys, SECOND, LATER + timedelta(days=1)))
    assert same == made, "what is sealed stays"
    assert found.whole
    with pytest.raises(NotSealedError) as refused:
        world.run(seal(world.store, keys, FIRST, LATER))
    assert refused.value.why is WhyNot.PAST


def test_a_day_is_sealed_when_it_is_over_for_an_hour(world, keys):
    over = end_of(FIRST) + timedelta(hours=1)
    with pytest.raises(NotSealedError) as refused:
        world.run(seal(world.store, keys, FIRST, over - timedelta(seconds=1)))
    assert refused.value.why is WhyNot.EARLY
    assert not world.run(world.store.seals())
    world.run(seal(world.store, keys, FIRST, over))
    assert len(world.run(world.store.seals())) == 1


def test_what_is_added_to_a_sealed_day_is_found(world, keys):
    key = activate(world, 1, at(FIRST))
    world.run(seal(world.store, keys, FIRST, LATER))
    again(world, key, at(FIRST, 10), "r2")
    found = world.run(examine(world.store, keys))
    assert (found.broken, found.changed) == (0, (FIRST,))
    with pytest.raises(NotSealedError) as refused:
        world.run(seal(world.store, keys, SECOND, LATER))
    assert refused.value.why is WhyNot.BROKEN
    assert refused.value.found.changed == (FIRST,)


def test_a_seal_by_a_key_that_is_not_trusted_does_not_hold(world, keys, tmp_path):
    activate(world, 1, at(FIRST))
    (tmp_path / "forger").mkdir()
    world.run(seal(world.store, SealKeys.in_folder(tmp_path / "forger"), FIRST, LATER))
    assert world.run(examine(world.store, keys)).changed == (FIRST,)


def rewritten(world, key):
    """SQL that changes where an activation took place and writes the card's chain anew."""
    _, history = next(
        pair for page in world.run(gathered(world.store)) for pair in page if pair[0].key == key
    )
    changed = [replace(history[0], point="example:elsewhere"), *history[1:]]
    quoted, chains = key.hex(), list(links(key, changed))
    assert facts(key, changed[0]) != facts(key, history[0])
    where = {"sqlite": f"card_key = x'{quoted}'", "postgres": f"card_key = '\\x{quoted}'"}
    value = {"sqlite": "x'{}'", "postgres": "'\\x{}'"}
    for kind in ("sqlite", "postgres"):
        of = where[kind]
        statements = [f"update event set point = 'example:elsewhere' where {of} and seq = 1"]
        statements += [
            f"update event set chain = {value[kind].format(chain.hex())} where {of} and seq = {n}"
            for n, chain in enumerate(chains, 1)
        ]
        statements.append(
            f"update card set chain = {value[kind].format(chains[-1].hex())} where {of}"
        )
        yield kind, statements


async def gathered(store):
    return [page async for page in store.histories(500)]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_history_written_anew_with_its_chain_after_the_seal_is_found(
    kind, request, world_of, keys, tmp_path
):
    world, change = request.getfixturevalue(f"changed_{kind}")
    others = [activate(world, number, at(FIRST)) for number in range(1, 4)]
    again(world, others[0], at(SECOND), "r2")
    world.run(seal(world.store, keys, FIRST, LATER))
    world.run(seal(world.store, keys, SECOND, LATER))
    assert world.run(examine(world.store, keys)).whole
    change(dict(rewritten(world, others[0]))[kind])
    found = world.run(examine(world.store, keys))
    assert found.broken == 0, "the chain alone says nothing"
    assert found.changed == (FIRST, SECOND)


@pytest.mark.parametrize(
    "change",
    [
        "update seal set cards = 9",
        "update seal set root = previous",
        "update seal set sealed_at = sealed_at + 1",
        "delete from seal where on_day = '2026-03-01'",
    ],
)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_seal_that_was_changed_does_not_hold(kind, change, request, keys):
    world, run = request.getfixturevalue(f"changed_{kind}")
    activate(world, 1, at(FIRST))
    activate(world, 2, at(SECOND))
    world.run(seal(world.store, keys, FIRST, LATER))
    world.run(seal(world.store, keys, SECOND, LATER))
    run([change])
    assert world.run(examine(world.store, keys)).changed


@pytest.fixture
def changed_sqlite(world_of, tmp_path):
    """A world in a file, and what runs statements on it behind its back."""
    vault = Vault.create(tmp_path / "vault.json")
    store = open_sqlite(tmp_path / "sealed.db", vault)

    def run(statements):
        database = apsw.Connection(str(tmp_path / "sealed.db"))
        database.execute(";".join(statements))
        database.close()

    yield world_of(store, vault), run
    store.close()


@pytest.fixture
def changed_postgres(served, postgres):
    """A world on a server, and what runs statements on it behind its back."""

    def run(statements):
        for statement in statements:
            asyncio.run(fetched(postgres.address("stores_postgres"), statement))

    return served, run


def test_a_new_key_signs_on_and_what_the_lost_one_signed_still_holds(tmp_path):
    first = SealKeys.in_folder(tmp_path)
    signature = first.sign(b"text")
    assert SealKeys.in_folder(tmp_path).sign(b"text") == signature, "it is read again"
    (tmp_path / KEY).unlink()
    second = SealKeys.in_folder(tmp_path)
    assert second.sign(b"text") != signature
    for keys in (second, SealKeys.trusted_in(tmp_path)):
        assert keys.is_signed(b"text", signature)
        assert not keys.is_signed(b"other", signature)


def test_a_key_that_others_may_read_or_that_is_damaged_is_refused(tmp_path):
    SealKeys.in_folder(tmp_path)
    (tmp_path / KEY).chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        SealKeys.in_folder(tmp_path)
    (tmp_path / KEY).chmod(0o600)
    (tmp_path / KEY).write_text("no key")
    with pytest.raises(VaultError, match="damaged"):
        SealKeys.in_folder(tmp_path)
    (tmp_path / TRUSTED).write_text("00\n")
    with pytest.raises(VaultError, match="damaged"):
        SealKeys.trusted_in(tmp_path)
