"""What only the embedded database has: a file, a writer thread, keys that turn, other processes."""

import asyncio
import re
from datetime import date

import apsw
import pytest
from msgspec.structs import replace

from qika.operations.activate import perform
from qika.operations.ports import ClockRow
from qika.storage.chain import verify_chain
from qika.storage.sqlite import open_sqlite
from qika.storage.sqlite.connection import (
    UnsafeSqliteError,
    WrongSchemaError,
    migrations,
    refuse_unsafe_sqlite,
)
from qika.storage.sqlite.writer import StoreClosedError
from qika.storage.vault import Vault


@pytest.fixture
def world(tmp_path, world_of):
    vault = Vault.create(tmp_path / "keys.json")
    store = open_sqlite(tmp_path / "qika.db", vault)
    yield world_of(store, vault)
    store.close()


@pytest.mark.parametrize("version", ["3.40.1", "3.44.5", "3.50.6", "3.51.2", "3.45.9", "3.49.0"])
def test_a_sqlite_that_may_lose_data_is_refused(version):
    with pytest.raises(UnsafeSqliteError, match=version):
        refuse_unsafe_sqlite(version)


@pytest.mark.parametrize("version", ["3.44.6", "3.50.7", "3.51.3", "3.52.0", "4.0.0"])
def test_a_fixed_sqlite_is_taken(version):
    refuse_unsafe_sqlite(version)


def test_nothing_that_names_a_person_is_in_the_files(world, tmp_path):
    new = world.new_card(1, name="Zhang San \u5f20\u4e09", card_identifier="ABCDEF" * 5 + "12")
    world.add(new, world.new_card(2))
    world.commit(world.change(new.card))
    world.add(replace(new, name="Li Si \u674e\u56db"))
    files = [file for file in tmp_path.iterdir() if file.name.startswith("qika.db")]
    assert {file.name for file in files} >= {"qika.db", "qika.db-wal"}
    world.store.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    plain = (
        "Zhang San",
        "\u5f20\u4e09",
        "\u674e\u56db",
        new.social_security_number,
        new.card_identifier,
        new.card_number,
    )
    for text in plain:
        for form in (text, text.lower()):
            assert form.encode() not in stored
            assert form.encode("utf-16-le") not in stored
    assert bytes.fromhex(new.card_identifier) not in stored


@pytest.mark.parametrize(
    "damage",
    [
        "update event set type = 'locked' where seq = 1",
        "update event set occurred_at = occurred_at + 1 where seq = 2",
        "update event set point = 'x:1' where seq = 1",
        "delete from event where seq = 2",
        "delete from event where seq = 1",
        "update card set version = 3",
        "update event set card_key = zeroblob(16)",
    ],
)
def test_an_audit_sees_a_row_that_somebody_changed(world, tmp_path, damage):
    new = world.new_card(1)
    world.add(new)
    first = world.change(new.card)
    world.commit(first, world.change(first.card, "two", activations=()))
    file = world.run(world.store.card_file(new.card.key))
    assert verify_chain(file.card, file.history)
    apsw.Connection(str(tmp_path / "qika.db")).execute(damage)
    file = world.run(world.store.card_file(new.card.key))
    assert not verify_chain(file.card, file.history)


def test_a_database_opens_again_with_everything_in_it(world, tmp_path, world_of):
    new = world.new_card(1)
    world.add(new)
    world.commit(world.change(new.card))
    before = world.run(world.store.card_file(new.card.key))
    world.store.close()
    again = open_sqlite(tmp_path / "qika.db", Vault.open(tmp_path / "keys.json"))
    assert world_of(again, world.keys).run(again.card_file(new.card.key)) == before
    again.close()


