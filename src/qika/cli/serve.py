"""``qika serve`` and ``qika demo``: the doors of HTTP."""

from typing import Annotated

import typer

from qika.cli.screen import screen
from qika.cli.settings import Data, Database, Lang, in_house, settings_of, speak
from qika.terms.names import Language
from qika.wiring import LOOPBACK, House, Serving, fill_example_city, serve_until_stopped

Port = Annotated[int, typer.Option(min=1, max=65_535)]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("serve")(serve)
    app.command("demo")(demo)


def serve(
    port: Port = 8000,
    host: Annotated[str, typer.Option(help="address to listen on")] = LOOPBACK,
    workers: Annotated[int, typer.Option(min=1, max=64)] = 1,
    doors: Annotated[
        str, typer.Option(help="of public, partner, console")
    ] = "public,partner,console",
    database: Database = "",
    data: Data = None,
    lang: Lang = "",
) -> None:
    """Serve an installation; unsigned writes are refused."""
    speak(lang)
    chosen = frozenset(door for door in doors.split(",") if door)
    settings = settings_of(database, data)
    serve_until_stopped(Serving(settings, host, port, workers, chosen))


def demo(port: Port = 8000, database: Database = "", data: Data = None, lang: Lang = "") -> None:
    """Fill the fictitious example city on the first run, and serve it on loopback."""
    speak(lang)
    settings = settings_of(database, data, demo=True)

    async def fill(house: House) -> bool:
        return await fill_example_city(
            house, lambda step: screen.say(screen.t(f"terminal-filling-{step}"))
        )

    filled = in_house(settings, fill)
    screen.say(
        screen.t("terminal-filled" if filled else "terminal-kept", folder=str(settings.data))
    )
    url = f"http://{LOOPBACK}:{port}"
    page = Language.EN if screen.language is Language.EN else Language.ZH
    screen.say(
        screen.t(
            "terminal-demo", url=url, page=f"{url}/{page}/social-security/card-activation/990000"
        )
    )
    doors = frozenset({"public", "partner", "console"})
    serve_until_stopped(Serving(settings, LOOPBACK, port, 1, doors))
