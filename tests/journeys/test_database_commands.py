"""The commands on databases, as an operator who moves a city from one to another uses them."""

import contextlib
import io
import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest

from qika.cli.main import run
from qika.cli.screen import screen
from qika.storage.checking import Finding
from qika.storage.databases import Fault
from qika.storage.placement import GROUP_BYTES_MAX, OF_CARDS, TABLES, plan
from qika.storage.sqlite.connection import migrations
from qika.terms.names import Language
from qika.web.speech import SPEECH

from tests.journeys.terminal import Said, Terminal, activation, card_row, cards_csv


def typed(*words: str, lang: str = "en") -> Said:
    """Type a command on databases; it needs no data folder."""
    out, err, before = io.StringIO(), io.StringIO(), screen.language
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = run(["database", *words, "--lang", lang])
        finally:
            screen.language = before
    return Said(code, out.getvalue(), err.getvalue())


def answer(*words: str, code: int = 0) -> Any:
    said = typed(*words, "--json")
    assert said.code == code, said
    return said.json


@pytest.fixture
def city(tmp_path) -> Terminal:
    """A city of twelve cards, one activated."""
    terminal = Terminal(tmp_path)
    rows = [card_row(f"T{number:08d}") for number in range(12)]
    assert terminal.type("import", "cards", terminal.file("c.csv", cards_csv(rows))).code == 0
    terminal.activate(activation("T00000003", "r1"))
    return terminal


def address(terminal: Terminal, name: str = "qika.sqlite") -> str:
    return f"sqlite:///{terminal.folder / 'data' / name}"


@pytest.fixture
def missing(postgres) -> str:
    """The address of a database that the server does not have."""
    postgres.sql("postgres", "drop database if exists journey_city with (force)")
    return postgres.address("journey_city")


# create and migrate


def test_an_empty_database_is_made_with_its_tables_and_made_only_once(tmp_path, missing):
    for where in (f"sqlite:///{tmp_path / 'new.sqlite'}", missing):
        first = answer("create", "--database", where)
        assert first["database"] == where.replace("postgres@", "")
        assert (first["new"], first["tables"]) == (True, len(TABLES) + 1)
        assert answer("create", "--database", where) == {**first, "new": False}
        assert answer("check", "--database", where)["rows"] == {one.name: 0 for one in TABLES}
    made = typed("create", "--database", missing, lang="zh")
    assert "journey_city" in made.out
    assert made.code == 0


def test_a_database_with_tables_of_something_else_is_not_touched(tmp_path, postgres):
    file = tmp_path / "other.sqlite"
    other = apsw.Connection(str(file))
    other.execute("create table invoices (a)")
    other.close()
    before = file.read_bytes()
    server = postgres.database("journey_other")
    postgres.sql("journey_other", "create table invoices (a integer)")
    for where in (f"sqlite:///{file}", server):
        for command in ("create", "migrate", "check"):
            said = typed(command, "--database", where)
            assert said.code == 3, said
            assert "invoices" in said.err
        assert typed("copy", f"sqlite:///{tmp_path / 'a.sqlite'}", where).code == 3
    assert file.read_bytes() == before
    assert (
        postgres.sql("journey_other", "select relname from pg_class where relname = 'card'") == []
    )


def test_a_stranger_among_our_tables_is_not_overlooked(tmp_path):
    where = f"sqlite:///{tmp_path / 'new.sqlite'}"
    answer("create", "--database", where)
    apsw.Connection(where.removeprefix("sqlite:///")).execute("create table invoices (a)")
    said = typed("create", "--database", where)
    assert (said.code, "invoices" in said.err) == (3, True)


NEWEST = len(migrations())
"""The newest form of a file."""


def back_to_form_2(file: Path) -> None:
    database = apsw.Connection(str(file))
    for application in ("social", "financial"):
        database.execute(f"alter table card drop column {application}_activated")
    database.execute(
        "create table activation (card_key blob not null, application text not null,"
        " cycle integer not null, seq integer not null,"
        " primary key (card_key, application, cycle)) without rowid;"
        "insert into activation select card_key, 'social', 1, 1 from event;"
        "delete from schema_version where number >= 3"
    )
    database.execute("drop index outbox_of_card; alter table outbox drop column failing_since")
    for later in migrations()[3:]:
        for made in re.findall(r"create table (\w+)", later.text):
            database.execute(f"drop table {made}")
    database.close()


