"""``qika reports``: what readers say is wrong, and what was dealt with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from qika.activation.decide import CHINA
from qika.cli import phrases
from qika.cli.screen import Refused, screen
from qika.cli.settings import Data, Database, Json, Lang, in_house, settings_of, speak
from qika.operations.reports import Report
from qika.wiring import House, now

LIMIT = 100


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("reports")(reports)


def reports(
    every: Annotated[bool, typer.Option("--all", help="also those dealt with")] = False,
    after: Annotated[str, typer.Option(help="go on after this reference")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="how many")] = LIMIT,
    close: Annotated[str, typer.Option(help="note that this reference was dealt with")] = "",
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """List what readers say is wrong, the oldest first; --close REFERENCE when it is mended."""
    speak(lang)
    settings = settings_of(database, data)
    if close:
        done = in_house(settings, lambda house: house.store.close_report(close, now()))
        _say_closed(close, done=done, json=json)
        return

    async def read(house: House) -> Sequence[Report]:
        return await house.store.reports(closed=every, after=after, limit=limit)

    found = in_house(settings, read)
    if json:
        rows = [{"reference": one.reference, **msgspec.to_builtins(one)} for one in found]
        screen.json({"reports": rows})
        return
    for one in found:
        _say(one)
    more = len(found) == limit
    screen.say(screen.t("terminal-reports_more", after=found[-1].reference) if more else
               screen.t("terminal-reports", count=len(found)))  # fmt: skip


def _say(one: Report) -> None:
    screen.say(f"{one.reference}  {one.subject}", "bold")
    for name in ("wrong", "right", "seen"):
        text = getattr(one, name)
        if text:
            line = screen.t("terminal-line", label=screen.t(f"say-{name}"), text=text)
            screen.say(line, indent=4)
    when = [_moment(one.received_at), one.edition]
    if one.closed_at:
        when.append(screen.t("terminal-report_closed", day=_moment(one.closed_at)))
    screen.say(" · ".join(when), indent=4)


def _moment(at: datetime) -> str:
    return phrases.moment(at.astimezone(CHINA))


def _say_closed(reference: str, *, done: bool, json: bool) -> None:
    if json:
        screen.json({"reference": reference, "closed": done})
    else:
        name = "terminal-report_done" if done else "terminal-report_unknown"
        screen.say(screen.t(name, reference=reference))
    if not done:
        raise Refused
