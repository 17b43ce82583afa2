"""``qika database create | migrate | check | copy | plan``: what an operator does to a database."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from qika.cli import printing_database as printing
from qika.cli.screen import Refused, screen
from qika.cli.settings import Data, Json, Lang, speak
from qika.storage.checking import Check, check
from qika.storage.copying import Copied, copy
from qika.storage.databases import (
    Access,
    Database,
    DatabaseFaultError,
    Fault,
    database_of,
    public,
)
from qika.storage.databases.gate import made_ready, refuse_foreign, refuse_unready
from qika.storage.placement import plan
from qika.wiring import SettingError, Settings, default_data, default_database, now

Result = TypeVar("Result")

Where = Annotated[
    str,
    typer.Option("--database", help="sqlite:///FILE or postgresql://...; default: as elsewhere"),
]
Shards = Annotated[int, typer.Option(min=0, help="shards of each table on Citus; 0: the usual")]

_PARTS = {
    "copying": "terminal-database_copying",
    "comparing": "terminal-database_comparing",
    "chains": "terminal-database_chains",
}

_REFUSED_CODE, _BROKEN_CODE = 1, 3

_WRONG_USE = frozenset({Fault.BAD_ADDRESS, Fault.SAME})
_REFUSED = frozenset(
    {
        Fault.HOLDS_DATA,
        Fault.OTHER_SOURCE,
        Fault.OTHER_COPY,
        Fault.SOURCE_CHANGED,
        Fault.NOT_ARRIVED,
        Fault.BROKEN_CHAINS,
    }
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Create, migrate, check and copy databases.", no_args_is_help=True)
    group.command("create")(create)
    group.command("migrate")(migrate)
    group.command("check")(check_database)
    group.command("copy")(copy_database)
    group.command("plan")(plan_placement)
    app.add_typer(group, name="database")


def create(
    database: Where = "",
    shards: Shards = 0,
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Make an empty database with its tables; one with tables of something else is not touched."""
    speak(lang)

    async def work() -> printing.Made:
        where = _address(database, data)
        async with database_of(where, Access.CREATE, shards=shards) as made:
            new = await made_ready(made)
            schema, tables = await made.schema(), await made.tables()
            return printing.Made(made.address, made.engine, schema.number, len(tables), new=new)

    printing.made(_done(work), as_json=json)


def migrate(database: Where = "", data: Data = None, json: Json = False, lang: Lang = "") -> None:
    """Bring the tables to the newest form; running programs of the version before go on."""
    speak(lang)

    async def work() -> printing.Migrated:
        async with database_of(_address(database, data), Access.WRITE) as ours:
            before = await refuse_foreign(ours)
            if not before.number:
                raise DatabaseFaultError(Fault.EMPTY, ours.address)
            await ours.migrate()
            return printing.Migrated(ours.address, before.number, (await ours.schema()).number)

    printing.migrated(_done(work), as_json=json)


def check_database(
    database: Where = "",
    sample: Annotated[int, typer.Option(min=0, help="look at so many cards; 0: at all")] = 0,
    outbox_hours: Annotated[int, typer.Option(min=1, help="how long a message may wait")] = 24,
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Check versions, counts, every history, states, rows without a card, what waits too long."""
    speak(lang)

    async def work() -> Check:
        async with database_of(_address(database, data), Access.READ) as ours:
            await refuse_unready(ours)
            with _bar() as bar:
                line = bar.add_task(screen.t("terminal-database_walk"), total=None)
                return await check(
                    ours,
                    sample=sample,
                    late=now() - timedelta(hours=outbox_hours),
                    on_progress=lambda done, total: bar.update(line, completed=done, total=total),
                )

    seen = _done(work)
    printing.checked(seen, as_json=json)
    if seen.found:
        raise Refused


def copy_database(
    source: Annotated[str, typer.Argument(metavar="FROM", help="sqlite:///FILE or postgresql://")],
    target: Annotated[str, typer.Argument(metavar="TO", help="the same; made if it is missing")],
    shards: Shards = 0,
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Copy a database into an empty one; the same command again goes on where it stopped."""
    speak(lang)

    async def work() -> Copied:
        async with database_of(source, Access.READ) as here:
            await refuse_unready(here)
            async with database_of(target, Access.CREATE, shards=shards) as there:
                await made_ready(there)
                return await _copied(here, there)

    screen.complain(screen.t("terminal-database_at_rest", text=public(source)))
    printing.copied(_done(work), as_json=json)
    if not json:
        here, there = (str(_keys(one, data)) for one in (source, target))
        screen.say(screen.t("terminal-database_keys", text=here, place=there))


async def _copied(here: Database, there: Database) -> Copied:
    with _bar() as bar:
        line = bar.add_task("", total=None)

        def shown(part: str, done: int, total: int) -> None:
            bar.update(line, description=screen.t(_PARTS[part]), completed=done, total=total)

        return await copy(here, there, shown)


def plan_placement(
    cards: Annotated[int, typer.Option(min=1, help="how many cards there will be")],
    shards: Annotated[int, typer.Option(min=0, help="shards of each table; 0: as advised")] = 0,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Print where the tables of so many cards lie on Citus, in how many shards, and how large."""
    speak(lang)
    printing.planned(plan(cards, shards), as_json=json)


def _done(work: Callable[[], Coroutine[None, None, Result]]) -> Result:
    """Do the work; a database that cannot be used is one sentence and an exit code."""
    try:
        return asyncio.run(work())
    except DatabaseFaultError as error:
        words = screen.t(f"fault-{error.fault}", text=error.address, detail=error.detail)
        if error.fault in _WRONG_USE:
            raise SettingError(words) from error
        screen.complain(words)
        raise typer.Exit(_REFUSED_CODE if error.fault in _REFUSED else _BROKEN_CODE) from error


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen.err,
        transient=True,
    )


def _address(database: str, data: Path | None) -> str:
    settings = Settings(data or default_data(), database or default_database())
    return settings.database or f"sqlite:///{settings.file}"


def _keys(address: str, data: Path | None) -> Path:
    """Name the key file of the installation that uses a database."""
    return Settings(data or default_data(), address).beside / "vault.keys"
