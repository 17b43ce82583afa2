"""Every statement of the server store keeps to the rules that Citus adds, or is named with why not.

This is no test on a Citus: what is accepted here may still be planned badly there.
"""

import ast
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

import qika.storage.postgres.statements
from qika.storage.postgres import telling_statements
from qika.storage.postgres.placement import DISTRIBUTED, Kind, Placement
from qika.storage.postgres.schema import migrations
from qika.storage.postgres.statements import for_shards

from tests.statement_rules import Rule, broken_by, broken_by_migration
from tests.statement_search import (
    Statement,
    constants_of,
    copies_of,
    hidden_in,
    inline_of,
    is_sql,
    modules_of,
)

ALLOWED = {
    "statements.COMMIT": {
        Rule.KEY: "for one server only; on Citus its steps run one by one, from MOVE_CARDS on",
        Rule.SOURCE: "for one server only; on Citus its steps run one by one, from MOVE_CARDS on",
    },
    "statements._CARD_MOVED": {Rule.KEY: "never run by itself: a part of COMMIT and MOVE_CARDS"},
    "statements.DUE": {Rule.KEY: "the sweep reads all shards, a page at a time, at night"},
    "statements.PAGE": {Rule.KEY: "the audit walks all cards, a page at a time"},
    "telling_statements.PENDING": {
        Rule.KEY: "one teller reads the outboxes of all shards, a page at a time"
    },
    "telling_statements.OF_DESTINATION": {
        Rule.KEY: "what waits for a removed listener is found in all shards, then deleted by key"
    },
    "telling_statements.GIVEN_UP_OF": {
        Rule.KEY: "what was given up is found in all shards, then deleted by key"
    },
    "telling_statements.WAITING": {Rule.KEY: "an operator asks what waits, in all shards"},
    "telling_statements.GIVEN_UP": {Rule.KEY: "an operator asks what was given up, in all shards"},
    "statements.OLD_ATTEMPTS": {
        Rule.KEY: "what is too old is found in all shards, then deleted by key"
    },
    "statements.HOLDERS_AFTER": {Rule.KEY: "new keys are put to all holders, a page at a time"},
    "statements.REFUSE": {
        Rule.SOURCE: "a refusal may be of a card that is not there; the rows are of one group"
    },
    "statements.PUT_ALIASES": {
        Rule.SOURCE: "aliases lie by their hash, no table beside them; the rows are of one group"
    },
    "schema._LOCK": {Rule.FUNCTION: "migrations only: one process at a time, off the hot path"},
    "schema._VERSIONS": {Rule.KIND: "migrations only: the table in which they are remembered"},
    "schema._ONE_SHARD_AFTER_ANOTHER": {
        Rule.KIND: "migrations only: tables are changed and spread one after another"
    },
}
"""Who may break which rule, and why."""

HIDDEN = {
    "placement.Placement: put together in a function": "names the partitions of a table of cards",
    "schema.migrate: placement.statements(one.text)": "the texts of migrations are judged as files",
}
"""Calls whose SQL cannot be followed, and where it is judged instead."""


@cache
def everything() -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """All SQL of the package, and the places where it hides."""
    statements: list[Statement] = []
    hidden: list[str] = []
    for module in modules_of(qika.storage.postgres):
        name = module.__name__.removeprefix("qika.storage.postgres").removeprefix(".")
        tree = ast.parse(Path(module.__file__).read_text("utf-8"))
        statements += constants_of(name, tree, vars(module)) + inline_of(name, tree)
        hidden += hidden_in(name, tree)
    return tuple(statements), tuple(hidden)


def names(found: set) -> set[Rule]:
    return {one.rule for one in found}


def test_all_sql_of_the_package_is_found():
    places = {one.place for one in everything()[0]}
    assert len(places) > 50
    assert {"statements.COMMIT", "statements.DUE", "schema._DONE", "lines._LASTING"} <= places
    text = Path(files("qika.storage.postgres") / "statements.py").read_text("utf-8")
    written = [
        target.id
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and "select " in ast.unparse(node.value)
    ]
    assert [one for one in written if f"statements.{one}" not in places and one[0] != "_"] == []