def test_migrate_says_from_which_form_to_which_and_check_asks_for_it(city):
    where = address(city)
    back_to_form_2(city.folder / "data" / "qika.sqlite")
    said = typed("check", "--database", where)
    assert said.code == 3
    assert all(word in said.err for word in ("qika database migrate", f"2/{NEWEST}")), said.err
    assert typed("copy", where, address(city, "copy.sqlite")).code == 3
    done = answer("migrate", "--database", where)
    assert (done["before"], done["after"]) == (2, NEWEST)
    assert answer("migrate", "--database", where)["before"] == NEWEST
    assert answer("check", "--database", where)["found"] == []


def test_migrate_makes_no_tables_where_there_are_none(tmp_path, postgres):
    empty = postgres.database("journey_empty")
    for where in (f"sqlite:///{tmp_path / 'none.sqlite'}", empty):
        assert typed("migrate", "--database", where).code == 3
    assert not (tmp_path / "none.sqlite").exists()
    assert postgres.sql("journey_empty", "select 1 from pg_class where relname = 'card'") == []


def test_tables_of_another_program_version_are_refused(city):
    where = address(city)
    file = city.folder / "data" / "qika.sqlite"
    later = f"insert into schema_version values ({NEWEST + 1}, 'later', 'x')"
    apsw.Connection(str(file)).execute(later)
    assert "newer" in typed("check", "--database", where).err
    apsw.Connection(str(file)).execute("update schema_version set sha256 = 'x' where number = 2")
    said = typed("migrate", "--database", where)
    assert (said.code, "0002_rules_points_jobs.sql" in said.err) == (3, True)


# check


def test_check_counts_every_table_and_finds_nothing_in_a_sound_city(city):
    said = city.type("database", "check", "--outbox-hours", "999999")
    assert said.code == 0, said
    assert "Nothing wrong was found." in said.out
    assert ("card" in said.out, "12" in said.out) == (True, True)


def test_check_exits_1_and_names_what_is_wrong(city):
    file = city.folder / "data" / "qika.sqlite"
    apsw.Connection(str(file)).execute("update event set sender = 'other'")
    said = city.type("database", "check", "--outbox-hours", "999999", lang="zh")
    assert said.code == 1
    assert "\u5386\u53f2\u5bf9\u4e0d\u4e0a" in said.out
    seen = city.json("database", "check", "--outbox-hours", "999999", code=1)
    assert [(one["finding"], one["count"]) for one in seen["found"]] == [("broken_chain", 1)]


def unreachable() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"postgresql://me:secret@127.0.0.1:{free.getsockname()[1]}/city"


@pytest.mark.parametrize("lang", list(Language))
def test_a_database_that_cannot_be_reached_is_one_sentence_and_exit_3(lang, tmp_path, postgres):
    garbage = tmp_path / "garbage.sqlite"
    garbage.write_bytes(b"no database at all" * 500)
    wrong = (
        unreachable(),
        postgres.address("journey_nowhere"),
        f"sqlite:///{tmp_path / 'nowhere.sqlite'}",
        f"sqlite:///{garbage}",
    )
    for where in wrong:
        said = typed("check", "--database", where, lang=lang)
        assert (said.code, said.out) == (3, "")
        assert len(said.err.strip().splitlines()) == 1
        assert "secret" not in said.err
    assert not (tmp_path / "nowhere.sqlite").exists()


@pytest.mark.parametrize(
    "where",
    [
        "postgresql://me:top@secret@127.0.0.1:1/city",
        "postgresql://me:top/secret@127.0.0.1:1/city",
        "postgresql://me:top:secret@127.0.0.1:1/city",
        "postgresql://127.0.0.1:1/city?user=me&password=secret",
    ],
)
def test_no_user_and_no_password_is_shown_however_they_are_written(where):
    said = typed("check", "--database", where)
    assert said.code == 3
    assert [word for word in ("me:", "me@", "secret", "top") if word in said.err] == []