def test_migrations_are_numbered_without_gaps():
    numbers = [int(one.name[:4]) for one in migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("insert into schema_version values (99, 'x.sql', 'y')", "newer than this program"),
        ("update schema_version set sha256 = 'y' where number = 1", "not the one"),
    ],
)
def test_a_database_of_another_program_is_refused(world, tmp_path, damage, message):
    world.store.close()
    apsw.Connection(str(tmp_path / "qika.db")).execute(damage)
    with pytest.raises(WrongSchemaError, match=message):
        open_sqlite(tmp_path / "qika.db", world.keys)


_COLUMN = re.compile(
    r"^(?:    |alter table \w+ add column )(?!primary key)(\w+) (?:text|blob|integer|real)\b(.*)$",
    re.MULTILINE,
)


def test_every_column_says_whether_it_is_personal():
    for one in migrations():
        columns = _COLUMN.findall(one.text)
        assert columns
        for name, rest in columns:
            assert re.search(r"-- .*(personal|PERSONAL|pseudonym)", rest), name


def test_a_commit_that_fails_takes_no_other_one_with_it(world):
    cards = [world.new_card(number) for number in range(20)]
    world.add(*cards)

    async def work():
        store = world.store
        good = [store.commit([world.change(new.card)]) for new in cards]
        bad = world.change(cards[0].card)
        broken = store.commit([replace(bad, event=replace(bad.event, sequence=9))])
        return await asyncio.gather(*good[:10], broken, *good[10:], return_exceptions=True)

    results = world.run(work())
    assert results.count(frozenset()) == 20
    assert [type(one) for one in results if one != frozenset()] == [ValueError]
    assert {world.card(new.card.key).version for new in cards} == {1}


def test_a_refused_value_fails_its_batch_only_and_leaves_nothing_of_it(world):
    one, two = world.new_card(1), world.new_card(2)
    world.add(one, two)
    broken = replace(world.change(two.card), answer=None)
    bad_clock = replace(broken, clocks=(ClockRow(None, 1, date(2026, 5, 1)),))
    with pytest.raises(apsw.ConstraintError):
        world.commit(world.change(one.card), bad_clock)
    assert world.card(one.card.key).version == 0
    assert world.commit(world.change(one.card)) == set()


def test_two_processes_on_one_file_lose_no_race_unseen(world, tmp_path, world_of):
    new = world.new_card(1)
    world.add(new)
    other = world_of(open_sqlite(tmp_path / "qika.db", world.keys), world.keys)
    assert world.commit(world.change(new.card, "here")) == set()
    assert other.commit(other.change(new.card, "there")) == {0}
    assert other.card(new.card.key).version == 1
    other.store.close()


def test_two_stores_activate_each_card_once(world, tmp_path, office_of, request_of):
    cards = [world.new_card(number) for number in range(100)]
    world.add(*cards)
    second = open_sqlite(tmp_path / "qika.db", world.keys)
    offices = [office_of(store, world.keys) for store in (world.store, second)]

    async def work():
        batches = [
            perform(office, [request_of(new.card.key, f"{n}") for new in cards[start : start + 20]])
            for start in range(0, 100, 20)
            for n, office in enumerate(offices)
        ]
        return await asyncio.gather(*batches)

    answers = [answer for batch in world.run(work()) for answer in batch]
    assert [answer.outcome.status for answer in answers].count("activated") == 100
    assert {world.card(new.card.key).version for new in cards} == {1}
    second.close()


def test_a_closed_store_refuses_to_write(world):
    new = world.new_card(1)
    world.store.close()
    with pytest.raises(StoreClosedError):
        world.add(new)


def test_who_gave_up_waiting_does_not_stop_the_others(world):
    cards = [world.new_card(number) for number in range(10)]
    world.add(*cards)

    async def work():
        tasks = [asyncio.ensure_future(world.store.commit([world.change(c.card)])) for c in cards]
        await asyncio.sleep(0)
        tasks[3].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = world.run(work())
    assert results.count(frozenset()) == 9
    assert isinstance(results[3], asyncio.CancelledError)
    assert all(world.card(new.card.key).version == 1 for new in cards if new is not cards[3])
