"""``qika simulate``: every partner of the demo, played before the running service, with faults."""

import re
from collections.abc import Sequence
from typing import Annotated

import httpx
import typer

from qika.cli.screen import Refused, screen
from qika.cli.settings import (
    Data,
    Database,
    Json,
    Lang,
    in_house,
    origin_of,
    settings_of,
    speak,
)
from qika.partners.simulators.acting import Answer, Played
from qika.partners.simulators.plays import Play, programme
from qika.wiring import (
    Asked,
    House,
    NoCardsError,
    SettingError,
    Settings,
    StrangeServiceError,
    is_demo,
    simulate,
)

_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d{1,5})?")


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("simulate")(play)


def play(
    service: Annotated[
        str, typer.Option(help="address of the running demo")
    ] = "http://127.0.0.1:8000",
    channel: Annotated[str, typer.Option(help="play this channel only")] = "",
    fault: Annotated[str, typer.Option(help="play this fault; see docs/partners.md")] = "",
    all_faults: Annotated[
        bool, typer.Option("--all-faults", help="play the channels and every fault")
    ] = False,
    database: Database = "",
    data: Data = None,
    json: Json = False,
    lang: Lang = "",
) -> None:
    """Play the partners of a running demo: what they send, what comes back, who sees what."""
    speak(lang)
    settings = settings_of(database, data)
    plays = _chosen(channel, fault, all_faults=all_faults)
    if not is_demo(settings):
        raise SettingError(screen.t("simulate-no_demo", folder=str(settings.data)))
    if not _LOOPBACK.fullmatch(service):
        raise SettingError(screen.t("simulate-elsewhere", url=service))
    asked = Asked(plays, service, origin_of("") or service, screen.language, screen.t)
    done = _played(settings, asked, json=json)
    good = sum(one.good for one in done)
    if json:
        screen.json({"plays": [_as_json(one) for one in done], "as_expected": good})
    else:
        screen.say()
        screen.say(screen.t("simulate-end", good=good, count=len(done)), "bold")
    if good < len(done):
        raise Refused


def _played(settings: Settings, asked: Asked, *, json: bool) -> list[Played]:
    async def run(house: House) -> list[Played]:
        return await simulate(house, asked, (lambda _: None) if json else _say)

    try:
        return in_house(settings, run)
    except httpx.TransportError as error:
        raise ConnectionError(screen.t("simulate-nobody", url=asked.service)) from error
    except StrangeServiceError as error:
        raise SettingError(screen.t("simulate-strange", url=asked.service)) from error
    except NoCardsError as error:
        screen.complain(screen.t("simulate-no_cards"))
        raise Refused from error


def _chosen(channel: str, fault: str, *, all_faults: bool) -> Sequence[Play]:
    """Choose from the table; without a word of faults, the five channels."""
    table = programme().play
    channels = [one.channel for one in table if not one.fault]
    faults = [one.id for one in table if one.fault]
    for text, known in ((channel, channels), (fault, faults)):
        if text and text not in known:
            words = screen.t("simulate-unknown", text=text, known=", ".join(known))
            raise SettingError(words)
    if fault:
        return [one for one in table if one.id == fault]
    among = [one for one in table if all_faults or not one.fault]
    return [one for one in among if channel in ("", one.channel)]


def _say(one: Played) -> None:
    """Say what was sent, what came back, what the holder sees and what the listener heard."""
    screen.head(screen.t(f"simulate-play-{one.play.id}"))
    for answer in one.answers:
        sent = screen.t(f"simulate-sent-{answer.sent}", card=one.card_number)
        _line("sent", sent)
        _line("back", _came_back(answer))
        if answer.next_step:
            _line("next", answer.next_step)
    states = [
        screen.t(f"application-{name}") + screen.t("label-separator") + screen.t(f"state-{state}")
        for name, state in one.states.items()
    ]
    _line("holder", screen.t("clause-separator").join(states))
    for heard in one.messages:
        text = screen.t("simulate-message", type=heard.type, id=heard.id, answered=heard.answered)
        _line("listener", text)
    screen.say(
        screen.t("simulate-good" if one.good else "simulate-bad"),
        "green" if one.good else "bold red",
        indent=2,
    )


def _came_back(answer: Answer) -> str:
    words = " ".join(one for one in (str(answer.http), answer.status, answer.field) if one)
    told = screen.t("simulate-answer", told=words, message=answer.message)
    return told + (" " + screen.t("terminal-replayed") if answer.replayed else "")


def _line(label: str, text: str) -> None:
    named = screen.t(f"simulate-line-{label}")
    screen.say(screen.t("terminal-line", label=named, text=text), indent=2)


def _as_json(one: Played) -> dict[str, object]:
    return {
        "play": one.play.id,
        "channel": one.play.channel,
        "fault": one.play.fault,
        "as_expected": one.good,
        "card_number": one.card_number,
        "answers": [
            {
                "sent": answer.sent,
                "http": answer.http,
                "status": answer.status,
                "field": answer.field,
                "message": answer.message,
                "next_step": answer.next_step,
                "replayed": answer.replayed,
                "as_expected": answer.good,
            }
            for answer in one.answers
        ],
        "holder": dict(one.states),
        "occurred_at_kept": one.time_kept,
        "listener": [
            {"id": heard.id, "type": heard.type, "answered": heard.answered}
            for heard in one.messages
        ],
    }
