"""``qika audit verify | seal | forget``: histories, and the refusals kept beside them."""

from datetime import datetime, time
from typing import Annotated

import typer

from qika.activation.decide import CHINA
from qika.cli.screen import Refused, screen
from qika.cli.settings import Data, Database, Json, Lang, given_day, in_house, settings_of, speak
from qika.storage.seal_key import SealKeys
from qika.storage.seals import Examined, NotSealedError, Seal, WhyNot, examine, seal
from qika.wiring import House, SettingError

FORGOTTEN_AT_ONCE = 10_000
"""Attempts deleted in one transaction."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    audit = typer.Typer(help="Check and seal the histories.", no_args_is_help=True)
    audit.command("verify")(verify)
    audit.command("seal")(seal_day)
    audit.command("forget")(forget)
    app.add_typer(audit, name="audit")


def verify(database: Database = "", data: Data = None, json: Json = False, lang: Lang = "") -> None:
    """Check that every history is whole, agrees with its card, and is as it was sealed."""
    speak(lang)

    async def answer(house: House) -> Examined:
        return await examine(house.store, SealKeys.trusted_in(house.settings.beside))

    found = in_house(settings_of(database, data), answer)
    _say(found, as_json=json)
    if not found.whole:
        raise Refused


def seal_day(
    on: Annotated[str, typer.Option(help="the last day to seal, YYYY-MM-DD")],
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Sign a root over every history that grew since the seal before, up to the end of a day."""
    speak(lang)
    day = given_day(on)

    async def answer(house: House) -> tuple[Seal, Examined]:
        keys = SealKeys.in_folder(house.settings.beside)
        return await seal(house.store, keys, day, house.office.clock())

    try:
        made, found = in_house(settings_of(database, data), answer)
    except NotSealedError as error:
        if error.why is not WhyNot.BROKEN or error.found is None:
            raise SettingError(screen.t(f"terminal-seal_{error.why}", day=on)) from error
        _say(error.found, as_json=json)
        raise Refused from error
    if json:
        said = {"on": on, "root": made.root.hex(), "sealed": made.cards}
        screen.json(said | _found(found))
    else:
        root = made.root.hex()
        screen.say(screen.t("terminal-sealed", day=on, cards=made.cards, root=root))
    if not found.whole:
        raise Refused


def forget(
    before: Annotated[str, typer.Option(help="attempts received before this day, YYYY-MM-DD")],
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Delete refused attempts received before a day; histories are never deleted."""
    speak(lang)
    moment = datetime.combine(given_day(before), time(), CHINA)

    async def answer(house: House) -> int:
        total = 0
        while deleted := await house.store.delete_attempts(moment, FORGOTTEN_AT_ONCE):
            total += deleted
        return total

    deleted = in_house(settings_of(database, data), answer)
    if json:
        screen.json({"before": before, "attempts": deleted})
    else:
        screen.say(screen.t("terminal-forgotten", day=before, count=deleted))


def _found(found: Examined) -> dict[str, object]:
    return {
        "cards": found.cards,
        "broken": found.broken,
        "seals": len(found.seals),
        "sealed_until": str(found.seals[-1].on) if found.seals else None,
        "changed": [str(day) for day in found.changed],
    }


def _say(found: Examined, *, as_json: bool) -> None:
    if as_json:
        screen.json(_found(found))
        return
    screen.say(screen.t("terminal-audit", cards=found.cards, broken=found.broken))
    if found.seals:
        last = str(found.seals[-1].on)
        screen.say(screen.t("terminal-audit_seals", count=len(found.seals), day=last))
    for day in found.changed:
        screen.say(screen.t("terminal-audit_changed", day=str(day)))
