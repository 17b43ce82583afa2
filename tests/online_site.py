"""A whole Qika with the online channel, on loopback: real store, vault and pages, Alipay's double.

Its clock stands still until a test moves it; nothing waits for anything but the network.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvicorn

from qika.cards.card import ApplicationRecord, Card
from qika.operations.activate import perform
from qika.operations.batch import Gatherer
from qika.operations.ports import NewCard
from qika.partners.alipay import AlipayClient, AlipayFaceCheck, Patience, gateway_client
from qika.partners.simulators.alipay import Fault
from qika.terms.names import BankCode, CardNumber, IssuerCode, State
from qika.web.app import build_app
from qika.web.connection import Connection
from qika.wiring import Settings, house_of, site_of
from qika.wiring.house import House

from tests.alipay_gateway import Running, gateway_at

REGION = "990000"
PLACE = f"/zh/social-security/card-activation/{REGION}/online"
NOW = datetime.fromisoformat("2026-11-20T10:00:00+08:00")
CARDS = 30
ACTIVE, NOT_COLLECTED = 98, 99
STARTS_WITHIN_S = 60
PATIENT, IMPATIENT = Patience(try_s=30.0, tries_max=1), Patience(try_s=0.3, tries_max=1)
"""However busy the machine, nobody is late on loopback; who is told to be late never answers."""


@dataclass
class Clock:
    at: datetime = NOW
    ticks_s: float = 0.0
    """What the gate of a busy process measures by."""

    def __call__(self) -> datetime:
        return self.at


def form(number: int, **changed: str) -> dict[str, str]:
    """What the holder of card ``number`` types."""
    said = {
        "card_number": f"P{number:08d}",
        "name": f"示例{number}",
        "social_security_number": f"9900001990010100{number:02d}",
    }
    return said | changed


def new_card(house: House, number: int) -> NewCard:
    day = NOW.date() - timedelta(days=30)
    state = {ACTIVE: State.NORMAL, NOT_COLLECTED: State.NOT_COLLECTED}.get(number, State.SEALED)
    said = form(number)
    held = CardNumber(said["card_number"])
    return NewCard(
        card=Card(
            key=house.vault.card_key(IssuerCode(REGION), held),
            issuer=IssuerCode(REGION),
            bank=BankCode("102"),
            made_on=day,
            applied_on=None,
            collected_on=None if number == NOT_COLLECTED else day,
            social=ApplicationRecord(state),
            financial=ApplicationRecord(state),
        ),
        card_number=held,
        card_identifier=f"990000{number:026X}",
        social_security_number=said["social_security_number"],
        name=said["name"],
        generation="3",
    )


@dataclass
class Browser:
    """One browser, with cookies of its own; it follows no redirect by itself."""

    site: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))

    def get(self, address: str) -> httpx.Response:
        return self.http.get(address if "://" in address else self.site + address)

    def post(self, path: str, said: dict[str, str]) -> httpx.Response:
        return self.http.post(self.site + path, data=said)

    def begins(self, number: int) -> str:
        """Fill in the form and go on; give the address of Alipay's page."""
        sent = self.post(f"{PLACE}/card", form(number))
        assert sent.status_code == 303, sent.text
        shown = self.get(sent.headers["location"])
        return re.search(r'href="(http[^"]+gateway\.do[^"]+)"', shown.text)[1].replace("&amp;", "&")

    def stands_before_the_camera(self, page: str, face: str) -> str:
        """Choose on the double's page; give the address to come back to."""
        shown = self.get(page)
        certify_id = re.search(r'name="certify_id" value="(\w+)"', shown.text)[1]
        host = f"{urlsplit(page).scheme}://{urlsplit(page).netloc}"
        said = {"certify_id": certify_id, "face": face}
        return self.http.post(f"{host}/decide", data=said).headers["location"]

    def comes_back(self, number: int, face: str = "holder") -> str:
        """Go all the way but the last step; give its address."""
        return self.stands_before_the_camera(self.begins(number), face)