def test_every_copy_of_rows_names_a_known_table_and_brings_its_key():
    found = [
        copied
        for module in modules_of(qika.storage.postgres)
        for copied in copies_of(ast.parse(Path(module.__file__).read_text("utf-8")), vars(module))
    ]
    assert found
    assert [table for table, columns in found if DISTRIBUTED[table] not in columns] == []


def test_no_sql_is_put_together_where_it_cannot_be_judged():
    assert set(everything()[1]) == HIDDEN.keys()


@pytest.mark.parametrize("one", everything()[0], ids=lambda one: one.place)
def test_a_statement_breaks_no_rule_but_those_it_is_excused_from(one):
    found = {one.rule: one for one in broken_by(for_shards(one.text))}
    assert {rule: by for rule, by in found.items() if rule not in ALLOWED.get(one.place, {})} == {}


def test_the_other_spelling_of_a_statement_only_leaves_out_what_finds_the_shard():
    of_shards = {Rule.KEY, Rule.SOURCE, Rule.LOCK}
    for one in everything()[0]:
        assert names(broken_by(one.text)) <= {*ALLOWED.get(one.place, {}), *of_shards}, one.place


def test_everybody_who_is_excused_needs_it_and_is_told_why():
    broken: dict[str, set[Rule]] = {}
    for one in everything()[0]:
        broken.setdefault(one.place, set()).update(names(broken_by(for_shards(one.text))))
    assert {place: set(excused) for place, excused in ALLOWED.items()} == {
        place: rules for place, rules in broken.items() if rules
    }
    assert all(len(why) > 20 for excused in ALLOWED.values() for why in excused.values())


@pytest.mark.parametrize("name", ["MOVE_CARDS", "ANSWERS", "TELL", "PUT_CLOCKS", "DROP_ALIASES"])
def test_a_real_statement_without_the_keys_beside_its_join_is_caught(name):
    module = telling_statements if name == "TELL" else qika.storage.postgres.statements
    text = getattr(module, name)
    assert text != for_shards(text)
    assert Rule.KEY in names(broken_by(text))


@pytest.mark.parametrize("migration", migrations(), ids=lambda one: one.name)
def test_a_migration_breaks_no_rule(migration):
    assert broken_by_migration(migration.text) == set()


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("migration", migrations(), ids=lambda one: one.name)
def test_a_migration_is_sent_whole_and_each_command_by_itself(migration, kind):
    sent = [commands_of(one) for one in Placement(kind, 2).statements(migration.text)]
    assert {len(one) for one in sent} == {1}
    made = [one for [one] in sent if " PARTITION OF " not in one.sql("postgres")]
    assert [one.key for one in made] == [one.key for one in commands_of(migration.text)]
    if kind is not Kind.PARTITIONED:
        assert made == commands_of(migration.text)


def commands_of(text: str) -> list:
    """Parse commands; a comment after the last one is none."""
    parsed = sqlglot.parse(text, read="postgres")
    return [one for one in parsed if one is not None and not isinstance(one, exp.Semicolon)]


# -- what the rules catch ------------------------------------------------------------------------

MANY = "unnest($1::bytea[], $2::text[]) as given (card_key, clock)"

