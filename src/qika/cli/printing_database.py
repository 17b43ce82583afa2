"""What was done to a database, as an operator reads it."""

from dataclasses import dataclass

from qika.cli import phrases
from qika.cli.screen import screen
from qika.storage.checking import Check, Found
from qika.storage.copying import Copied
from qika.storage.placement import CARD_KEY, TABLES, Plan, Table, Weight

_NAME, _NUMBER = 18, 16
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True, slots=True)
class Made:
    """A database that was made, or was there already."""

    database: str
    engine: str
    migration: int
    tables: int
    new: bool


@dataclass(frozen=True, slots=True)
class Migrated:
    """A database whose tables were brought from one form to another."""

    database: str
    before: int
    after: int


def made(one: Made, *, as_json: bool) -> None:
    """Tell what was made."""
    if as_json:
        screen.json(one)
        return
    name = "terminal-database_made" if one.new else "terminal-database_was_there"
    said = {"text": one.database, "engine": one.engine}
    screen.say(screen.t(name, **said, number=one.migration, tables=one.tables))


def migrated(one: Migrated, *, as_json: bool) -> None:
    """Tell from which form to which."""
    if as_json:
        screen.json(one)
    elif one.before == one.after:
        screen.say(screen.t("terminal-database_newest", text=one.database, number=one.after))
    else:
        said = {"before": one.before, "after": one.after}
        screen.say(screen.t("terminal-database_migrated", text=one.database, **said))


def checked(one: Check, *, as_json: bool) -> None:
    """Tell what a check saw."""
    if as_json:
        screen.json(one)
        return
    screen.say(f"{one.address}  {one.engine}", "bold")
    screen.say(screen.t("terminal-database_number", number=one.migration))
    _rows(one.rows)
    for waits in one.waiting:
        since = "-" if waits.oldest is None else phrases.moment(waits.oldest)
        said = {"destination": waits.destination, "rows": waits.rows, "since": since}
        screen.say(screen.t("terminal-database_waiting", **said))
    name = "terminal-database_walked" if one.whole else "terminal-database_sampled"
    screen.say(screen.t(name, cards=one.cards, events=one.events))
    for found in one.found:
        screen.say(f"· {_found(found)}", "bold")
    if not one.found:
        screen.say(screen.t("terminal-database_fine"))


def _found(one: Found) -> str:
    said = screen.t(f"found-{one.finding}", count=one.count, table=one.table)
    if not one.examples:
        return said
    return said + screen.t("terminal-database_examples", keys=phrases.listed(one.examples))


def copied(one: Copied, *, as_json: bool) -> None:
    """Tell what was copied, table by table."""
    if as_json:
        screen.json(one)
        return
    _rows(one.rows)
    rows = sum(one.rows.values())
    if one.already:
        screen.say(screen.t("terminal-database_already", rows=rows))
        return
    name = "terminal-database_resumed" if one.resumed else "terminal-database_copied"
    screen.say(screen.t(name, rows=rows, cards=one.cards))


def _rows(rows: dict[str, int]) -> None:
    for table, count in rows.items():
        screen.say(f"{table:<{_NAME}}{count:>{_NUMBER},}", indent=2)


def planned(one: Plan, *, as_json: bool) -> None:
    """Tell where the tables lie, in how many shards, and what they take."""
    if as_json:
        screen.json(_plan_as_json(one))
        return
    said = {"cards": one.cards, "shards": one.shards, "advised": one.advised}
    screen.say(screen.t("terminal-plan_head", **said), "bold")
    screen.head(screen.t("terminal-plan_spread", column=CARD_KEY))
    screen.say(screen.t("terminal-plan_columns"), indent=2)
    for weight in one.weights:
        if weight.table.of_card:
            _weight(weight)
    screen.say(screen.t("terminal-plan_group", size=_size(one.group_size)), indent=2)
    for column, head in (("hash", "terminal-plan_alias"), ("upload", "terminal-plan_upload")):
        screen.head(screen.t(head, column=column))
        for weight in one.weights:
            if weight.table.spread_by == column:
                _weight(weight)
    screen.head(screen.t("terminal-plan_reference"))
    screen.say(phrases.listed(table.name for table in _references()), indent=2)
    screen.head(screen.t("terminal-plan_local"))
    screen.say(phrases.listed(("schema_version", "copy_place")), indent=2)
    screen.head(screen.t("terminal-plan_total", size=_size(one.size)))
    screen.say(screen.t("terminal-plan_assumed"))


def _weight(one: Weight) -> None:
    table = one.table
    counted = f"{table.rows_a_card:>8g}{table.row_bytes:>8,}{one.rows:>{_NUMBER},}"
    sizes = f"{_size(one.size):>12}{_size(one.shard_size):>12}"
    screen.say(f"{table.name:<{_NAME}}{counted}{sizes}", indent=2)


def _references() -> list[Table]:
    return [table for table in TABLES if table.spread_by is None]


def _plan_as_json(one: Plan) -> dict[str, object]:
    return {
        "cards": one.cards,
        "shards": one.shards,
        "advised_shards": one.advised,
        "bytes": one.size,
        "group_bytes": one.group_size,
        "spread": [
            {
                "table": weight.table.name,
                "by": weight.table.spread_by,
                "rows_a_card": weight.table.rows_a_card,
                "row_bytes": weight.table.row_bytes,
                "rows": weight.rows,
                "bytes": weight.size,
                "shard_bytes": weight.shard_size,
            }
            for weight in one.weights
        ],
        "reference": [table.name for table in _references()],
        "local": ["schema_version", "copy_place"],
    }


def _size(size: float) -> str:
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:  # noqa: PLR2004  units are steps of 1024
        size /= 1024
        unit += 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{size:.0f} B"