@dataclass
class Whole:
    """The running site and its gateway."""

    url: str
    gateway: Running
    clock: Clock
    house: House
    loop: asyncio.AbstractEventLoop
    client: AlipayClient
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        """Open a browser; all are closed in the end."""
        self.browsers.append(Browser(self.url))
        return self.browsers[-1]

    def history(self, number: int) -> list[str]:
        """The types of what has happened to a card, as its holder is told."""
        said = form(number)
        card = {"issuer": REGION, "card_number": said["card_number"]}
        asked = {"card": card, "name": said["name"]}
        told = httpx.post(f"{self.url}/v1/card-status", json=asked, timeout=20).json()
        assert told["found"], told
        return [one["type"] for one in told["history"]]

    def state(self, number: int) -> str:
        said = form(number)
        card = {"issuer": REGION, "card_number": said["card_number"]}
        asked = {"card": card, "social_security_number": said["social_security_number"]}
        told = httpx.post(f"{self.url}/v1/card-status", json=asked, timeout=20).json()
        return told["applications"]["social"]["state"]

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Switch a fault as the operator of the double does, over HTTP; then off again."""
        control = f"{self.gateway.url}/control"
        self.client._patience = IMPATIENT if fault is Fault.LATE else PATIENT
        assert httpx.post(control, data={"fault": fault}, timeout=20).status_code == 200
        try:
            yield
        finally:
            httpx.post(control, data={"fault": Fault.NONE}, timeout=20)
            self.client._patience = PATIENT


@contextmanager
def whole(folder: Path, database: str = "") -> Iterator[Whole]:
    """Serve until the block ends."""
    clock = Clock()
    with gateway_at(clock) as gateway:
        served = _Served(Settings(folder, database), gateway, clock)
        thread = threading.Thread(target=lambda: asyncio.run(served.run()), name="online site")
        thread.start()
        assert served.ready.wait(STARTS_WITHIN_S), "the site did not start"
        assert served.whole is not None
        try:
            yield served.whole
        finally:
            for browser in served.whole.browsers:
                browser.http.close()
            served.whole.loop.call_soon_threadsafe(served.stop.set)
            thread.join()


class _Served:
    """The site in a thread of its own."""

    def __init__(self, settings: Settings, gateway: Running, clock: Clock) -> None:
        self.listening = uvicorn.Config(_nothing, host="127.0.0.1", port=0).bind_socket()
        url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.settings = replace(settings, origin=url)
        self.gateway, self.clock, self.ready = gateway, clock, threading.Event()
        self.whole: Whole | None = None
        self.stop = asyncio.Event()

    async def run(self) -> None:
        async with house_of(self.settings) as house, gateway_client("0") as http:
            house.office = replace(house.office, clock=self.clock)
            numbers = [*range(1, CARDS + 1), ACTIVE, NOT_COLLECTED]
            await house.store.add_cards([new_card(house, one) for one in numbers], received_at=NOW)
            gatherer = Gatherer(partial(perform, house.office))
            client = AlipayClient(self.gateway.gateway, http, self.clock, PATIENT)
            server = uvicorn.Server(self._config(house, gatherer, AlipayFaceCheck(client)))
            serving = asyncio.create_task(server.serve(sockets=[self.listening]))
            loop = asyncio.get_running_loop()
            url = self.settings.origin
            self.whole = Whole(url, self.gateway, self.clock, house, loop, client)
            self.ready.set()
            await self.stop.wait()
            server.should_exit = True
            await serving
            await gatherer.close()
            self.listening.close()

    def _config(self, house: House, gatherer: Gatherer, check: AlipayFaceCheck) -> uvicorn.Config:
        doors = frozenset({"public", "partner"})
        site = site_of(house, doors=doors, gatherer=gatherer, check=check)
        site = replace(site, ticks=lambda: self.clock.ticks_s)
        return uvicorn.Config(
            build_app(site), http=Connection, lifespan="off", log_level="warning", access_log=False
        )


async def _nothing(*_: object) -> None:
    """Stand where a configuration wants an application."""
