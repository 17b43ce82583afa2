"""``qika listeners``: who is told what happens to cards, and how that goes."""

import secrets as chance
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from qika.authority.listener import Listener, ListenerState
from qika.authority.partner import ANY
from qika.cards.telling import Word
from qika.cli import printing_listeners as printing
from qika.cli.screen import Refused, screen
from qika.cli.settings import (
    Authorities,
    Data,
    Database,
    Json,
    Lang,
    Networks,
    codes_of,
    in_house,
    listening,
    moment_of,
    settings_of,
    speak,
)
from qika.operations.listeners import (
    BadNameError,
    LastSecretError,
    Listeners,
    ListenerTakenError,
    TooManyListenersError,
    TooManySecretsError,
    UnknownListenerError,
)
from qika.operations.replay import Replay, replay
from qika.operations.tell import Turn
from qika.partners.webhooks.addresses import UrlFaultError, checked_url
from qika.partners.webhooks.signing import KEY_BYTES, secret_of
from qika.wiring import House, SettingError, reach_of, tell_once

Name = Annotated[str, typer.Argument(help="short and lasting, e.g. medical_insurance")]

_WHY_NOT: dict[type[Exception], str] = {
    UnknownListenerError: "terminal-unknown_listener",
    ListenerTakenError: "terminal-listener_taken",
    TooManyListenersError: "terminal-too_many_listeners",
    TooManySecretsError: "terminal-too_many_secrets",
    LastSecretError: "terminal-last_secret",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a command works, and how it answers."""

    database: str
    data: Path | None
    lang: str
    json: bool
    networks: str = ""
    authorities: Path | None = None

    def work(self, work: Callable[[House], Awaitable[Any]]) -> Any:  # noqa: ANN401  what it gives
        """Do work in the house; says why not and exits with 1 if it is refused."""
        settings = listening(settings_of(self.database, self.data), self.networks, self.authorities)
        try:
            return in_house(settings, work)
        except tuple(_WHY_NOT) as error:
            screen.complain(screen.t(_WHY_NOT[type(error)], text=str(error.args[0])))
            raise Refused from error


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Tell others what happens to cards.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command("add")(add)
    group.command("pause")(pause)
    group.command("resume")(resume)
    group.command("remove")(remove)
    group.command("add-secret")(add_secret)
    group.command("end-secret")(end_secret)
    group.command("replay")(replay_since)
    group.command("send")(send)
    app.add_typer(group, name="listeners")


def list_all(
    database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """List listeners, how it goes, what waits and what was given up."""
    speak(lang)
    printing.roll(_Place(database, data, lang, json).work(printing.read), json=json)


def add(
    name: Name,
    url: Annotated[str, typer.Argument(help="https://...")],
    regions: Annotated[str, typer.Option(help="issuers, each with all below it, or *")] = ANY,
    events: Annotated[str, typer.Option(help="what it hears of, or *; see below")] = ANY,
    by_identifier: Annotated[
        bool, typer.Option("--by-identifier", help="tell it card identification codes")
    ] = False,
    listener_networks: Networks = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Add a listener and print its secret, once.

    Events: collected, enabled, activated, suspended, released, reversed, cancelled, replaced.
    """
    speak(lang)
    words = codes_of(events)
    if not words or not words <= {ANY, *Word}:
        raise SettingError(screen.t("terminal-bad_events", text=events, known=", ".join(Word)))
    secret = secret_of(chance.token_bytes(KEY_BYTES))

    async def work(house: House) -> None:
        listener = Listener(
            name, _checked(url, house), codes_of(regions), words, by_identifier,
            ListenerState.ON, "", house.office.clock(),
        )  # fmt: skip
        try:
            await Listeners(house.store).add(listener, secret)
        except BadNameError as error:
            raise SettingError(screen.t("terminal-bad_listener_name", text=name)) from error

    _Place(database, data, lang, json, listener_networks).work(work)
    printing.secret(name, secret, json=json)


def _checked(url: str, house: House) -> str:
    try:
        return checked_url(url, reach_of(house))
    except UrlFaultError as error:
        words = screen.t(f"terminal-listener_url-{error.fault}", text=str(error))
        raise SettingError(words) from error


def pause(
    name: Name,
    reason: Annotated[str, typer.Option(help="why, for those who look later")] = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Tell a listener nothing for a while; its events wait."""
    _switch(name, ListenerState.PAUSED, reason, _Place(database, data, lang, json))


def resume(
    name: Name, database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """Tell a listener that was paused or off again, beginning with what waits."""
    _switch(name, ListenerState.ON, "", _Place(database, data, lang, json))


def _switch(name: str, state: ListenerState, reason: str, place: _Place) -> None:
    speak(place.lang)

    async def work(house: House) -> list[printing.Standing]:
        await Listeners(house.store).switch(name, state, reason, house.office.clock())
        return await printing.read(house)

    printing.roll(place.work(work), json=place.json)


def remove(
    name: Name, database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """Forget a listener, its secrets, and what waits for it."""
    speak(lang)

    async def work(house: House) -> int:
        return await Listeners(house.store).remove(name)

    printing.removed(name, _Place(database, data, lang, json).work(work), json=json)


def add_secret(
    name: Name, database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """Sign with a second secret as well, and print it, once."""
    speak(lang)
    secret = secret_of(chance.token_bytes(KEY_BYTES))

    async def work(house: House) -> None:
        await Listeners(house.store).add_secret(name, secret, house.office.clock())

    _Place(database, data, lang, json).work(work)
    printing.secret(name, secret, json=json)


def end_secret(
    name: Name, database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """Sign no more with the older of two secrets."""
    speak(lang)

    async def work(house: House) -> list[printing.Standing]:
        await Listeners(house.store).drop_secret(name)
        return await printing.read(house)

    printing.roll(_Place(database, data, lang, json).work(work), json=json)


def replay_since(
    name: Name,
    since: Annotated[str, typer.Option("--from", help="a time with its offset")],
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Tell a listener again what was received since a moment; reads every card once."""
    speak(lang)
    begun = moment_of(since)

    async def work(house: House) -> Replay:
        return await replay(house.office, house.store, await _named(house, name), begun)

    printing.replayed(name, _Place(database, data, lang, json).work(work), json=json)


async def _named(house: House, name: str) -> Listener:
    for one in await house.store.listeners():
        if one.name == name:
            return one
    raise UnknownListenerError(name)


def send(
    name: Annotated[str, typer.Argument(help="one listener; all if left out")] = "",
    listener_networks: Networks = "",
    listener_ca: Authorities = None,
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Tell listeners all that is due, once, as a server does by itself; for cron."""
    speak(lang)

    async def work(house: House) -> list[printing.Sent]:
        if name:
            await _named(house, name)
        names = [one.name for one in house.office.audience.listeners if name in ("", one.name)]
        return [printing.Sent(one, *await tell_once(house, one)) for one in names]

    place = _Place(database, data, lang, json, listener_networks, listener_ca)
    done: list[printing.Sent] = place.work(work)
    printing.sent(done, json=json)
    if any(one.turn is Turn.TOLD and one.done.fault for one in done):
        raise Refused
