"""``qika import cards | points``: files in, a verdict for every row out."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from qika.cli.screen import Refused, screen
from qika.cli.settings import Data, Database, Json, Lang, in_house, settings_of, speak
from qika.operations.import_cards import import_cards
from qika.operations.import_points import import_points
from qika.operations.importing.tables import CARDS, POINTS, Layout
from qika.operations.importing.verdicts import ImportReport
from qika.partners.tables.mapping import TableMapping, packaged_mapping_text, parse_mapping
from qika.partners.tables.opening import open_table
from qika.partners.tables.report import VerdictFile, render_report
from qika.wiring import House, SettingError, references

File = Annotated[Path, typer.Argument(help="CSV (also .gz) or XLSX", exists=True, dir_okay=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="check every row, write nothing")]
Report = Annotated[Path | None, typer.Option(help="write a verdict per row to this CSV file")]
Mapping = Annotated[str, typer.Option(help="a mapping file, or the name of a packaged one")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Load cards or points from CSV or XLSX.", no_args_is_help=True)
    group.command("cards")(cards)
    group.command("points")(points)
    app.add_typer(group, name="import")


def cards(
    file: File,
    dry_run: DryRun = False,
    report: Report = None,
    mapping: Mapping = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Load cards; the same file again changes nothing, a broken run goes on where it stopped."""
    speak(lang)
    _load(CARDS, file, report, mapping, (database, data), dry_run=dry_run, as_json=json)


def points(
    file: File,
    dry_run: DryRun = False,
    report: Report = None,
    mapping: Mapping = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Load service points; what cannot be trusted is held back and says why."""
    speak(lang)
    _load(POINTS, file, report, mapping, (database, data), dry_run=dry_run, as_json=json)


def _load(
    layout: Layout,
    file: Path,
    report: Path | None,
    mapping: str,
    where: tuple[str, Path | None],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    table = open_table(file, layout, _mapping(mapping, layout))

    async def run(house: House, sink: VerdictFile | None) -> ImportReport:
        known = references(house)
        with _bar() as bar:
            line = bar.add_task(screen.t("terminal-loading"), total=table.rows_about or None)

            def shown(done: int, total: int) -> None:
                bar.update(line, completed=done, total=total or None)

            if layout is CARDS:
                return await import_cards(
                    house.office, house.store, table, known,
                    dry_run=dry_run, on_progress=shown, verdicts=sink,
                )  # fmt: skip
            today = house.office.clock().date()
            return await import_points(
                house.store, table, known,
                today=today, dry_run=dry_run, on_progress=shown, verdicts=sink,
            )  # fmt: skip

    settings = settings_of(*where)
    if report is None:
        done = in_house(settings, lambda house: run(house, None))
    else:
        with VerdictFile(report, screen.language) as sink:
            done = in_house(settings, lambda house: run(house, sink))
    _tell(done, as_json=as_json)


def _tell(done: ImportReport, *, as_json: bool) -> None:
    if as_json:
        screen.json(done)
    else:
        screen.say(render_report(done, screen.language))
    if done.held_back:
        raise Refused


def _mapping(named: str, layout: Layout) -> TableMapping | None:
    if not named:
        return None
    path = Path(named)
    try:
        text = path.read_text("utf-8") if path.suffix == ".toml" else packaged_mapping_text(named)
    except OSError as error:
        raise SettingError(screen.t("terminal-no_file", text=named)) from error
    return parse_mapping(text, path.name, layout)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen.err,
        transient=True,
    )
