"""How listeners look in a terminal: as lines, or as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from qika.activation.decide import CHINA
from qika.authority.listener import Listener, ListenerState
from qika.cli import phrases
from qika.cli.screen import screen
from qika.operations.deliver import Delivery
from qika.operations.listeners import Backlog
from qika.operations.replay import Replay
from qika.operations.tell import Turn
from qika.wiring import House


@dataclass(frozen=True, slots=True)
class Standing:
    """A listener and how it stands."""

    listener: Listener
    backlog: Backlog
    secrets: int


class Sent(NamedTuple):
    """What was told to one listener."""

    name: str
    turn: Turn
    done: Delivery


async def read(house: House) -> list[Standing]:
    """Read how every listener stands."""
    return [
        Standing(
            one,
            await house.store.backlog(one.name),
            len(await house.store.secrets(one.name)),
        )
        for one in await house.store.listeners()
    ]


def roll(standings: Sequence[Standing], *, json: bool) -> None:
    """Say how listeners stand."""
    if json:
        screen.json({"listeners": [_as_json(one) for one in standings]})
        return
    if not standings:
        screen.say(screen.t("terminal-no_listeners"))
    for one in standings:
        _say(one)


def _say(one: Standing) -> None:
    listener, backlog = one.listener, one.backlog
    state = screen.t(
        f"terminal-listener_state-{listener.state}",
        reason=listener.reason or screen.t("terminal-nothing"),
        since=_moment(listener.since),
    )
    screen.say(f"{listener.name}  {state}", "bold")
    screen.say(listener.url, indent=4)
    for label, codes in (("regions", listener.regions), ("hears", listener.words)):
        text = " ".join(sorted(codes))
        line = screen.t("terminal-line", label=screen.t(f"terminal-scope_{label}"), text=text)
        screen.say(line, indent=4)
    named = "identifier" if listener.by_identifier else "reference"
    screen.say(screen.t(f"terminal-listener_by-{named}", secrets=one.secrets), indent=4)
    if backlog.oldest is not None:
        oldest = _moment(backlog.oldest)
        said = screen.t("terminal-listener_waiting", count=backlog.waiting, since=oldest)
        screen.say(said, indent=4)
    if listener.failing_since is not None:
        since = _moment(listener.failing_since)
        said = screen.t("terminal-listener_failing", fault=listener.fault, since=since)
        screen.say(said, "yellow", indent=4)
    if backlog.last_given_up is not None:
        last = _moment(backlog.last_given_up)
        said = screen.t("terminal-listener_given_up", count=backlog.given_up, last=last)
        screen.say(said, "yellow", indent=4)


def _as_json(one: Standing) -> dict[str, object]:
    listener, backlog = one.listener, one.backlog
    return {
        "name": listener.name,
        "url": listener.url,
        "regions": sorted(listener.regions),
        "events": sorted(listener.words),
        "by_identifier": listener.by_identifier,
        "state": listener.state,
        "reason": listener.reason or None,
        "since": listener.since.isoformat(),
        "failing_since": _iso(listener.failing_since),
        "fault": listener.fault or None,
        "secrets": one.secrets,
        "waiting": backlog.waiting,
        "oldest": _iso(backlog.oldest),
        "given_up": backlog.given_up,
        "last_given_up": _iso(backlog.last_given_up),
    }


def secret(name: str, text: str, *, json: bool) -> None:
    """Show a secret, this once."""
    if json:
        screen.json({"name": name, "secret": text})
        return
    screen.say(screen.t("terminal-listener_secret", listener=name))
    screen.say(text, indent=4)


def removed(name: str, rows: int, *, json: bool) -> None:
    """Say that a listener was removed."""
    if json:
        screen.json({"name": name, "forgotten": rows})
        return
    screen.say(screen.t("terminal-listener_removed", listener=name, count=rows))


def replayed(name: str, done: Replay, *, json: bool) -> None:
    """Say what will be told again."""
    if json:
        screen.json({"name": name, "cards": done.cards, "events": done.events,
                     "queued": done.queued})  # fmt: skip
        return
    said = screen.t(
        "terminal-listener_replayed", listener=name, count=done.queued, cards=done.cards
    )
    screen.say(said)


def sent(done: Sequence[Sent], *, json: bool) -> None:
    """Say what was told."""
    if json:
        screen.json({"listeners": [_sent_json(one) for one in done]})
        return
    if not done:
        screen.say(screen.t("terminal-no_listeners"))
    for one in done:
        screen.say(
            screen.t(
                f"terminal-listener_sent-{one.turn}",
                listener=one.name,
                told=one.done.acknowledged,
                later=one.done.postponed,
                lost=one.done.given_up,
            )
        )
        if one.done.gone:
            screen.complain(screen.t("terminal-listener_gone", listener=one.name))
        elif one.done.fault:
            said = screen.t("terminal-listener_fault", listener=one.name, fault=one.done.fault)
            screen.complain(said)


def _sent_json(one: Sent) -> dict[str, object]:
    return {
        "name": one.name,
        "turn": one.turn,
        "acknowledged": one.done.acknowledged,
        "postponed": one.done.postponed,
        "given_up": one.done.given_up,
        "state": ListenerState.OFF if one.done.gone else None,
        "fault": one.done.fault or None,
    }


def _moment(at: datetime) -> str:
    return phrases.moment(at.astimezone(CHINA))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(CHINA).isoformat()
