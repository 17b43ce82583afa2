"""The options every command shares."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from qika.cli.screen import screen
from qika.terms.names import Language
from qika.web.callers import Network
from qika.wiring import (
    AlipaySettingError,
    House,
    SettingError,
    Settings,
    TilesSettingError,
    alipay_setting,
    checked_authorities,
    checked_fonts,
    checked_hosts,
    checked_networks,
    checked_origin,
    checked_proxies,
    chosen_tiles,
    default_data,
    default_database,
    default_tiles,
    house_of,
)

Result = TypeVar("Result")

Database = Annotated[
    str,
    typer.Option(
        help="sqlite:///FILE or postgresql://HOST/NAME;"
        " default: $QIKA_DATABASE, or in the data folder"
    ),
]
Data = Annotated[Path | None, typer.Option(help="data folder; default: $QIKA_DATA or ./data")]
Json = Annotated[bool, typer.Option("--json", help="answer as JSON")]
Lang = Annotated[str, typer.Option(help="zh or en")]
Networks = Annotated[
    str, typer.Option(help="private networks where listeners may be; $QIKA_LISTENER_NETWORKS")
]
Authorities = Annotated[
    Path | None, typer.Option(help="authorities for listeners, PEM; $QIKA_LISTENER_CA")
]
On = Annotated[str, typer.Option(help="YYYY-MM-DD; default: today")]


def settings_of(
    database: str, data: Path | None, on: str = "", *, demo: bool = False, origin: str = ""
) -> Settings:
    """Build the settings of a command."""
    chosen = database or default_database()
    settings = Settings(data or default_data(), chosen, day_of(on), demo=demo, origin=origin)
    return listening(settings)


def listening(settings: Settings, networks: str = "", authorities: Path | None = None) -> Settings:
    """Add where listeners may be, and who vouches for them; by the environment if not given."""
    try:
        allowed = checked_networks(networks)
    except SettingError as error:
        raise SettingError(screen.t("terminal-bad_network", text=str(error))) from error
    try:
        trusted = checked_authorities(authorities)
    except SettingError as error:
        raise SettingError(screen.t("terminal-bad_authorities", file=str(error))) from error
    return replace(settings, listener_networks=allowed, listener_authorities=trusted)


def origin_of(text: str) -> str:
    """Read where people reach the site; ``QIKA_ORIGIN`` if nothing is given, may be empty."""
    try:
        return checked_origin(text)
    except SettingError as error:
        raise SettingError(screen.t("terminal-bad_origin", text=str(error))) from error


def hosts_of(text: str) -> tuple[str, ...]:
    """Read the sites that may show the box; ``QIKA_EMBED_HOSTS`` if nothing is given."""
    try:
        return checked_hosts(text)
    except SettingError as error:
        raise SettingError(screen.t("terminal-bad_host", text=str(error))) from error


def tiles_of(settings: Settings, text: str) -> str:
    """Read which street map is shown, ``QIKA_TILES`` if nothing is given; check that it may be.

    Says on the error stream whose terms nobody has verified.
    """
    tiles = text or default_tiles()
    try:
        chosen = chosen_tiles(replace(settings, tiles=tiles))
    except TilesSettingError as error:
        words = screen.t(f"terminal-tiles-{error.fault}", text=error.text)
        raise SettingError(words) from error
    if chosen is not None and not chosen.verified:
        screen.complain(screen.t("terminal-tiles-terms", text=chosen.provider.id))
    return tiles


def with_alipay(settings: Settings) -> Settings:
    """Add how the online channel reaches Alipay, from ``QIKA_ALIPAY_...``, where that is set."""
    try:
        return replace(settings, alipay=alipay_setting(settings.origin))
    except AlipaySettingError as error:
        words = screen.t(f"terminal-alipay-{error.fault}", text=error.text)
        raise SettingError(words) from error


def proxies_of(text: str) -> tuple[Network, ...]:
    """Read whose word on who is calling is believed."""
    try:
        return checked_proxies(text)
    except SettingError as error:
        raise SettingError(screen.t("terminal-bad_proxy", text=str(error))) from error


def fonts_of(folder: Path | None) -> Path | None:
    """Read the folder of fonts; ``QIKA_FONTS`` if nothing is given, None if neither is."""
    try:
        return checked_fonts(folder)
    except SettingError as error:
        raise SettingError(screen.t("terminal-bad_fonts", folder=str(error))) from error


def day_of(text: str) -> date | None:
    """Read a day; None for an empty text."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a day has no zone
    except ValueError as error:
        raise SettingError(screen.t("terminal-bad_day", text=text)) from error


def given_day(text: str) -> date:
    """Read a day that may not be left out."""
    day = day_of(text)
    if day is None:
        raise SettingError(screen.t("terminal-bad_day", text=text))
    return day


def moment_of(text: str) -> datetime:
    """Read a time with its offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingError(screen.t("terminal-bad_time", text=text)) from error
    if moment.tzinfo is None:
        raise SettingError(screen.t("terminal-bad_time", text=text))
    return moment


def codes_of(text: str) -> frozenset[str]:
    """Read codes with commas between."""
    return frozenset(code for part in text.split(",") if (code := part.strip()))


def speak(lang: str) -> None:
    """Choose the language of the terminal."""
    if lang not in ("", *Language):
        raise SettingError(screen.t("terminal-bad_language", text=lang))
    if lang:
        screen.language = Language(lang)


def in_house(settings: Settings, work: Callable[[House], Awaitable[Result]]) -> Result:
    """Open the installation, do the work, close it."""

    async def run() -> Result:
        async with house_of(settings) as house:
            return await work(house)

    return asyncio.run(run())
