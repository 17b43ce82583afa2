"""Acts a play before the running service, over HTTP, and holds every answer to what is expected."""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from qika.partners.simulators.alipay import Fault
from qika.partners.simulators.listener import Message
from qika.partners.simulators.plays import (
    ACTIVATED,
    Expected,
    Play,
    Programme,
    Send,
    Sign,
    Visit,
    filled,
    laid_over,
)
from qika.partners.simulators.signer import Signer

PATIENCE_S = 40
"""Longer than the service itself waits for Alipay."""

_HEADING = re.compile(r"<h1>(.*?)(?: <span|</h1>)", re.DOTALL)
_GATEWAY = re.compile(r'href="(http[^"]+gateway\.do[^"]+)"')
_CHECK = re.compile(r'name="certify_id" value="(\w+)"')


@dataclass(frozen=True, slots=True)
class Holder:
    """A card of the example city, and what its holder knows of it."""

    card_number: str
    card_identifier: str
    name: str
    identity_number: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was sent in one step, and what came back."""

    sent: str
    """A signature of ``Sign``, a face of ``Face``, or a fault of Alipay's double."""
    http: int
    status: str
    field: str
    message: str
    next_step: str
    replayed: bool
    good: bool
    """Whether it is the answer that was expected."""


@dataclass(slots=True)
class Played:
    """What came of a play."""

    play: Play
    card_number: str
    card_identifier: str
    answers: list[Answer] = field(default_factory=list[Answer])
    states: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the holder sees."""
    time_kept: bool = True
    """Whether the history tells the act at the time at which it happened."""
    messages: tuple[Message, ...] = ()

    @property
    def good(self) -> bool:
        """Whether all went as it should; a listener hears the same message until it takes it."""
        return (
            all(one.good for one in self.answers)
            and self.states == self.play.holder
            and self.time_kept
            and tuple(one.answered for one in self.messages) == self.play.heard
            and len({one.id for one in self.messages}) <= 1
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """The service and everybody before it; ``words`` gives a message of the pages by its name."""

    http: httpx.AsyncClient
    service: str
    origin: str
    """What is signed; the service's own address where it has no other."""
    language: str
    programme: Programme
    signers: Mapping[str, Signer]
    """By the names of the partners in the table."""
    clock: Callable[[], datetime]
    words: Callable[[str], str]

    async def act(self, play: Play, holder: Holder, fresh: str) -> Played:
        """Send all that a play sends; ``fresh`` is in no request that was ever sent before."""
        at = self.clock()
        played = Played(play, holder.card_number, holder.card_identifier)
        if play.visit:
            played.answers += await self._visits(play.visit, holder)
        before: tuple[dict[str, str], bytes] | None = None
        happened = ""
        for send in play.send:
            body = self._body(play, send, holder, fresh, at)
            happened = str(body["occurred_at"])
            if send.sign is not Sign.SAME_NONCE or before is None:
                before = self._signed(play, send, body)
            headers, content = before
            url = self.service + send.path
            answer = await self.http.post(url, content=content, headers=headers)
            played.answers.append(_answer(send.sign, answer, send.expect))
        status = await self.seen(holder)
        told = status["applications"]
        played.states = {name: str(one["state"]) for name, one in told.items()}
        acts = [one["occurred_at"] for one in status["history"] if one["type"] == ACTIVATED]
        played.time_kept = not happened or all(_same(happened, one) for one in acts)
        return played

    async def seen(self, holder: Holder) -> Mapping[str, Any]:
        """Ask for the status of a card as its holder does."""
        card = {"issuer": "990000", "card_number": holder.card_number}
        asked = {"card": card, "name": holder.name}
        return (await self.http.post(f"{self.service}/v1/card-status", json=asked)).json()

    async def knock(self, partner: str, at: datetime) -> int:
        """Send something about a card that nobody has; gives the status of HTTP."""
        channel = min(self.programme.partner[partner].channels)
        play, send = Play(id="knock", channel=channel, partner=partner), Send(expect=Expected())
        body = self._body(play, send, Holder("", "", "", ""), f"knock-{at.timestamp()}", at)
        body["card"] = {"issuer": "990000", "card_number": "D99999999"}
        headers, content = self._signed(play, send, body)
        url = self.service + send.path
        return (await self.http.post(url, content=content, headers=headers)).status_code

    def _body(
        self, play: Play, send: Send, holder: Holder, fresh: str, at: datetime
    ) -> dict[str, object]:
        words = {
            "card_number": holder.card_number,
            "card_identifier": holder.card_identifier,
            "fresh": fresh,
        }
        said = laid_over(
            {"channel": play.channel, **self.programme.body[play.channel]}, send.change
        )
        key = f"{fresh}-{send.request}"
        return {"request_key": key} | {name: filled(one, words, at) for name, one in said.items()}

    def _signed(
        self, play: Play, send: Send, body: Mapping[str, object]
    ) -> tuple[dict[str, str], bytes]:
        content = json.dumps(body, ensure_ascii=False).encode()
        created = int(self.clock().timestamp())
        headers, sent = self.signers[play.partner].sent(
            send.sign, self.origin + send.path, content, str(body["request_key"]), created
        )
        return {**headers, "accept-language": self.language}, sent

    async def _visits(self, visits: Sequence[Visit], holder: Holder) -> list[Answer]:
        """Fill in the form in a browser of its own, and come back once for each visit."""
        place = f"{self.service}/{self.language}/social-security/card-activation/990000/online"
        form = {
            "card_number": holder.card_number,
            "name": holder.name,
            "social_security_number": holder.identity_number,
        }
        async with httpx.AsyncClient(timeout=PATIENCE_S, follow_redirects=True) as browser:
            shown = (await browser.post(f"{place}/card", data=form)).text
            found = _GATEWAY.search(shown)
            if found is None:
                return [self._read("form", 0, shown, visits[0].expect)]
            return [await self._visit(browser, html.unescape(found[1]), one) for one in visits]

    async def _visit(self, browser: httpx.AsyncClient, page: str, visit: Visit) -> Answer:
        parts = urlsplit(page)
        gateway = f"{parts.scheme}://{parts.netloc}"
        check = _CHECK.search((await browser.get(page)).text)
        decided = {"certify_id": check[1] if check else "", "face": visit.face}
        sent = await browser.post(f"{gateway}/decide", data=decided, follow_redirects=False)
        await browser.post(f"{gateway}/control", data={"fault": visit.gateway})
        try:
            back = await browser.get(sent.headers["location"])
        finally:
            await browser.post(f"{gateway}/control", data={"fault": Fault.NONE})
        said = visit.face if visit.gateway is Fault.NONE else visit.gateway
        return self._read(said, back.status_code, back.text, visit.expect)

    def _read(self, sent: str, http: int, page: str, expect: Expected) -> Answer:
        """Read a page by its heading, which is the words of a status where it tells an outcome."""
        heading = _HEADING.search(page)
        message = html.unescape(heading[1]) if heading else ""
        told = not expect.status or message == self.words(f"status-{expect.status}")
        good = http == expect.http and told
        status = expect.status if told else ""
        return Answer(sent, http, status, "", message, "", replayed=False, good=good)


class _Wrong(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""


class _Told(msgspec.Struct, frozen=True):
    """An outcome, a problem, or what is said of a signature: what they have in common."""

    status: str | int = ""
    """Of HTTP in a problem, where ``code`` says what an outcome's status says."""
    code: str | None = None
    message: str = ""
    detail: str = ""
    next_step: str = ""
    replayed: bool = False
    errors: tuple[_Wrong, ...] = ()


class _Said(_Told, frozen=True):
    outcomes: tuple[_Told, ...] = ()


def _answer(sent: Sign, answer: httpx.Response, expect: Expected) -> Answer:
    said = msgspec.json.decode(answer.content, type=_Said)
    told = said.outcomes[0] if said.outcomes else said
    status = told.status if isinstance(told.status, str) and told.status else told.code or ""
    wrong = told.errors[0] if told.errors else _Wrong()
    got = Expected(answer.status_code, status, wrong.code, told.replayed)
    words = " ".join(one for one in (told.message, told.detail, wrong.message) if one)
    return Answer(
        sent, got.http, got.status, got.field, words, told.next_step,
        replayed=got.replayed, good=got == expect,
    )  # fmt: skip


def _same(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) == datetime.fromisoformat(other)