def test_an_address_of_another_kind_is_wrong_use():
    said = typed("check", "--database", "mysql://me:secret@host/city")
    assert (said.code, "secret" in said.err) == (2, False)
    assert "postgresql://" in said.err


# copy


def test_a_city_moves_to_postgresql_and_back_and_is_what_it_was(city, missing):
    here, back = address(city), address(city, "back.sqlite")
    said = city.type("database", "copy", here, missing, lang="zh")
    assert said.code == 0, said
    data = city.folder / "data"
    assert f"{data / 'qika.sqlite.d' / 'vault.keys'} " in said.out
    assert f" {data / 'postgresql.d' / 'vault.keys'}" in said.out
    counts = answer("check", "--database", missing, "--outbox-hours", "999999")["rows"]
    assert counts["card"] == 12
    assert answer("copy", missing, back)["rows"] == counts
    for folder, where in (("postgresql.d", missing), ("back.sqlite.d", back)):
        (data / folder).mkdir()
        shutil.copy(data / "qika.sqlite.d" / "vault.keys", data / folder / "vault.keys")
        status = city.json("status", "990000", "T00000003", "--database", where)
        assert status["applications"]["social"]["state"] == "normal"
        again = city.activate(activation("T00000003", "r1"), "--database", where)
        assert again["replayed"] is True


def test_a_target_that_holds_data_is_refused_with_exit_1(city, tmp_path):
    other = address(city, "other.sqlite")
    assert city.type("near", "31.0", "111.0", "--database", other).code == 0
    said = typed("copy", address(city), other)
    assert (said.code, "rule_edition" in said.err) == (1, True)
    assert answer("check", "--database", other)["rows"]["card"] == 0


def test_the_same_copy_twice_is_done_once_and_a_database_is_not_copied_to_itself(city):
    target = address(city, "copy.sqlite")
    assert answer("copy", address(city), target)["already"] is False
    assert answer("copy", address(city), target)["already"] is True
    assert typed("copy", target, target).code == 2


def test_the_progress_of_a_copy_does_not_stand_in_the_json(city):
    done = subprocess.run(
        [sys.executable, "-c", "from qika.cli import main; main()", "database", "copy",
         address(city), address(city, "copy.sqlite"), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["cards"] == 12


# plan


def test_a_plan_says_where_every_table_lies_and_adds_up():
    seen = answer("plan", "--cards", "1400000000")
    spread = {one["table"]: one for one in seen["spread"]}
    assert {*spread, *seen["reference"]} == {one.name for one in TABLES}
    elsewhere = {"alias": "hash", "stream_part": "upload"}
    assert {name: one["by"] for name, one in spread.items()} == {
        name: elsewhere.get(name, "card_key") for name in spread
    }
    assert sum(one["bytes"] for one in spread.values()) == seen["bytes"]
    assert all(one["bytes"] == one["rows"] * one["row_bytes"] for one in spread.values())
    group = [one["shard_bytes"] for name, one in spread.items() if name not in elsewhere]
    assert sum(group) == seen["group_bytes"] <= GROUP_BYTES_MAX


def test_the_advised_shards_grow_with_the_cards_and_other_shards_may_be_asked_for():
    assert [plan(cards).advised for cards in (1, 10**7, 10**9, 10**12)] == [32, 32, 256, 1_024]
    seen = answer("plan", "--cards", "1000000", "--shards", "64")
    assert (seen["shards"], seen["advised_shards"]) == (64, 32)
    assert plan(10**6, 64).group_size * 64 >= sum(
        one.size for one in plan(10**6).weights if one.table in OF_CARDS
    )


@pytest.mark.parametrize("lang", list(Language))
def test_a_plan_shows_its_assumptions_in_words(lang):
    said = typed("plan", "--cards", "45000000", lang=lang)
    assert said.code == 0
    assert "pg_total_relation_size" in said.out
    assert all(one.name in said.out for one in TABLES)


# words


@pytest.mark.parametrize("language", list(Language))
def test_every_fault_and_finding_has_words(language):
    said = {"text": "x", "detail": "y", "count": 1, "table": "card"}
    for fault in Fault:
        assert "x" in SPEECH[language].t(f"fault-{fault}", **said)
    for finding in Finding:
        assert SPEECH[language].t(f"found-{finding}", **said)
