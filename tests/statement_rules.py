"""What Citus asks of SQL beyond PostgreSQL, held against the parsed text of every statement.

A statement is judged as Citus gets it. ``Rule`` says what is asked; who may break a rule, and why,
stands in ``tests/unit/test_statements.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import sqlglot
from sqlglot import exp

from qika.storage.databases.face import SCHEMA_TABLE
from qika.storage.postgres.placement import DISTRIBUTED, REFERENCE


class Rule(StrEnum):
    """What a statement or a table keeps to."""

    KIND = "only select, insert, update and delete, one at a time"
    TABLE = "only tables whose placement is known"
    KEY = "every table of cards is bound by its key: = a value, = any(values), or to one that is"
    LOCK = "no SKIP LOCKED, and rows are held by their keys only"
    FUNCTION = "no clock, chance, sequence, advisory lock or notification"
    KEY_KEPT = "the key that decides the shard is never updated"
    COLUMNS = "an insert names its columns, and the key is one of them"
    SOURCE = "an insert of many rows comes from a co-located table that is bound by its key"
    CONFLICT = "a conflict is on columns that the key belongs to"
    UNIQUE = "the key is the first column of all that is unique in a table of cards"
    NUMBERS = "no serial, identity, generated column or default that is a function"
    REFERENCES = "a foreign key stays in the shard group, or leads to a reference table"
    MADE = "migrations make and change tables and indexes, nothing else"


@dataclass(frozen=True)
class Broken:
    """A rule that a statement breaks, and by what."""

    rule: Rule
    by: str


FUNCTIONS = frozenset(
    {
        *("random", "rand", "setseed", "gen_random_uuid", "uuid", "uuid_generate_v4"),
        *("now", "current_timestamp", "current_date", "current_time", "localtime"),
        *("localtimestamp", "clock_timestamp", "statement_timestamp", "transaction_timestamp"),
        *("timeofday", "nextval", "setval", "currval", "lastval", "pg_notify"),
    }
)
ADVISORY = ("pg_advisory", "pg_try_advisory")
UNITS = (exp.Select, exp.Update, exp.Delete, exp.Insert)
KNOWN = frozenset({*DISTRIBUTED, *REFERENCE, SCHEMA_TABLE})


def broken_by(text: str) -> set[Broken]:
    """Give the rules that a statement breaks."""
    try:
        parsed = [one for one in sqlglot.parse(text, read="postgres") if one is not None]
    except sqlglot.errors.ParseError as error:
        return {Broken(Rule.KIND, str(error).splitlines()[0])}
    if len(parsed) != 1 or not isinstance(parsed[0], UNITS):
        return {Broken(Rule.KIND, ", ".join(type(one).__name__ for one in parsed))}
    (statement,) = parsed
    found = {Broken(Rule.KIND, "merge") for _ in statement.find_all(exp.Merge)}
    found |= set(_functions(statement)) | set(_tables(statement))
    units = [_unit(node) for node in statement.find_all(*UNITS)]
    for unit in units:
        found |= set(_keys(unit)) | set(_locks(unit)) | set(_keys_kept(unit))
        if isinstance(unit.node, exp.Insert):
            found |= set(_inserted(unit.node, units))
    return found


@dataclass
class Unit:
    """One select, insert, update or delete with the tables it reads or changes by itself."""

    node: exp.Expression
    sources: dict[str, str] = field(default_factory=dict)
    """Name in the statement to name of the table."""
    bound: set[str] = field(default_factory=set)
    """Tables of cards, by their names in the statement, that are bound by their key."""

    @property
    def of_cards(self) -> dict[str, str]:
        return {name: table for name, table in self.sources.items() if table in DISTRIBUTED}


def _functions(statement: exp.Expression) -> Iterator[Broken]:
    for node in statement.find_all(exp.Func):
        name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
        if name in FUNCTIONS or name.startswith(ADVISORY):
            yield Broken(Rule.FUNCTION, name)


def _tables(statement: exp.Expression) -> Iterator[Broken]:
    made = {cte.alias for cte in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        held = isinstance(table.parent, exp.Lock)
        if not isinstance(table.this, exp.Identifier) or table.name in made or held:
            continue
        if table.name not in KNOWN and not table.name.startswith("pg_"):
            yield Broken(Rule.TABLE, table.name)


def _unit(node: exp.Expression) -> Unit:
    unit = Unit(node)
    target = node.this if isinstance(node, exp.Insert) else None
    for table in node.find_all(exp.Table):
        inserted = target is not None and table in (target, target.this)
        own = table.find_ancestor(*UNITS) is node and not table.find_ancestor(exp.Lock)
        if own and not inserted and isinstance(table.this, exp.Identifier):
            unit.sources[table.alias_or_name] = table.name
    _bind(unit)
    return unit


def _bind(unit: Unit) -> None:
    """Find what is bound: by values, or by being joined to what is bound to one value."""
    single: set[str] = set()
    joined: set[tuple[str, str]] = set()
    for condition, only in _conditions(unit.node):
        if not isinstance(condition, exp.EQ):
            continue
        for one, other in (
            (condition.this, condition.expression),
            (condition.expression, condition.this),
        ):
            name = _keyed(unit, one)
            if name is None or (only is not None and name != only):
                continue
            if isinstance(other, exp.Any) and _is_values(other.this):
                unit.bound.add(name)
            elif _is_values(other):
                single.add(name)
            elif (from_ := _keyed(unit, other)) is not None:
                joined.add((from_, name))
    grown = True
    while grown:
        reached = {to for from_, to in joined if from_ in single} - single
        grown = bool(reached)
        single |= reached
    unit.bound |= single


def _conditions(node: exp.Expression) -> Iterator[tuple[exp.Expression, str | None]]:
    """Give what must hold for every row; of an outer join, what binds the joined table only."""
    where = node.args.get("where")
    if where is not None:
        yield from ((one, None) for one in _conjuncts(where.this))
    for join in node.find_all(exp.Join):
        if join.find_ancestor(*UNITS) is node and join.args.get("on") is not None:
            only = join.this.alias_or_name if join.side else None
            yield from ((one, only) for one in _conjuncts(join.args["on"]))


def _conjuncts(condition: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.this)
        yield from _conjuncts(condition.expression)
    elif isinstance(condition, exp.Paren):
        yield from _conjuncts(condition.this)
    else:
        yield condition


def _keyed(unit: Unit, node: exp.Expression) -> str | None:
    """Name the table of cards of which this is the key; without a name it must be the only one."""
    if not isinstance(node, exp.Column):
        return None
    candidates = [node.table] if node.table else list(unit.sources)
    if len(candidates) != 1 or unit.of_cards.get(candidates[0]) is None:
        return None
    (name,) = candidates
    return name if node.name == DISTRIBUTED[unit.of_cards[name]] else None


def _is_values(node: exp.Expression) -> bool:
    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    return isinstance(node, exp.Parameter)


def _keys(unit: Unit) -> Iterator[Broken]:
    for name in unit.of_cards.keys() - unit.bound:
        yield Broken(Rule.KEY, name)


def _locks(unit: Unit) -> Iterator[Broken]:
    for lock in unit.node.args.get("locks") or ():
        if lock.args.get("wait") is False:
            yield Broken(Rule.LOCK, "skip locked")
        elif unit.of_cards.keys() - unit.bound or not unit.of_cards:
            yield Broken(Rule.LOCK, "for update")


def _keys_kept(unit: Unit) -> Iterator[Broken]:
    node = unit.node
    target = node.find(exp.Table).name if not isinstance(node, exp.Select) else ""
    column = DISTRIBUTED.get(target)
    conflict = node.args.get("conflict") if isinstance(node, exp.Insert) else None
    changes = conflict.expressions if conflict is not None else node.expressions
    if column is None or isinstance(node, exp.Delete):
        return
    for change in changes:
        assigned = change.this if isinstance(change, exp.EQ) else None
        names = {one.name for one in assigned.find_all(exp.Identifier)} if assigned else set()
        if column in names:
            yield Broken(Rule.KEY_KEPT, target)
    if conflict is not None:
        on = {
            one.name
            for key in conflict.args["conflict_keys"] or ()
            for one in key.find_all(exp.Column)
        }
        if column not in on:
            yield Broken(Rule.CONFLICT, target)


def _inserted(node: exp.Insert, units: list[Unit]) -> Iterator[Broken]:
    schema = node.this
    named = [one.name for one in schema.expressions] if isinstance(schema, exp.Schema) else []
    target = node.find(exp.Table).name
    column = DISTRIBUTED.get(target)
    if column is not None and column not in named:
        yield Broken(Rule.COLUMNS, target)
    if column is None or isinstance(node.expression, exp.Values):
        return
    (unit,) = [one for one in units if one.node is node.expression]
    if not _co_located(unit):
        yield Broken(Rule.SOURCE, target)


def _co_located(unit: Unit) -> bool:
    """Whether rows come from a table of cards that is bound.

    What one part of a statement hands to another is not: Citus sends it to every node.
    """
    return any(unit.of_cards[name] != "alias" for name in unit.bound)


def broken_by_migration(text: str) -> set[Broken]:
    """Give the rules that the statements of a migration break."""
    found: set[Broken] = set()
    for statement in sqlglot.parse(text, read="postgres"):
        if statement is None or isinstance(statement, exp.Semicolon):
            continue
        found |= set(_functions(statement))
        if isinstance(statement, exp.Update | exp.Insert | exp.Delete):
            found |= set(_tables(statement)) | set(_keys_kept(_unit(statement)))
        elif isinstance(statement, exp.Create) and statement.kind in {"TABLE", "INDEX"}:
            found |= set(_made(statement))
        elif isinstance(statement, exp.Alter):
            found |= set(_altered(statement))
        elif not (isinstance(statement, exp.Drop) and statement.kind in {"TABLE", "INDEX"}):
            found.add(Broken(Rule.MADE, statement.sql("postgres")[:40]))
    return found


def _made(statement: exp.Create) -> Iterator[Broken]:
    table = statement.find(exp.Table).name
    if table not in KNOWN:
        yield Broken(Rule.TABLE, table)
    if statement.kind == "INDEX":
        if statement.args.get("unique"):
            columns = statement.this.args["params"].args["columns"]
            yield from _unique(table, [one.find(exp.Column).name for one in columns])
        return
    yield from _columns(table, statement.this.expressions)
    column = DISTRIBUTED.get(table)
    if column is not None and column not in {one.name for one in statement.find_all(exp.ColumnDef)}:
        yield Broken(Rule.COLUMNS, table)


def _altered(statement: exp.Alter) -> Iterator[Broken]:
    table = statement.this.name
    for action in statement.args["actions"]:
        parts = action.expressions if isinstance(action, exp.AddConstraint) else [action]
        if not isinstance(action, exp.AddConstraint | exp.ColumnDef | exp.Drop):
            yield Broken(Rule.MADE, action.sql("postgres")[:40])
        yield from _columns(table, parts)


def _columns(table: str, parts: list[exp.Expression]) -> Iterator[Broken]:
    for part in parts:
        inner = part.expressions if isinstance(part, exp.Constraint) else [part]
        for one in inner:
            if isinstance(one, exp.PrimaryKey | exp.UniqueColumnConstraint):
                held = one if isinstance(one, exp.PrimaryKey) else one.this
                yield from _unique(table, [key.name for key in held.expressions])
            elif isinstance(one, exp.ForeignKey):
                yield from _foreign(table, [key.name for key in one.expressions], one)
            elif isinstance(one, exp.ColumnDef):
                yield from _column(table, one)


def _column(table: str, column: exp.ColumnDef) -> Iterator[Broken]:
    if column.kind is not None and "SERIAL" in column.kind.sql("postgres").upper():
        yield Broken(Rule.NUMBERS, column.name)
    for constraint in column.constraints:
        kind = constraint.kind
        if isinstance(kind, exp.PrimaryKeyColumnConstraint | exp.UniqueColumnConstraint):
            yield from _unique(table, [column.name])
        elif isinstance(kind, exp.Reference):
            yield from _foreign(table, [column.name], constraint)
        elif isinstance(kind, exp.DefaultColumnConstraint):
            if not isinstance(kind.this, exp.Literal | exp.Null | exp.Boolean | exp.Neg):
                yield Broken(Rule.NUMBERS, column.name)
        elif not isinstance(
            kind,
            exp.NotNullColumnConstraint | exp.CollateColumnConstraint | exp.CheckColumnConstraint,
        ):
            yield Broken(Rule.NUMBERS, column.name)


def _unique(table: str, columns: list[str]) -> Iterator[Broken]:
    key = DISTRIBUTED.get(table)
    if key is None:
        return
    if key not in columns or (key == "card_key" and columns[0] != key):
        yield Broken(Rule.UNIQUE, f"{table} ({', '.join(columns)})")


def _foreign(table: str, columns: list[str], node: exp.Expression) -> Iterator[Broken]:
    other = node.find(exp.Table).name
    if other in REFERENCE:
        return
    key, others = DISTRIBUTED.get(table), DISTRIBUTED.get(other)
    if key is None or key != others or key not in columns:
        yield Broken(Rule.REFERENCES, f"{table} to {other}")
