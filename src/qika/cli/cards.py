"""``qika activate | record | status | sweep | deliver``: what happens to cards."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from qika.activation.status import Status
from qika.cli import printing_cards
from qika.cli.screen import Refused, screen
from qika.cli.settings import (
    Data,
    Database,
    Json,
    Lang,
    On,
    given_day,
    in_house,
    settings_of,
    speak,
)
from qika.operations.deliver import Delivery, deliver
from qika.operations.look_up import CardStatus, look_up
from qika.operations.ports import MEDICAL_INSURANCE
from qika.operations.sweep import SweepReport, sweep
from qika.partners.simulators.identity import IdentityDouble
from qika.partners.simulators.medical_insurance import MedicalInsuranceDouble
from qika.terms.names import CardNumber, ChannelCode, IssuerCode, Language
from qika.web.api.answers import OutcomesAnswer
from qika.web.api.card_status import describe
from qika.web.api.cards import answer_activations, answer_events
from qika.web.site import Site
from qika.wiring import House, SettingError, listens, now, site_of

Serve = Callable[[Site, bytes, Language], Awaitable[OutcomesAnswer]]
Body = Annotated[str, typer.Argument(help="a JSON file as for the API, or - for standard input")]
_GOOD = {Status.ACTIVATED, Status.RECORDED}


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("activate")(activate)
    app.command("record")(record)
    app.command("status")(status)
    app.command("sweep")(sweep_deadlines)
    app.command("deliver")(deliver_outbox)
    app.command("demo-proof")(demo_proof)


def activate(
    body: Body,
    on: On = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Activate cards: the body of POST /v1/activations."""
    speak(lang)
    _carry_out(body, answer_activations, on, (database, data), as_json=json)


def record(
    body: Body,
    on: On = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Record what happened to cards: the body of POST /v1/events."""
    speak(lang)
    _carry_out(body, answer_events, on, (database, data), as_json=json)


def _carry_out(
    body: str, serve: Serve, on: str, where: tuple[str, Path | None], *, as_json: bool
) -> None:
    content = sys.stdin.buffer.read() if body == "-" else _read(Path(body))

    async def answer(house: House) -> OutcomesAnswer:
        return await serve(site_of(house, point_required=False), content, screen.language)

    answered = in_house(settings_of(*where, on), answer)
    if as_json:
        screen.json(answered)
    else:
        printing_cards.outcomes(answered)
    if any(one.status not in _GOOD for one in answered.outcomes):
        raise Refused


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingError(screen.t("terminal-no_file", text=str(path))) from error


def status(
    issuer: Annotated[str, typer.Argument(help="region code, region text or xpcc")],
    card_number: Annotated[str, typer.Argument(help="the number on the card face")],
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Show a card: its applications, deadlines and history."""
    speak(lang)

    async def answer(house: House) -> CardStatus | None:
        return await look_up(house.office, _key(house, issuer, card_number))

    found = in_house(settings_of(database, data), answer)
    answered = describe(found, now(), screen.language)
    if json:
        screen.json(answered)
    else:
        printing_cards.card_status(answered)


def _key(house: House, issuer: str, number: str) -> bytes:
    found = site_of(house).regions.resolve(issuer)
    if found.code is None:
        raise SettingError(screen.t("terminal-unknown_issuer", text=issuer))
    return house.vault.card_key(IssuerCode(found.code), CardNumber(number))


def sweep_deadlines(
    on: Annotated[str, typer.Option(help="cards due before this day, YYYY-MM-DD")],
    dry_run: Annotated[bool, typer.Option(help="count only, change nothing")] = False,
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Suspend the cards whose adopted deadline has passed; run again to go on after a stop."""
    speak(lang)
    day = given_day(on)

    async def answer(house: House) -> SweepReport:
        return await sweep(house.office, house.store, day, dry_run=dry_run)

    report = in_house(settings_of(database, data, on), answer)
    if json:
        screen.json(report)
    else:
        printing_cards.sweep(report)


def deliver_outbox(
    database: Database = "", data: Data = None, json: Json = False, lang: Lang = ""
) -> None:
    """Hand waiting events to the medical insurance double, as the demo does by itself.

    Refused where a real listener of that name is to hear them: see qika listeners send.
    """
    speak(lang)

    async def answer(house: House) -> Delivery:
        if listens(house, MEDICAL_INSURANCE):
            raise SettingError(screen.t("terminal-listener_is_real", listener=MEDICAL_INSURANCE))
        double, total = MedicalInsuranceDouble(), Delivery()
        while (one := await deliver(house.office, double, MEDICAL_INSURANCE)).acknowledged:
            total += one
        return total

    done = in_house(settings_of(database, data), answer)
    if json:
        screen.json({"acknowledged": done.acknowledged, "postponed": done.postponed})
    else:
        screen.say(screen.t("terminal-delivered", count=done.acknowledged))


def demo_proof(
    issuer: Annotated[str, typer.Argument(help="region code")],
    card_number: Annotated[str, typer.Argument(help="the number on the card face")],
    channel: Annotated[str, typer.Option(help="an online channel")] = "online_alipay",
    database: Database = "",
    data: Data = None,
    json: Json = False,  # noqa: ARG001  the answer is JSON in any case
    lang: Lang = "",
) -> None:
    """Print the identity_proof that an online provider's double gives for a card (demo only)."""
    speak(lang)

    async def answer(house: House) -> dict[str, str]:
        double = house.office.identity
        if not isinstance(double, IdentityDouble):
            raise SettingError(screen.t("terminal-no_demo"))
        key = _key(house, issuer, card_number)
        return double.issue(ChannelCode(channel), key, now())

    screen.json(in_house(settings_of(database, data), answer))
