"""A counter with its agent, and a service behind it, as the tests of the terminal use them."""

import dataclasses
import json
from datetime import datetime, timedelta

import msgspec

from qika.authority.partner import ANY, Algorithm, Partner, PartnerKey, Scope
from qika.operations.registry import Registry
from qika.storage.memory_partners import MemoryPartners
from qika.web.app import build_app
from qika.web.signing.door import PartnerDoor
from qika_terminal.agent import Agent
from qika_terminal.card import CardName
from qika_terminal.event_queue import EventQueue
from qika_terminal.first_use import Channel, read_first_use
from qika_terminal.inputs import CallsOnly
from qika_terminal.sender import Sender
from qika_terminal.service import Answer, LineError
from qika_terminal.settings import Driver, Input, Settings
from qika_terminal.signing import Signer

from tests.journeys.example_site import NOW, Visitor, example_site
from tests.people import EXAMPLE, card
from tests.signers import Signer as PartnerSigner

ORIGIN = "https://card.example"
HOSPITAL = "example:hospital"
CARDS = 40
EVERY = frozenset({ANY})


def identifier(number: int) -> str:
    """The identification code of the nth card: its division, the registered prefix, a serial."""
    return f"990000d156000005{number:016x}"


def card_number(number: int) -> str:
    return f"T{number:08d}"


def driver_string(number: int = 1, **changes: str) -> str:
    """What a vendor's driver says of the nth card; nobody real."""
    fields = {
        "division": "990000",
        "social_security_number": "990000199001011234",
        "card_number": card_number(number),
        "card_identifier": identifier(number).upper(),
        "name": "张示例",
        "reset_history": "00810000000000000000000000",
        "version": "3.00",
        "issued_on": "20260105",
        "expires_on": "20360105",
        "terminal": "000000000000",
        "device": "FFFFFFFFFFFFFF",
    }
    return "".join(f"{value}|" for value in {**fields, **changes}.values())


@dataclasses.dataclass
class Clock:
    """A clock that the test sets."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **much: float) -> None:
        self.now += timedelta(**much)


class Service:
    """The real application in memory, with one partner's key, and a line that can be cut."""

    def __init__(self, book, clock: Clock) -> None:
        self.clock = clock
        site = example_site(book, unsigned_writes=False)
        self.store = site.office.store
        for number in range(CARDS):
            key = site.office.keys.card_key(EXAMPLE, card_number(number))
            self.store.cards[key] = msgspec.structs.replace(card(), key=key)
            self.store.identifiers[identifier(number)] = key
        self.signer = PartnerSigner.new("hospital-1")
        self.kept = MemoryPartners()
        self.registry = Registry(self.kept)
        door = PartnerDoor(ORIGIN, lambda: self.registry.roll, self.kept.spend, clock)
        office = dataclasses.replace(site.office, clock=clock)
        site = dataclasses.replace(site, partners=door, office=office)
        self.site = dataclasses.replace(site, submit=self._perform(office))
        self.visitor = Visitor(build_app(self.site))
        self.down = self.answer_lost = False
        self.instead: Answer | None = None
        self.batches: list[list[dict]] = []
        channels = frozenset({"hospital_first_use", "pharmacy_first_use"})
        self.scope = Scope(frozenset({"990000"}), channels, EVERY, EVERY, EVERY)
        self.put(self.scope)

    def _perform(self, office):
        from qika.operations.activate import perform  # noqa: PLC0415

        return lambda requests: perform(office, requests)

    def put(self, scope: Scope, **changes: object) -> None:
        """Set what the partner may do, and its key."""
        key = PartnerKey("hospital-1", "hospital", Algorithm.ED25519, self.signer.public, NOW)
        self.kept._partners["hospital"] = Partner("hospital", "Hospital", scope)
        self.kept._partner_keys["hospital-1"] = dataclasses.replace(key, **changes)
        roll = self.kept.roll()
        try:
            roll.send(None)
        except StopIteration as done:
            self.registry.roll = done.value

    def post(self, path: str, headers, body: bytes) -> Answer:
        """What the agent calls."""
        if self.down:
            raise LineError("ConnectionRefusedError")
        self.batches.append(json.loads(body).get("requests", []))
        if self.instead is not None:
            return self.instead
        answer = self.visitor.call("POST", path, content=body, headers=dict(headers))
        if self.answer_lost:
            raise LineError("TimeoutError")
        retry = float(answer.headers.get("retry-after", 0))
        return Answer(answer.status_code, answer.content, retry)

    def history(self, number: int) -> list:
        """The events of the nth card."""
        key = self.site.office.keys.card_key(EXAMPLE, card_number(number))
        return self.store.history.get(key, [])


def settings_for(folder, **changes: object) -> Settings:
    settings = Settings(
        origin=ORIGIN,
        key_id="hospital-1",
        key_file=folder / "private.pem",
        point_id=HOSPITAL,
        channel=Channel.HOSPITAL,
        driver=Driver(Input.HTTP),
        folder=folder,
        cards_by=CardName.IDENTIFIER,
        answer_within_s=0,
    )
    return dataclasses.replace(settings, **changes)


class Counter:
    """An agent whose sending the test does step by step; opened again, it is another process."""

    def __init__(self, folder, service: Service, clock: Clock, **settings: object) -> None:
        self.folder, self.service, self.clock = folder, service, clock
        self.settings = settings_for(folder, **settings)
        self.open()

    def open(self, source=None, **sending: object) -> None:
        self.queue = EventQueue(self.folder)
        signer = Signer("hospital-1", self.service.signer.private)
        self.sender = Sender(
            self.queue, self.service.post, signer, ORIGIN, self.clock, lambda: 1.0,
            **sending,
        )  # fmt: skip
        source = source or CallsOnly()
        self.agent = Agent(self.settings, self.queue, self.sender, source, self.clock)

    def reopen(self) -> None:
        self.queue.close()
        self.open()

    def first_use(self, number: int = 1, key: str = "", **changes: object):
        """Keep a first use of the nth card, as the hospital's own system tells it."""
        said = {
            "driver_string": driver_string(number),
            "use": "outpatient",
            "presented": [{"document": "id_card", "of": "holder"}],
            **({"request_key": key} if key else {}),
            **changes,
        }
        return self.agent.note(read_first_use(said, self.settings.channel))

    def send(self) -> int:
        """Send all that is due now; gives the number of calls."""
        calls = 0
        while self.sender.send_due():
            calls += 1
            assert calls < 100
        return calls

    def event(self, kept):
        return self.queue.event(kept.number)
