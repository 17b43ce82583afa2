"""Whatever fails, dies or starts again in between: each event arrives, in order, under one id."""

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from qika.authority.listener import Listener, ListenerState
from qika.authority.partner import ANY
from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import Event, EventType
from qika.operations.deliver import HEARD, Reply
from qika.operations.listeners import Listeners
from qika.operations.messages import message
from qika.operations.office import Office
from qika.operations.ports import Change, NewCard, Pending
from qika.operations.replay import replay
from qika.operations.tell import LEASE, Teller, tell_all
from qika.storage.memory import MemoryKeys, MemoryStore
from qika.terms.names import Application, BankCode, CardNumber, IssuerCode, State

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVERY = frozenset({ANY})
ISSUER = IssuerCode("990000")
CARDS = 4
PROCESSES = ("a", "b")
FAULTS = ("answer_lost", "down", "refused", "none")


class DiedError(BaseException):
    """The process was killed at this place; nothing after it was done."""


@dataclass
class Inbox:
    """The listener: what it keeps on its disk, and how it behaves now."""

    kept: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    """Each id with the card and number of its event, in the order of their first arrival."""
    messages: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What the next messages meet, one after another; then all goes well."""
    dies_after: int | None = None
    """The sending process is killed after so many messages have arrived."""


@dataclass
class Way:
    """The way from a process to the inbox. Implements ``Receiver``."""

    keys: MemoryKeys
    inbox: Inbox

    async def receive(self, rows: Sequence[Pending]) -> Sequence[Reply]:
        return [self._one(row) for row in rows]

    def _one(self, row: Pending) -> Reply:
        inbox = self.inbox
        if inbox.dies_after == 0:
            inbox.dies_after = None
            raise DiedError
        fault = inbox.faults.pop(0) if inbox.faults else "none"
        if fault == "down":
            return Reply("unreachable", down=True)
        if fault == "refused":
            return Reply("status_500")
        written = message(self.keys, row, None)
        inbox.messages.append(written.id)
        inbox.kept.setdefault(written.id, (row.card_key, row.sequence))
        if inbox.dies_after is not None:
            inbox.dies_after -= 1
        if fault == "answer_lost":
            return Reply("timeout", down=True)
        return HEARD


class Telling(RuleBasedStateMachine):
    """Two processes of the service, a listener, and everything that can go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.keys, self.inbox = MemoryStore(), MemoryKeys(), Inbox()
        self.at, self.drawn, self.lives = NOW, 0.5, 0
        self.recorded: dict[bytes, int] = {}
        self.office = Office(
            self.store,
            None,
            None,
            self.keys,
            None,
            None,
            lambda: self.at,  # type: ignore[arg-type]
        )
        rulings = dataclasses.make_dataclass("R", ["chain_of"])(lambda issuer: (issuer,))
        self.office = dataclasses.replace(self.office, rulings=rulings)
        self.tellers = {name: self._teller(name) for name in PROCESSES}

    def _teller(self, name: str) -> Teller:
        way = Way(self.keys, self.inbox)
        return Teller(self.office, self.store, lambda *_: way, name, lambda: self.drawn, "fund")

    def run(self, work):
        return asyncio.run(work)

    @initialize()
    def listen(self) -> None:
        fund = Listener(
            "fund", "https://fund.example", EVERY, EVERY, by_identifier=False,
            state=ListenerState.ON, reason="", since=NOW,
        )  # fmt: skip
        self.run(Listeners(self.store).add(fund, "whsec_"))
        sealed = ApplicationRecord(State.SEALED, NOW)
        for number in range(CARDS):
            text = CardNumber(f"E{number}")
            key = self.keys.card_key(ISSUER, text)
            card = Card(key, ISSUER, BankCode("102"), None, None, date(2026, 2, 1), sealed, sealed)
            new = NewCard(card, text, "", "", "", "3")
            self.run(self.store.add_cards([new], received_at=NOW))
            self.recorded[key] = 0

    @rule(number=st.integers(0, CARDS - 1),
          kinds=st.lists(st.sampled_from(EventType), min_size=1, max_size=3),
          back=st.sampled_from([0, 0, 0, 3_600]))  # fmt: skip
    def record(self, number: int, kinds: list[EventType], back: int) -> None:
        """Something happens to a card; sometimes by a clock that is behind."""
        key = sorted(self.recorded)[number]
        for kind in kinds:
            file = self.run(self.store.card_file(key))
            version = file.card.version + 1
            event = Event(
                sequence=version, type=kind, applications=(Application.SOCIAL,),
                occurred_at=self.at, received_at=self.at - timedelta(seconds=back),
                sender="x", rule_edition="e",
            )  # fmt: skip
            changed = replace(file.card, version=version)
            assert not self.run(self.store.commit([Change(changed, event, destinations=("fund",))]))
            self.recorded[key] = version

    @rule(name=st.sampled_from(PROCESSES), seconds=st.integers(0, 3_600),
          faults=st.lists(st.sampled_from(FAULTS), max_size=9),
          drawn=st.floats(0, 1, exclude_max=True),
          dies_after=st.none() | st.integers(0, 4))  # fmt: skip
    def tell(
        self, name: str, seconds: int, faults: list[str], drawn: float, dies_after: int | None
    ) -> None:
        """A process tells; messages fail, it may be killed, and another life of it begins."""
        self.at += timedelta(seconds=seconds)
        self.inbox.faults, self.drawn, self.inbox.dies_after = faults, drawn, dies_after
        try:
            self.run(tell_all(self.tellers[name]))
        except DiedError:
            self.lives += 1
            self.tellers[name] = self._teller(f"{name}{self.lives}")
        self.inbox.dies_after = None

    @rule(state=st.sampled_from([ListenerState.ON, ListenerState.ON, ListenerState.PAUSED]))
    def switch(self, state: ListenerState) -> None:
        self.run(Listeners(self.store).switch("fund", state, "", self.at))

    @precondition(lambda self: any(self.recorded.values()))
    @rule(seconds=st.integers(0, 7_200))
    def again(self, seconds: int) -> None:
        """Everything since a moment is told again."""
        (fund,) = self.run(self.store.listeners())
        self.run(replay(self.office, self.store, fund, self.at - timedelta(seconds=seconds)))

    @invariant()
    def each_event_has_one_id_and_each_card_its_order(self) -> None:
        places = list(self.inbox.kept.values())
        assert len(places) == len(set(places)), "one event came under two ids"
        for key in self.recorded:
            numbers = [number for card, number in places if card == key]
            assert numbers == list(range(1, len(numbers) + 1)), "an event overtook another"

    def teardown(self) -> None:
        """At last all goes well: then every event has arrived, and nothing waits."""
        if not self.recorded:
            return
        self.inbox.faults = []
        self.run(Listeners(self.store).switch("fund", ListenerState.ON, "", self.at))
        for _ in range(3):
            self.at += max(LEASE, timedelta(hours=6))
            self.run(tell_all(self._teller("last")))
        self.each_event_has_one_id_and_each_card_its_order()
        wanted = {(key, n) for key, count in self.recorded.items() for n in range(1, count + 1)}
        assert set(self.inbox.kept.values()) == wanted
        left = self.run(self.store.backlog("fund"))
        assert (left.waiting, left.given_up) == (0, 0)


STRICT = settings(max_examples=80, stateful_step_count=25, phases=(Phase.generate,))
"""What it finds is shown as it was found: to make it smaller took minutes on a busy machine."""


def test_every_event_arrives_in_the_order_of_its_card_under_one_id() -> None:
    run_state_machine_as_test(Telling, settings=STRICT)