FAULTY = {
    "select card.issuer from card where card.issuer = $1": Rule.KEY,
    "select card.issuer from card where card_key = any($1) or issuer = $2": Rule.KEY,
    "select event.seq from card join event on event.card_key = card.card_key"
    " where card.card_key = any($1)": Rule.KEY,
    f"update clock set due_on = null from {MANY} where clock.card_key = given.card_key": Rule.KEY,
    "select issuer from card left join event on card.card_key = $1": Rule.KEY,
    "delete from attempt where received_at < $1": Rule.KEY,
    "select hash from alias where card_key = $1": Rule.KEY,
    "select seq from event where card_key <> $1": Rule.KEY,
    "select 1 from setting where exists (select from card where bank = $1)": Rule.KEY,
    "select card_key from outbox where card_key = any($1) for update skip locked": Rule.LOCK,
    "select issuer from card where issuer = $1 for update": Rule.LOCK,
    "select name from setting where name = $1 for update": Rule.LOCK,
    "merge into card using setting on true when matched then delete": Rule.KIND,
    "listen told": Rule.KIND,
    "notify told": Rule.KIND,
    "select pg_notify($1, $2)": Rule.FUNCTION,
    "select pg_advisory_xact_lock($1)": Rule.FUNCTION,
    "select pg_try_advisory_lock($1)": Rule.FUNCTION,
    "update card set version = version + 1, social_since = extract(epoch from now())"
    " where card_key = $1": Rule.FUNCTION,
    "update card set bank = $2 where card_key = $1 and random() < 0.5": Rule.FUNCTION,
    "insert into job (job, rows_done, finished) values (gen_random_uuid(), 0, 0)": Rule.FUNCTION,
    "select current_timestamp": Rule.FUNCTION,
    "insert into job (job, rows_done, finished) values ($1, nextval('s'), 0)": Rule.FUNCTION,
    "update card set card_key = $2 where card_key = $1": Rule.KEY_KEPT,
    "update alias set hash = $2 where hash = $1": Rule.KEY_KEPT,
    "insert into card (card_key, issuer) values ($1, $2)"
    " on conflict (card_key) do update set card_key = excluded.card_key": Rule.KEY_KEPT,
    "insert into holder values ($1, $2)": Rule.COLUMNS,
    "insert into told (seq, destination) values ($1, $2)": Rule.COLUMNS,
    f"insert into clock (card_key, clock) select card_key, clock from {MANY}": Rule.SOURCE,
    "insert into clock (card_key, clock) select $1, name from setting": Rule.SOURCE,
    f"with all_of (card_key, clock) as (select given.card_key, given.clock from {MANY})"
    " insert into clock (card_key, clock) select card_key, clock from all_of": Rule.SOURCE,
    "with moved as (update card set bank = $2 where card_key = any($1) returning card_key)"
    " insert into told (card_key, seq) select card_key, 1 from moved": Rule.SOURCE,
    "insert into told (card_key, seq, destination) values ($1, $2, $3)"
    " on conflict (destination) do nothing": Rule.CONFLICT,
    "select a from somewhere where b = $1": Rule.TABLE,
    "truncate card": Rule.KIND,
    "delete from job where job = $1; delete from job where job = $2": Rule.KIND,
    "select from where": Rule.KIND,
}


@pytest.mark.parametrize(("text", "rule"), FAULTY.items(), ids=lambda one: str(one)[:60])
def test_a_faulty_statement_is_caught(text, rule):
    assert rule in names(broken_by(text)), broken_by(text)


GOOD = (
    "select issuer from card where card_key = any($1)",
    "select seq from card join event on event.card_key = card.card_key where card.card_key = $1",
    (
        f"insert into clock (card_key, clock) select card.card_key, given.clock from {MANY}"
        " join card on card.card_key = given.card_key and card.card_key = any($1)"
    ),
    "select issuer from card where card_key = any($1) order by card_key for update of card",
    "select card_key from alias where hash = any($1) and kind = $2",
    "select name from point where region = $1",
)


@pytest.mark.parametrize("text", GOOD)
def test_a_good_statement_is_not_caught(text):
    assert broken_by(text) == set()


TABLE = "create table told (card_key bytea not null, seq integer not null, {}primary key ({}))"

