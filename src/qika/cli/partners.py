"""``qika partners``: who may send signed requests, with which keys, for what."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from qika.authority.partner import Algorithm, Partner, PartnerKey, Scope
from qika.cli.screen import Refused, screen
from qika.cli.settings import (
    Data,
    Database,
    Json,
    Lang,
    codes_of,
    in_house,
    moment_of,
    settings_of,
    speak,
)
from qika.operations.registry import (
    KeyTakenError,
    Roll,
    TooManyKeysError,
    UnknownPartnerError,
)
from qika.web.signing.verifying import UnusableKeyError, checker
from qika.wiring import House, SettingError, now

Id = Annotated[str, typer.Argument(help="short and lasting, e.g. icbc-shanghai")]
KeyId = Annotated[str, typer.Argument(help="the keyid of its signatures, e.g. icbc-2026a")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Look after partners and their keys.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command("put")(put)
    group.command("suspend")(suspend)
    group.command("resume")(resume)
    group.command("add-key")(add_key)
    group.command("end-key")(end_key)
    app.add_typer(group, name="partners")


def list_all(
    database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """List partners with what they may do, and their keys."""
    speak(lang)

    async def read(house: House) -> Roll:
        await house.registry.refresh()
        return house.registry.roll

    _say(in_house(settings_of(database, data), read), json=json)


def put(
    partner: Id,
    name: Annotated[str, typer.Option(help="name for people")],
    regions: Annotated[str, typer.Option(help="issuers, each with all below it, or *")],
    channels: Annotated[str, typer.Option(help="channels it may activate by, or *")] = "",
    events: Annotated[str, typer.Option(help="types of events it may record, or *")] = "",
    banks: Annotated[str, typer.Option(help="banks whose outlets it may name, or *")] = "",
    points: Annotated[str, typer.Option(help="points it may name; prefixes end with *")] = "*",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Add a partner, or change what it may do; lists are separated by commas."""
    speak(lang)
    scope = Scope(*(codes_of(text) for text in (regions, channels, events, banks, points)))

    async def change(house: House) -> None:
        await house.registry.put(Partner(partner, name, scope))

    _changed(change, database, data, json=json)


def suspend(
    partner: Id, database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """Refuse everything a partner sends, within seconds, until it is resumed."""
    _suspended(partner, database, data, lang, json=json, suspended=True)


def resume(
    partner: Id, database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """Accept what a suspended partner sends again."""
    _suspended(partner, database, data, lang, json=json, suspended=False)


def add_key(
    partner: Id,
    key: KeyId,
    file: Annotated[Path, typer.Argument(help="public key, PEM", exists=True, dir_okay=False)],
    algorithm: Annotated[Algorithm, typer.Option()] = Algorithm.ED25519,
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Add a public key of a partner; two may be in force at once."""
    speak(lang)
    pem = file.read_text("utf-8")
    try:
        checker(algorithm, pem)
    except UnusableKeyError as error:
        raise SettingError(screen.t("terminal-bad_key", text=str(error))) from error

    async def change(house: House) -> None:
        at = house.office.clock()
        await house.registry.add_key(PartnerKey(key, partner, algorithm, pem, at), at)

    _changed(change, database, data, json=json)


def end_key(
    key: KeyId,
    at: Annotated[str, typer.Option(help="a time with its offset; now if left out")] = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """End a key, now or at a time to come."""
    speak(lang)
    until = moment_of(at) if at else now()

    async def change(house: House) -> None:
        await house.registry.end_key(key, until)

    _changed(change, database, data, json=json)


def _suspended(
    partner: str, database: str, data: Path | None, lang: str, *, json: bool, suspended: bool
) -> None:
    speak(lang)

    async def change(house: House) -> None:
        await house.registry.suspend(partner, suspended=suspended)

    _changed(change, database, data, json=json)


def _changed(
    change: Callable[[House], Awaitable[None]], database: str, data: Path | None, *, json: bool
) -> None:
    async def changed(house: House) -> Roll:
        await change(house)
        return house.registry.roll

    try:
        roll = in_house(settings_of(database, data), changed)
    except tuple(_WHY_NOT) as error:
        screen.complain(screen.t(_WHY_NOT[type(error)], text=str(error.args[0])))
        raise Refused from error
    _say(roll, json=json)


_WHY_NOT: dict[type[Exception], str] = {
    UnknownPartnerError: "terminal-unknown_partner",
    KeyTakenError: "terminal-key_taken",
    TooManyKeysError: "terminal-too_many_keys",
}


def _say(roll: Roll, *, json: bool) -> None:
    if json:
        screen.json({"partners": [_as_json(one, roll) for one in roll.partners.values()]})
        return
    if not roll.partners:
        screen.say(screen.t("terminal-no_partners"))
    for one in roll.partners.values():
        _say_partner(one, roll)


def _say_partner(one: Partner, roll: Roll) -> None:
    message = "terminal-partner_suspended" if one.suspended else "terminal-partner"
    screen.say(screen.t(message, id=one.id, partner=one.name), "bold")
    for side, codes in _scope(one.scope).items():
        text = " ".join(codes) or screen.t("terminal-nothing")
        label = screen.t(f"terminal-scope_{side}")
        screen.say(screen.t("terminal-line", label=label, text=text), indent=4)
    for key in roll.keys_of(one.id):
        until = key.not_after.isoformat() if key.not_after else screen.t("terminal-open_end")
        begun = key.not_before.isoformat()
        said = screen.t(
            "terminal-key", id=key.id, algorithm=key.algorithm, begun=begun, until=until
        )
        screen.say(said, indent=4)


def _scope(scope: Scope) -> dict[str, list[str]]:
    return {
        "regions": sorted(scope.regions),
        "channels": sorted(scope.channels),
        "events": sorted(scope.events),
        "banks": sorted(scope.banks),
        "points": sorted(scope.points),
    }


def _as_json(one: Partner, roll: Roll) -> dict[str, object]:
    keys = [
        {
            "id": key.id,
            "algorithm": str(key.algorithm),
            "not_before": key.not_before.isoformat(),
            "not_after": key.not_after.isoformat() if key.not_after else None,
        }
        for key in roll.keys_of(one.id)
    ]
    return {
        "id": one.id,
        "name": one.name,
        "suspended": one.suspended,
        **_scope(one.scope),
        "keys": keys,
    }
