"""``qika serve`` and ``qika demo``: the doors of HTTP."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from qika.cli.screen import screen
from qika.cli.settings import (
    Authorities,
    Data,
    Database,
    Json,
    Lang,
    Networks,
    fonts_of,
    hosts_of,
    in_house,
    listening,
    origin_of,
    proxies_of,
    settings_of,
    speak,
    tiles_of,
    with_alipay,
)
from qika.web.site import Door
from qika.wiring import (
    LOOPBACK,
    STREAM_DAYS,
    STREAM_MAX_MB,
    House,
    Serving,
    SettingError,
    Settings,
    default_data,
    fill_example_city,
    serve_until_stopped,
)

Port = Annotated[int, typer.Option(min=1, max=65_535)]
Hosts = Annotated[
    str, typer.Option(help="sites that may show the box of /embed, e.g. https://jobs.example")
]
Proxies = Annotated[
    str, typer.Option(help="whose X-Forwarded-For is believed, e.g. 127.0.0.1 10.0.0.0/8")
]
Origin = Annotated[str, typer.Option(help="where people reach the site, e.g. https://card.example")]
Fonts = Annotated[
    Path | None, typer.Option(help="folder of fonts for PDF; default: $QIKA_FONTS, or none")
]
StreamMax = Annotated[
    int, typer.Option(min=1, envvar="QIKA_STREAM_MAX_MB", help="megabytes of one stream")
]
StreamDays = Annotated[
    int, typer.Option(min=1, envvar="QIKA_STREAM_DAYS", help="days that its results are kept")
]
Tiles = Annotated[
    str, typer.Option(help="street maps of this provider; default: $QIKA_TILES, or none")
]
Tell = Annotated[bool, typer.Option("--tell/--no-tell", help="tell listeners of events")]
EVERY_DOOR = frozenset(Door)


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
    origin: Origin = "",
    trusted_proxy: Proxies = "",
    embed_hosts: Hosts = "",
    tiles: Tiles = "",
    fonts: Fonts = None,
    stream_max_mb: StreamMax = STREAM_MAX_MB,
    stream_days: StreamDays = STREAM_DAYS,
    tell: Tell = True,
    listener_networks: Networks = "",
    listener_ca: Authorities = None,
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Serve an installation; unsigned writes are refused."""
    speak(lang)
    chosen = _doors(doors)
    settings = with_alipay(settings_of(database, data, origin=origin_of(origin)))
    settings = replace(
        listening(settings, listener_networks, listener_ca), embed_hosts=hosts_of(embed_hosts),
        trusted_proxies=proxies_of(trusted_proxy), tiles=tiles_of(settings, tiles),
        fonts=fonts_of(fonts), stream_max_mb=stream_max_mb, stream_days=stream_days,
    )  # fmt: skip
    url = f"http://{host}:{port}"

    def opened() -> None:
        if json:
            screen.json({"url": url, "doors": sorted(chosen), "workers": workers})
        else:
            screen.say(screen.t("terminal-serving", url=url))

    serve_until_stopped(Serving(settings, host, port, workers, chosen, tell), opened)


def _doors(text: str) -> frozenset[Door]:
    named = {door.strip() for door in text.split(",") if door.strip()}
    if not named or not named <= set(Door):
        raise SettingError(screen.t("terminal-bad_doors", text=text))
    return frozenset(Door(door) for door in named)


def demo(
    port: Port = 8000,
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Fill the fictitious example city on the first run, and serve it on loopback."""
    speak(lang)
    url = f"http://{LOOPBACK}:{port}"
    settings = with_alipay(settings_of(database, data, demo=True, origin=origin_of("") or url))
    settings = replace(settings, embed_hosts=hosts_of(""), tiles=tiles_of(settings, ""))
    settings = replace(settings, fonts=fonts_of(None))

    def step(name: str) -> None:
        if not json:
            screen.say(screen.t(f"terminal-filling-{name}"))

    async def fill(house: House) -> bool:
        return await fill_example_city(house, step)

    filled = in_house(settings, fill)
    page = f"{url}/{screen.language}/social-security/card-activation/990000"
    if json:
        screen.json({"url": url, "page": page, "data": str(settings.data), "filled": filled})
    else:
        _invite(settings, url, page, filled=filled)
    serve_until_stopped(Serving(settings, LOOPBACK, port, 1, EVERY_DOOR))


def _invite(settings: Settings, url: str, page: str, *, filled: bool) -> None:
    name = "terminal-filled" if filled else "terminal-kept"
    screen.say(screen.t(name, folder=str(settings.data)))
    elsewhere = "" if settings.data == default_data() else f" --data {settings.data}"
    screen.say(screen.t("terminal-demo", url=url, page=page, data=elsewhere))