FAULTY_TABLES = {
    TABLE.format("", "seq, card_key"): Rule.UNIQUE,
    TABLE.format("unique (seq), ", "card_key, seq"): Rule.UNIQUE,
    TABLE.format("constraint once unique (seq), ", "card_key, seq"): Rule.UNIQUE,
    TABLE.format("letter text unique, ", "card_key, seq"): Rule.UNIQUE,
    "create unique index told_once on told (seq)": Rule.UNIQUE,
    "create unique index alias_once on alias (kind, card_key)": Rule.UNIQUE,
    "alter table told add constraint once unique (destination)": Rule.UNIQUE,
    TABLE.format("number bigserial, ", "card_key, seq"): Rule.NUMBERS,
    TABLE.format("number bigint generated always as identity, ", "card_key, seq"): Rule.NUMBERS,
    TABLE.format("at timestamptz default now(), ", "card_key, seq"): Rule.NUMBERS,
    "alter table card add column code text default gen_random_uuid()": Rule.NUMBERS,
    TABLE.format("foreign key (seq) references event (seq), ", "card_key, seq"): Rule.REFERENCES,
    TABLE.format("edition text references card (issuer), ", "card_key, seq"): Rule.REFERENCES,
    "create table told (seq integer not null)": Rule.COLUMNS,
    "create table basket (card_key bytea primary key)": Rule.TABLE,
    "create trigger grow after insert on card for each row execute function grow()": Rule.MADE,
    "create sequence numbers": Rule.MADE,
    "create function f() returns integer language sql as 'select 1'": Rule.MADE,
    "update card set card_key = chain": Rule.KEY_KEPT,
}


@pytest.mark.parametrize(("text", "rule"), FAULTY_TABLES.items(), ids=lambda one: str(one)[:60])
def test_a_faulty_migration_is_caught(text, rule):
    assert rule in names(broken_by_migration(text)), broken_by_migration(text)


def test_good_tables_are_not_caught():
    for text in (
        TABLE.format("", "card_key, seq"),
        TABLE.format("foreign key (card_key, seq) references event (card_key, seq), ", "card_key"),
        TABLE.format("edition text references rule_edition (edition), ", "card_key"),
        "create index told_at on told (seq)",
        "alter table card add column code integer not null default 0",
        "create unique index point_name on point (name)",
    ):
        assert broken_by_migration(text) == set(), text


HIDING = '''
GOOD = "select 1"

async def followed(connection, sql, spell):
    """Select nothing: this is a docstring."""
    await connection.fetch(GOOD)
    await connection.fetch(spell(sql))
    text = GOOD
    await connection.fetch("select 2", text)

async def built(connection, table):
    await connection.fetch(f"select * from {table}")

async def added(connection, table):
    await connection.fetch("select * from " + table)

async def named(connection, table):
    sql = "sel" + table
    await connection.fetch(sql)

async def grown(connection, table):
    sql = GOOD
    sql += table
    await connection.fetch(sql)

async def called(connection, table):
    await connection.execute(table.statement())

async def heard(connection, hear):
    await connection.add_listener("told", hear)
'''


def test_sql_that_hides_is_caught_and_sql_that_can_be_followed_is_not():
    found = hidden_in("m", ast.parse(HIDING))
    caught = {one.split(":")[0] for one in found}
    assert caught == {"m.built", "m.added", "m.named", "m.grown", "m.called", "m.heard"}
    inline = {one.text for one in inline_of("m", ast.parse(HIDING))}
    assert inline == {"select 2", "select * from "}


def test_a_constant_is_found_however_it_was_put_together():
    source = 'A = "sel" + "ect 1"\nB = {"x": ["update t set a = 1"]}\nC: str = "Words."\nD = E = A'
    values: dict[str, object] = {}
    exec(compile(source, "m", "exec"), values)  # the source stands above
    found = constants_of("m", ast.parse(source), values)
    assert {one.place for one in found} == {"m.A", "m.B", "m.D", "m.E"}
    assert is_sql("  WITH x as (select 1) select 2")
    assert not is_sql("selection")
