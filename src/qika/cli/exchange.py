"""``qika exchange``: files from banks and for banks, by a drop folder."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from qika.cli.screen import Refused, screen
from qika.cli.settings import Data, Database, Json, Lang, given_day, in_house, settings_of, speak
from qika.operations.exchange.records import FileKind, Header
from qika.partners.exchange.desk import ExchangeDesk, Taken, take_all, tell
from qika.partners.exchange.faults import LayoutError
from qika.partners.exchange.folder import BusyFolderError, DropFolder
from qika.partners.exchange.layout import Layout, packaged_layout, parse_layout
from qika.storage.seal_key import signing_key
from qika.terms.names import IssuerCode
from qika.web.signing.verifying import is_right
from qika.wiring import House, SettingError, Settings

KEY = "exchange.key"

Folder = Annotated[
    Path, typer.Argument(help="drop folder: in, out, done, refused", file_okay=False)
]
LayoutName = Annotated[str, typer.Option("--layout", help="fixed, csv, or a layout file (TOML)")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Exchange files with banks by a drop folder.", no_args_is_help=True)
    group.command("take")(take)
    group.command("tell")(tell_bank)
    group.command("key")(key)
    app.add_typer(group, name="exchange")


def take(
    folder: Folder,
    layout: LayoutName = "fixed",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Take the signed files that wait in FOLDER/in; results and refusals go to FOLDER/out."""
    speak(lang)
    chosen = _layout(layout)

    async def run(house: House) -> list[Taken]:
        return await take_all(await _desk(house, folder, chosen))

    taken = _alone(folder, settings_of(database, data), run)
    _say(taken, as_json=json)
    if any(one.fault for one in taken):
        raise Refused


def tell_bank(
    folder: Folder,
    partner: Annotated[str, typer.Argument(help="the bank's partner id; what it sent is left out")],
    bank: Annotated[str, typer.Option(help="code of the card bank")],
    region: Annotated[str, typer.Option(help="issuers, with all below it")],
    on: Annotated[str, typer.Option(help="the day on which it was heard of, YYYY-MM-DD")],
    layout: LayoutName = "fixed",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Write what happened to the social application of a bank's cards on a day, for the bank."""
    speak(lang)
    chosen = _layout(layout)
    header = Header(FileKind.CHANGES, bank, IssuerCode(region), given_day(on), 0)

    async def run(house: House) -> list[Taken]:
        desk = await _desk(house, folder, chosen)
        return [await tell(desk, house.store, partner, header)]

    written = _alone(folder, settings_of(database, data), run)
    _say(written, as_json=json)


def key(database: Database = "", data: Data = None, json: Json = False, lang: Lang = "") -> None:
    """Print the public key that banks check our files with; it is made on first use."""
    speak(lang)
    own = _own_key(settings_of(database, data).beside)
    pem = own.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    if json:
        screen.json({"public_key": pem})
    else:
        screen.say(pem)


def _alone(
    folder: Path, settings: Settings, run: Callable[[House], Awaitable[list[Taken]]]
) -> list[Taken]:
    """Work with a folder that is there and that no other process works with."""
    if not folder.is_dir():
        raise SettingError(screen.t("terminal-exchange_no_folder", folder=str(folder)))
    try:
        with DropFolder(folder).alone():
            return in_house(settings, run)
    except BusyFolderError as error:
        raise SettingError(screen.t("terminal-exchange_busy", folder=str(folder))) from error


async def _desk(house: House, folder: Path, layout: Layout) -> ExchangeDesk:
    await house.registry.refresh()
    return ExchangeDesk(
        office=house.office,
        archive=house.store,
        roll=house.registry.roll,
        layout=layout,
        folder=DropFolder(folder),
        check=is_right,
        sign=_own_key(house.settings.beside).sign,
    )


def _own_key(folder: Path) -> Ed25519PrivateKey:
    folder.mkdir(parents=True, exist_ok=True)
    return signing_key(folder / KEY)


def _layout(named: str) -> Layout:
    path = Path(named)
    try:
        text = path.read_text("utf-8") if path.suffix == ".toml" else packaged_layout(named)
        return parse_layout(text, path.name)
    except OSError as error:
        raise SettingError(screen.t("terminal-no_file", text=named)) from error
    except LayoutError as error:
        raise SettingError(screen.t("terminal-bad_layout", text=str(error))) from error


def _say(files: list[Taken], *, as_json: bool) -> None:
    if as_json:
        screen.json({"files": [one._asdict() for one in files]})
        return
    if not files:
        screen.say(screen.t("terminal-exchange_nothing"))
    for one in files:
        if one.fault:
            where = {"file": one.file, "line": one.line}
            screen.say(screen.t("terminal-exchange_refused", code=one.fault, **where))
            continue
        count = {"rows": one.rows, "activated": one.activated}
        screen.say(screen.t("terminal-exchange_done", file=one.file, **count))
