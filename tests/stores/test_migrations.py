"""A database of an earlier version is carried over with everything that guards it."""

import re
from pathlib import Path

import apsw

from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault

FOLDER = Path(__file__).parents[2] / "src" / "qika" / "storage" / "sqlite" / "migrations"


def test_the_cycles_of_activations_move_into_the_card_row(world_of, tmp_path):
    vault = Vault.create(tmp_path / "keys.json")
    store = open_sqlite(tmp_path / "qika.db", vault)
    world = world_of(store, vault)
    first, second = world.new_card(1), world.new_card(2)
    world.add(first, second)
    world.commit(world.change(first.card))
    store.close()
    _back_to_version_2(tmp_path / "qika.db", first.card.key)

    store = open_sqlite(tmp_path / "qika.db", vault)
    world = world_of(store, vault)
    again = world.change(world.card(first.card.key), "again")
    assert world.commit(again) == {0}, "the cycle was activated before the migration"
    assert world.commit(world.change(second.card)) == set()
    store.close()


def _back_to_version_2(path: Path, activated: bytes) -> None:
    """Undo the third migration and what came after, as a database of that time looks."""
    database = apsw.Connection(str(path))
    table = (FOLDER / "0001_cards.sql").read_text().split("create table activation (")[1]
    database.execute("create table activation (" + table.split(";")[0])
    database.execute("insert into activation values (?, 'social', 1, 1)", (activated,))
    database.execute("alter table card drop column social_activated")
    database.execute("alter table card drop column financial_activated")
    database.execute("drop index outbox_of_card")
    database.execute("alter table outbox drop column failing_since")
    for later in sorted(FOLDER.glob("*.sql"))[3:]:
        for made in re.findall(r"create table (\w+)", later.read_text("utf-8")):
            database.execute(f"drop table {made}")
    database.execute("delete from schema_version where number >= 3")
    database.close()
