"""``qika plan`` and ``qika near``: answers for anyone."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

import typer

from qika.cli import printing
from qika.cli.screen import screen
from qika.cli.settings import Data, Database, Json, Lang, in_house, settings_of, speak
from qika.web.api.answers import PlanAnswer, PointsAnswer
from qika.web.api.fields import of_query
from qika.web.api.plans import PlanAnswers, answer_plan
from qika.web.api.points import answer_points
from qika.web.api.requests import PlanQuery, PointsQuery
from qika.wiring import House, site_of


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("plan")(plan)
    app.command("near")(near)


def plan(
    region: Annotated[str, typer.Option(help="code or text, e.g. 440305 or 深圳南山")],
    collected_on: Annotated[str, typer.Option(help="YYYY-MM-DD, YYYY-MM, no or unknown")] = "",
    made_on: Annotated[str, typer.Option(help="YYYY-MM-DD or YYYY-MM")] = "",
    applied_on: Annotated[str, typer.Option(help="YYYY-MM-DD or YYYY-MM")] = "",
    card_bank: Annotated[str, typer.Option(help="the bank on the card face, name or code")] = "",
    application: Annotated[str, typer.Option(help="social, financial or both")] = "",
    who: Annotated[str, typer.Option(help="holder, agent, guardian or homebound")] = "",
    near: Annotated[str, typer.Option(help="LAT,LON or a region")] = "",
    on: Annotated[str, typer.Option(help="the day asked about; default: today")] = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Say where, how and by when to activate a card, with what, and why."""
    speak(lang)
    collected = collected_on if collected_on in {"no", "unknown"} else ""
    asked = {
        "region": region,
        "collected_on": "" if collected else collected_on,
        "collected": collected,
        "made_on": made_on,
        "applied_on": applied_on,
        "card_bank": card_bank,
        "application": application,
        "who": who,
        "near": near,
        "on": on,
    }
    question = of_query(_query(asked), PlanQuery)

    async def answer(house: House) -> PlanAnswers:
        return answer_plan(site_of(house), question, screen.language)

    answered = in_house(settings_of(database, data), answer)
    (screen.json if json else _print_plan)(answered)


def _print_plan(answered: PlanAnswers) -> None:
    if isinstance(answered, PlanAnswer):
        printing.plan(answered)
    else:
        printing.no_plan(answered)


def near(
    lat: Annotated[float, typer.Argument(help="latitude, degrees")],
    lon: Annotated[float, typer.Argument(help="longitude, degrees")],
    crs: Annotated[str, typer.Option(help="WGS84, GCJ02 or BD09")] = "",
    channel: Annotated[str, typer.Option(help="e.g. bank_counter")] = "",
    application: Annotated[str, typer.Option(help="social or financial")] = "",
    card_bank: Annotated[str, typer.Option(help="the bank on the card face")] = "",
    region: Annotated[str, typer.Option(help="the card's issuer, which the point must serve")] = "",
    kind: Annotated[str, typer.Option(help="e.g. hospital")] = "",
    open_: Annotated[str, typer.Option("--open", help="now or a time")] = "",
    limit: Annotated[int, typer.Option(help="points on a page")] = 10,
    cursor: Annotated[str, typer.Option(help="next_cursor of the page before")] = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """List the nearest points in exact order of distance, with their next seven days."""
    speak(lang)
    asked = {
        "lat": str(lat),
        "lon": str(lon),
        "crs": crs,
        "channel": channel,
        "application": application,
        "card_bank": card_bank,
        "region": region,
        "kind": kind,
        "open": open_,
        "limit": str(limit),
        "cursor": cursor,
    }
    query = of_query(_query(asked), PointsQuery)

    async def answer(house: House) -> PointsAnswer:
        return answer_points(site_of(house), query, screen.language)

    found = in_house(settings_of(database, data), answer)
    (screen.json if json else printing.points)(found)


def _query(asked: Mapping[str, str]) -> str:
    """Write the options given as the API's query, so that both doors check the same way."""
    return urlencode({name: value for name, value in asked.items() if value})
